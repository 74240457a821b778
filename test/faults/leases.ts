import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { quantile } from '../support/quantile.ts';
import type { ApiAnswer } from '../support/api.ts';
import { until } from '../support/program.ts';
import { startFleet, type Fleet, type FleetAgent } from '../simulation/fleet.ts';

const AGENTS = 3;
/** Each agent measures every other. */
const PAIRS = AGENTS * (AGENTS - 1);
/** Several jobs ask at once, so that there is a queue. */
const JOBS = 3;
const BYTES = 1_000_000;
/** One run takes about half a second on an idle machine. */
const PATIENCE_MS = 240_000;

type Stored = ApiAnswer['body'];

/** Something that went on from one instant to another. */
interface Span {
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Three agents in network namespaces measure each other's throughput, as fast as leases let them, until so many runs are
 * done. Any two pairs share an agent, so no two runs may overlap.
 */
export async function soakLeases(runs: number): Promise<void> {
  await using fleet = await startFleet(AGENTS, { agentFlags: ['--listen-ports', '5201-5204'] });
  const { api, agents } = fleet;
  const began = performance.now();
  const jobs: { id: number; name: string }[] = [];
  const askedAt: number[] = [];
  const results = (): Promise<Stored[]> => api.all('/api/results', { kind: 'throughput' });
  for (let i = 1; i <= JOBS; i++) {
    askedAt.push(Date.now());
    jobs.push(
      await api.created('/api/jobs', {
        name: `mesh-${i}`,
        // Far apart: all runs but the first are asked for.
        interval: 31 * 86_400,
        kinds: ['throughput'],
        mesh: { type: 'full' },
        options: { throughput: { bytes: BYTES } },
      }),
    );
  }
  const rounds = Math.ceil(runs / (PAIRS * JOBS));
  const waits: number[] = [];
  const ledger = new Map<string, Stored>();
  for (let round = 1; round <= rounds; round++) {
    const asked = Date.now();
    if (round > 1) {
      for (const { id } of jobs) {
        const answer = await api.post(`/api/jobs/${id}/run`, {});
        expect([answer.status, answer.body.agents.length]).toEqual([202, AGENTS]);
      }
    }
    const expected = round * PAIRS * JOBS;
    let found: Stored[] = [];
    await until(`the results of round ${round} (${expected})`, async () => (found = await results()).length >= expected, PATIENCE_MS);
    for (const result of found) {
      if (ledger.has(result.id)) continue;
      ledger.set(result.id, result);
      waits.push(Date.parse(result.started_at) - asked);
    }
  }
  const wallS = (performance.now() - began) / 1000;

  const stored = [...ledger.values()];
  const asked = rounds * PAIRS * JOBS;
  expect(stored.filter(({ status }) => status !== 'success').map(({ failure }) => failure)).toEqual([]);
  expect(stored).toHaveLength(asked);
  const pairs = Map.groupBy(stored, ({ agent, destination, job }) => `${agent} ${destination} ${job}`);
  expect([...pairs.values()].map(({ length }) => length)).toEqual(Array.from({ length: PAIRS * JOBS }, () => rounds));
  for (const { metrics } of stored) expect(metrics.received_mbps).toBeGreaterThan(0);

  const measured = stored.map((one): Span => {
    const from = Date.parse(one.started_at);
    return { what: `run ${one.id} of ${one.agent}`, from, to: from + Number(one.duration_ms) };
  });
  await until('every listener has ended', () => agents.every((agent) => listenersOf(agent).every(({ to }) => to !== Infinity)));
  const listened = agents.flatMap(listenersOf);
  expect(listened).toHaveLength(asked);
  expect(overlaps(measured)).toEqual([]);
  expect(overlaps(listened)).toEqual([]);
  await until('every lease is given back', async () => (await api.all('/api/leases')).length === 0);
  expect(agents.flatMap(toolsIn), 'tools that still run').toEqual([]);
  console.info(
    `${asked} leased runs of ${BYTES / 1e6} MB over ${AGENTS} agents in ${wallS.toFixed(1)} s: 0 overlap, 0 failed, 0 processes left; ` +
      `from asking to the start p50 ${Math.round(quantile(waits, 0.5))} ms, p95 ${Math.round(quantile(waits, 0.95))} ms (${PAIRS * JOBS} ask at once)`,
  );
}

interface Pair extends AsyncDisposable {
  readonly api: Fleet['api'];
  /** Measures the other. */
  readonly from: FleetAgent;
  readonly to: FleetAgent;
}

/** Two agents of which one measures the other under a lease, for minutes. */
async function startPair(): Promise<Pair> {
  const fleet = await startFleet(2, { agentFlags: ['--listen-ports', '5201-5204'] });
  try {
    const { api, agents } = fleet;
    const [from, to] = agents;
    if (from === undefined || to === undefined) throw new Error('expected two agents');
    await api.created('/api/destinations', { name: 'other', agent: to.name });
    await api.created('/api/jobs', {
      name: 'long',
      interval: 31 * 86_400,
      kinds: ['throughput'],
      agents: [from.name],
      destinations: ['other'],
      options: { throughput: { duration_s: 600, rate_mbps: 1 } },
    });
    await until('both ends run', () => agents.every((agent) => toolsIn(agent).length === 1));
    expect(await api.all('/api/leases')).toMatchObject([{ state: 'held', agent: from.name, destination: 'other', job: 'long' }]);
    return { api, from, to, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Kills one end of a long leased run: the one that measures, or the one that listens. Nothing of it may go on, and others
 * measure again once the server is sure of that.
 */
export async function killAnEnd(which: 'measuring' | 'listening'): Promise<void> {
  await using pair = await startPair();
  const { api, from, to } = pair;
  const [victim, other] = which === 'measuring' ? [from, to] : [to, from];
  await victim.program.end('SIGKILL');
  await until('the tool of the killed agent has ended', () => toolsIn(victim).length === 0);
  await until('the tool of the other has ended', () => toolsIn(other).length === 0);
  await until('the lease is free', async () => (await api.all('/api/leases')).length === 0, PATIENCE_MS);
  const stored = await api.all('/api/results', { kind: 'throughput' });
  expect(stored.map(({ status }) => status)).toEqual(which === 'measuring' ? [] : ['failed']);
}

/** Cuts the agent that measures off from everybody: it ends its run before the server gives its lease away. */
export async function cutOff(): Promise<void> {
  await using pair = await startPair();
  const { api, from, to } = pair;
  from.namespace.cut();
  await until('the tool of the agent that is cut off has ended', () => toolsIn(from).length === 0);
  expect(await api.all('/api/leases')).toMatchObject([{ state: 'held', agent: from.name }]);
  await until('the lease is free', async () => (await api.all('/api/leases')).length === 0, PATIENCE_MS);
  expect(toolsIn(to), 'a listener that still runs').toEqual([]);
  from.namespace.restore();
  await until('the result of the run', async () => (await api.all('/api/results', { kind: 'throughput' })).length === 1, PATIENCE_MS);
  const [result] = await api.all('/api/results', { kind: 'throughput' });
  expect([result.status, result.failure.code]).toEqual(['failed', 'lease_lost']);
}

/** When an agent's listeners were there, from its own log. */
function listenersOf({ name, program }: FleetAgent): Span[] {
  const spans = new Map<string, Span>();
  for (const line of program.output().split('\n')) {
    if (!line.includes('listen') || !line.endsWith('}')) continue;
    const { msg, lease, time } = JSON.parse(line) as { msg: string; lease: string; time: string };
    if (msg === 'listening') spans.set(lease, { what: `listener ${lease} on ${name}`, from: Date.parse(time), to: Infinity });
    const span = spans.get(lease);
    if (msg === 'listener ended' && span !== undefined) spans.set(lease, { ...span, to: Date.parse(time) });
  }
  return [...spans.values()];
}

/** Neighbours in time of which the second began before the first had ended. */
function overlaps(spans: readonly Span[]): string[] {
  const inOrder = spans.toSorted((a, b) => a.from - b.from);
  return inOrder.flatMap((span, i) => {
    const before = inOrder[i - 1];
    // Instants are whole milliseconds.
    return before !== undefined && span.from < before.to - 1
      ? [`${span.what} began ${before.to - span.from} ms before the end of ${before.what}`]
      : [];
  });
}

/** Measuring tools that run in the agent's namespace. */
function toolsIn({ namespace }: FleetAgent): string[] {
  const pids = namespace.exec('ip', ['netns', 'pids', namespace.name]).trim().split(/\s+/);
  return pids.flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'iperf3' ? [`iperf3 (${pid}) in ${namespace.name}`] : [];
    } catch {
      return [];
    }
  });
}
