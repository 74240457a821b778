import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/program.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../test/support/server-program.ts';
import { systemRandom } from '../src/util/random.ts';
import type { Bench, BenchContext, Figure } from './bench.ts';
import { Api } from './support/api.ts';
import { cpuOf, machineCpu } from './support/cpu.ts';
import type { AgentLedger } from './support/fleet-worker.ts';
import { FleetWorkers } from './support/fleet-workers.ts';
import { followResults, type Visibility } from './support/visibility.ts';

interface Size {
  readonly agents: number;
  readonly processes: number;
  /** Each agent measures each once a minute. */
  readonly destinations: number;
  /** From the last first run until all go by their interval alone. */
  readonly settleMs: number;
  readonly measureMs: number;
  /** How long the server is away: in full so long that every agent waits as long between tries as it ever does. */
  readonly awayMs: number;
  /** Agents whose results are followed in the API. */
  readonly followed: number;
  readonly heartbeatMs: number;
  /** Runs asked for beside the plan, this often: null in full, where the plan's own are enough. */
  readonly runNowEveryMs: number | null;
}

const FULL: Size = {
  agents: 2000,
  processes: 4,
  destinations: 10,
  settleMs: 60_000,
  measureMs: 180_000,
  awayMs: 150_000,
  followed: 40,
  heartbeatMs: 10_000,
  runNowEveryMs: null,
};
const QUICK: Size = {
  agents: 50,
  processes: 2,
  destinations: 2,
  settleMs: 0,
  measureMs: 5000,
  awayMs: 500,
  followed: 10,
  heartbeatMs: 500,
  runNowEveryMs: 500,
};
const INTERVAL_S = 60;
const PATIENCE_MS = 180_000;

export const bench: Bench = {
  name: 'fleet',
  description: `a server with ${FULL.agents.toLocaleString('en-US')} agents and ${((FULL.agents * FULL.destinations * 60) / INTERVAL_S).toLocaleString('en-US')} results a minute: CPU, memory, time until results are visible, and until all is well after it was killed`,
  run,
};

async function run({ quick, print }: BenchContext): Promise<{ figures: Record<string, Figure> }> {
  const size = quick ? QUICK : FULL;
  const directory = await mkdtemp(join(tmpdir(), 'tacho-bench-'));
  const port = await freePort(systemRandom);
  const startServer = (): ServerProgram =>
    startServerProgram({ data: directory, port, patienceMs: 60_000, leashed: true, env: { TACHO_HEARTBEAT_MS: String(size.heartbeatMs) } });
  let server = startServer();
  const workers = new FleetWorkers(size.processes);
  try {
    const url = await server.ready;
    const token = tokenOf(directory);
    const api = new Api(url, token);
    await plan(api, size);
    const { token: enrolment } = await api.post<{ token: string }>('/api/enrollment-tokens', { name: 'fleet', max_uses: size.agents });

    const enrolBegin = performance.now();
    await workers.enrol(size.agents, url, enrolment);
    const enrolMs = performance.now() - enrolBegin;
    print(`${size.agents} agents enrolled in ${seconds(enrolMs)} s, ${size.processes} processes`);

    const runs = size.agents * size.destinations;
    workers.connect();
    const connectMs = await workers.until('every agent is welcomed', ({ welcomed }) => welcomed === size.agents, PATIENCE_MS);
    const firstMs =
      connectMs +
      (await workers.until(
        'every first run is stored',
        ({ measured, pending, current, agents }) => {
          return measured >= runs && current === agents && pending < runs / 50;
        },
        PATIENCE_MS,
      ));
    print(`all connected for the first time in ${seconds(connectMs)} s; the ${runs} first runs of a new job stored after ${seconds(firstMs)} s`);
    await sleep(size.settleMs);

    const steady = await measureSteady(server.pid, workers, { url, token, api, size });
    report(steady, print);

    await server.end('SIGKILL');
    await sleep(size.awayMs);
    const waiting = workers.count.pending;
    await workers.mark();
    server = startServer();
    await server.ready;
    const back = await measureReturn(server.pid, workers, size.agents);
    print(
      `killed for ${seconds(size.awayMs)} s, ${waiting} results waited; after its return all connected in ${seconds(back.connectedMs)} s, ` +
        `no backlog after ${seconds(back.drainedMs)} s, a heartbeat of each answered after ${seconds(back.heartbeatMs)} s; ${seconds(back.cpuMs)} s of its CPU`,
    );

    const ledgers = await workers.stop();
    const { stored, pages, listMs } = await verify(api, ledgers, size.agents);
    print(`${stored} results measured, acknowledged and found once each; read back in ${pages} pages, ${(listMs / pages).toFixed(0)} ms a page`);
    const agentsBegin = performance.now();
    await api.get('/api/agents');
    const agentsMs = performance.now() - agentsBegin;

    const informs = (value: number, unit: string, better: Figure['better'] = 'lower'): Figure => ({ value, unit, better });
    const { live, api: asked } = steady.visibility;
    return {
      figures: {
        agents: informs(size.agents, 'agents', 'higher'),
        results_per_min: { value: steady.perMinute, target: ((runs * 60) / INTERVAL_S) * 0.99, better: 'higher', unit: '1/min' },
        server_cpu_pct: informs(steady.serverPct, 'pct of one core'),
        server_main_thread_pct: informs(steady.mainPct, 'pct of one core'),
        server_rss_mb: informs(steady.memory.residentMb, 'MB'),
        server_peak_rss_mb: informs(steady.memory.peakMb, 'MB'),
        api_p50_ms: informs(quantile(asked.ms, 0.5), 'ms'),
        api_p95_ms: { value: quantile(asked.ms, 0.95), target: 1000, better: 'lower', unit: 'ms' },
        api_p99_ms: informs(quantile(asked.ms, 0.99), 'ms'),
        live_p50_ms: informs(quantile(live.ms, 0.5), 'ms'),
        live_p95_ms: { value: quantile(live.ms, 0.95), target: 1000, better: 'lower', unit: 'ms' },
        live_p99_ms: informs(quantile(live.ms, 0.99), 'ms'),
        live_skipped: informs(steady.visibility.skipped, 'results'),
        reconnect_steady_s: { value: Math.max(back.connectedMs, back.drainedMs, back.heartbeatMs) / 1000, target: 60, better: 'lower', unit: 's' },
        reconnect_connected_s: informs(back.connectedMs / 1000, 's'),
        reconnect_cpu_s: informs(back.cpuMs / 1000, 's'),
        first_connect_s: informs(connectMs / 1000, 's'),
        first_runs_stored_s: informs(firstMs / 1000, 's'),
        enrol_s: informs(enrolMs / 1000, 's'),
        agents_list_ms: informs(agentsMs, 'ms'),
        results_lost: { value: 0, target: 0, better: 'lower', unit: 'results' },
        results_doubled: { value: 0, target: 0, better: 'lower', unit: 'results' },
        ...(steady.othersPct !== null && { rest_of_machine_cpu_pct: informs(steady.othersPct, 'pct') }),
      },
    };
  } finally {
    await workers[Symbol.asyncDispose]();
    await server.end('SIGTERM');
    await rm(directory, { recursive: true, force: true });
  }
}

async function plan(api: Api, { destinations }: Size): Promise<void> {
  const names = Array.from({ length: destinations }, (_, i) => `destination-${i + 1}`);
  for (const name of names) await api.post('/api/destinations', { name, host: '127.0.0.1' });
  await api.post('/api/jobs', { name: 'reachability', interval: INTERVAL_S, kinds: ['ping'], destinations: names });
}

interface Steady {
  readonly perMinute: number;
  readonly serverPct: number;
  readonly mainPct: number;
  readonly othersPct: number | null;
  readonly memory: { readonly residentMb: number; readonly peakMb: number };
  readonly visibility: Visibility;
}

async function measureSteady(
  pid: number,
  workers: FleetWorkers,
  { url, token, api, size }: { url: string; token: string; api: Api; size: Size },
): Promise<Steady> {
  const followed = Array.from({ length: size.followed }, (_, i) => `agent-${Math.floor((i * size.agents) / size.followed) + 1}`);
  const read = () => ({
    at: performance.now(),
    server: cpuOf(pid),
    own: [process.pid, ...workers.pids].reduce((sum, one) => sum + (cpuOf(one)?.allMs ?? 0), 0),
    machine: machineCpu(),
    measured: workers.count.measured,
  });
  const before = read();
  const over = new AbortController();
  const asking = askForRuns(api, size.runNowEveryMs, over.signal);
  const visibility = await followResults(url, token, { api, followed, forMs: size.measureMs });
  over.abort();
  await asking;
  const after = read();
  const tookMs = after.at - before.at;
  const serverMs = (after.server?.allMs ?? 0) - (before.server?.allMs ?? 0);
  const mainMs = (after.server?.mainMs ?? 0) - (before.server?.mainMs ?? 0);
  const othersPct =
    before.machine === null || after.machine === null
      ? null
      : Math.max(0, ((after.machine.busyMs - before.machine.busyMs - serverMs - (after.own - before.own)) / (tookMs * after.machine.cores)) * 100);
  return {
    perMinute: ((after.measured - before.measured) / tookMs) * 60_000,
    serverPct: (serverMs / tookMs) * 100,
    mainPct: (mainMs / tookMs) * 100,
    othersPct,
    memory: memoryOf(pid),
    visibility,
  };
}

/** Asks for runs beside the plan until aborted; resolves when the last is answered. */
async function askForRuns(api: Api, everyMs: number | null, signal: AbortSignal): Promise<void> {
  while (everyMs !== null && !signal.aborted) {
    await api.post('/api/jobs/reachability/run', {});
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** From a server that listens again to a fleet as it was before. */
async function measureReturn(pid: number, workers: FleetWorkers, agents: number) {
  const cpuBefore = cpuOf(pid)?.allMs ?? 0;
  const times = { connectedMs: 0, drainedMs: 0, heartbeatMs: 0 };
  await Promise.all([
    workers.until('every agent is connected again', ({ welcomed }) => welcomed === agents, PATIENCE_MS).then((ms) => (times.connectedMs = ms)),
    workers.until('no agent has a backlog', ({ current }) => current === agents, PATIENCE_MS).then((ms) => (times.drainedMs = ms)),
    workers
      .until('every agent had a heartbeat answered', ({ heartbeatAnswered }) => heartbeatAnswered === agents, PATIENCE_MS)
      .then((ms) => (times.heartbeatMs = ms)),
  ]);
  return { ...times, cpuMs: (cpuOf(pid)?.allMs ?? 0) - cpuBefore };
}

/** Compares what every agent measured with what the API holds; throws where a result is missing, double or of nobody. */
async function verify(api: Api, ledgers: readonly AgentLedger[], agents: number): Promise<{ stored: number; pages: number; listMs: number }> {
  if (ledgers.length !== agents) throw new Error(`expected ${agents} ledgers, got ${ledgers.length}`);
  const expected = new Map<string, number>();
  for (const { id, name, lastSeq, acknowledged, refused, ids } of ledgers) {
    if (ids.length !== lastSeq || acknowledged !== lastSeq || refused > 0)
      throw new Error(`${name}: ${ids.length} measured, ${lastSeq} numbered, ${acknowledged} acknowledged, ${refused} refused`);
    for (const one of ids) expected.set(one, id);
  }
  const found = new Set<string>();
  let [pages, doubled, strange] = [0, 0, 0];
  const begin = performance.now();
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const query = new URLSearchParams({ fields: 'agent_id', limit: '1000', ...(cursor !== '' && { cursor }) });
    const page: { items: { id: string; agent_id: number }[]; next: string | null } = await api.get(`/api/results?${query.toString()}`);
    for (const { id, agent_id } of page.items) {
      if (found.has(id)) doubled += 1;
      if (expected.get(id) !== agent_id) strange += 1;
      found.add(id);
    }
    cursor = page.next;
  }
  const lost = [...expected.keys()].filter((id) => !found.has(id)).length;
  if (lost + doubled + strange > 0) throw new Error(`of ${expected.size} results ${lost} are lost and ${doubled} doubled; ${strange} are nobody's`);
  return { stored: found.size, pages, listMs: performance.now() - begin };
}

function report({ perMinute, serverPct, mainPct, othersPct, memory, visibility }: Steady, print: (line: string) => void): void {
  const { live, api, skipped, questions } = visibility;
  const spread = ({ ms }: { ms: readonly number[] }): string => [0.5, 0.95, 0.99, 1].map((q) => quantile(ms, q).toFixed(0).padStart(7)).join('');
  print(
    `${perMinute.toFixed(0)} results a minute; server ${serverPct.toFixed(1)} % of a core (main thread ${mainPct.toFixed(1)} %), ` +
      `${memory.residentMb.toFixed(0)} MB resident, ${memory.peakMb.toFixed(0)} MB at most; rest of the machine ${othersPct?.toFixed(0) ?? '?'} %`,
  );
  print('end of measurement to      results    p50    p95    p99    max ms');
  print(`/ws                       ${String(live.ms.length).padStart(8)}${spread(live)}   ${skipped} not sent`);
  print(`GET /api/results          ${String(api.ms.length).padStart(8)}${spread(api)}   asked ${questions} times`);
}

function memoryOf(pid: number): { residentMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field: string): number => (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function quantile(values: readonly number[], q: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? Number.NaN;
}
