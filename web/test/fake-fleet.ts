import type * as z from 'zod';
import type { agent } from '../../src/model/agent.ts';
import type { destination } from '../../src/model/destination.ts';
import type { job } from '../../src/model/job.ts';
import type { result } from '../../src/model/result.ts';
import type { seriesAnswer, seriesItem } from '../../src/model/series.ts';
import type { health, session } from '../../src/protocol/session.ts';

type AgentWire = z.input<typeof agent>;
type ResultWire = z.input<typeof result>;
type DestinationWire = z.input<typeof destination>;
type JobWire = z.input<typeof job>;
type SeriesWire = z.input<typeof seriesAnswer>;
type ItemWire = z.input<typeof seriesItem>;

/** One ping a minute, as the jobs below say. */
const INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;

const iso = (ms: number): string => new Date(ms).toISOString();

/** The same numbers for the same bucket, whoever asks (mulberry32). */
function noise(seed: number): number {
  let t = (seed + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

interface Run {
  readonly rtt: number | null;
  readonly loss: number;
}

/** A believable fleet: one agent by default, three destinations, a quiet day with a little loss and one gap. */
export class FakeFleet {
  readonly #now: () => number;
  readonly #started: number;
  readonly #agents: AgentWire[];
  readonly #extra: ResultWire[] = [];
  readonly #destinations: DestinationWire[];

  constructor(now: () => number, agentNames: readonly string[] = ['workshop']) {
    this.#now = now;
    this.#started = now();
    this.#agents = agentNames.map((name, i) => this.#agent(i + 1, name));
    this.#destinations = [
      { name: 'gateway', host: '192.0.2.1', tags: ['first-run'] },
      { name: 'resolver', host: '192.0.2.53', tags: ['first-run'] },
      { name: 'server', host: 'http://127.0.0.1:8080/api/health', tags: [] },
    ].map((one, i) => ({
      ...one,
      id: i + 1,
      display_name: null,
      description: null,
      status: 'active',
      external: false,
      agent_id: null,
      declared_by: null,
      created_at: iso(this.#started),
    }));
  }

  agents(): AgentWire[] {
    return this.#agents;
  }

  changeAgent(index: number, change: Partial<AgentWire>): AgentWire {
    const changed = { ...this.#agents[index], ...change } as AgentWire;
    this.#agents[index] = changed;
    return changed;
  }

  session(): z.input<typeof session> {
    return { scopes: ['admin'], expires_at: iso(this.#now() + DAY_MS) };
  }

  health(): z.input<typeof health> {
    return { status: 'ok', version: '0.1.0', uptime_s: 12, started_at: iso(this.#started) };
  }

  answer(url: URL): unknown {
    switch (url.pathname) {
      case '/api/session':
        return this.session();
      case '/api/agents':
        return { items: this.#agents, next: null };
      case '/api/destinations':
        return { items: this.#destinations, next: null };
      case '/api/jobs':
        return { items: [this.#job()], next: null };
      case '/api/results':
        return { items: this.#results(url.searchParams), next: 'older' };
      case '/api/series':
        return this.#series(url.searchParams);
      default:
        return undefined;
    }
  }

  /** A result that was stored a moment ago; later questions have it too. */
  store(change: Partial<ResultWire> = {}): ResultWire {
    const stored: ResultWire = { ...this.#ping(this.#agents[0] as AgentWire, { id: 1, name: 'gateway' }, this.#now()), ...change };
    this.#extra.unshift(stored);
    return stored;
  }

  #agent(id: number, name: string): AgentWire {
    return {
      id,
      name,
      state: 'online',
      labels: {},
      version: '0.1.0',
      platform: 'linux x64',
      address: '127.0.0.1',
      capabilities: {
        ping: { available: true, tool: 'fping', version: '5.1', note: null },
        dns: { available: true, tool: 'built-in', version: null, note: null },
        http: { available: true, tool: 'built-in', version: null, note: null },
        system: { available: true, tool: 'built-in', version: null, note: null },
      },
      spool: { epoch: 'e1', pending: 0, pending_bytes: 0, dropped: 0, dead: 0 },
      clock_offset_ms: 2,
      created_at: iso(this.#started - DAY_MS),
      last_seen_at: iso(this.#now()),
      budget_mb_per_day: null,
      advertise: null,
      listening: null,
    };
  }

  #job(): JobWire {
    return {
      id: 1,
      name: 'first-run',
      state: 'running',
      state_reason: 'its runs are done as planned',
      next_run_at: null,
      description: null,
      enabled: true,
      interval: INTERVAL_MS / 1000,
      cron: null,
      time_zone: 'UTC',
      start_time: null,
      end_time: null,
      windows: [],
      metrics: ['ping'],
      mesh: null,
      budget_mb_per_day: null,
      declared_by: null,
      kinds: ['ping'],
      destinations: ['gateway', 'tag:first-run'],
      agents: ['*'],
      tags: [],
      options: {},
      revision: 1,
      created_at: iso(this.#started - DAY_MS),
      since: iso(this.#started - DAY_MS),
    };
  }

  #run(agentId: number, destinationId: number, minute: number): Run {
    const at = (n: number): number => noise(minute * 31 + agentId * 1009 + destinationId * 7919 + n * 104_729);
    const lossy = at(1) < 0.05;
    if (minute % 173 === 7) return { rtt: null, loss: 100 };
    const base = [0.6, 9, 0.1][destinationId - 1] ?? 20;
    const spike = at(2) < 0.03 ? base * 4 * at(3) : 0;
    return {
      rtt: base * (1 + 0.15 * (agentId - 1)) * (0.9 + 0.25 * at(4) + 0.1 * Math.sin(minute / 40)) + spike,
      loss: lossy ? Math.ceil(at(5) * 3) * 10 : 0,
    };
  }

  #ping(agent: AgentWire, to: { id: number; name: string }, at: number): ResultWire {
    const { rtt, loss } = this.#run(agent.id, to.id, Math.floor(at / INTERVAL_MS));
    const metrics = rtt === null ? {} : { rtt_avg_ms: rtt, rtt_min_ms: rtt * 0.8, rtt_max_ms: rtt * 1.4, jitter_ms: rtt * 0.1 };
    return {
      id: `ping-${agent.id}-${to.id}-${at}`,
      run: null,
      planned_at: null,
      started_at: iso(at),
      duration_ms: 4600,
      clock_offset_ms: 2,
      kind: 'ping',
      status: rtt === null ? 'failed' : 'success',
      failure: rtt === null ? { source: 'target', code: 'no_reply', message: `${to.name} did not answer any of 10 packets` } : null,
      metrics: { ...metrics, packet_loss_pct: loss, packets_sent: 10, packets_received: 10 - loss / 10 },
      labels: {},
      details: {},
      agent: agent.name,
      agent_id: agent.id,
      destination: to.name,
      destination_id: to.id,
      job: 'first-run',
      job_id: 1,
    };
  }

  #results(query: URLSearchParams): ResultWire[] {
    const limit = Number(query.get('limit') ?? 50);
    const asked = (name: string, id: number | null): boolean => query.get(name) === null || query.get(name) === String(id);
    const items: ResultWire[] = [...this.#extra];
    const newest = Math.floor(this.#started / INTERVAL_MS) * INTERVAL_MS;
    for (let at = newest; items.length < limit; at -= INTERVAL_MS)
      for (const agent of this.#agents) {
        const offset = agent.id * 7000;
        items.push(this.#ping(agent, { id: 2, name: 'resolver' }, at - offset - 3000), this.#ping(agent, { id: 1, name: 'gateway' }, at - offset));
        items.push(this.#other(agent, at - offset - 9000, { kind: 'system', metrics: { cpu_pct: 12.4, memory_pct: 41.2, load1: 0.61 } }));
        items.push(
          this.#other(agent, at - offset - 12_000, {
            kind: 'http',
            metrics: { total_ms: 4.2, ttfb_ms: 3.1, status_code: 200 },
            destination: 'server',
            destination_id: 3,
          }),
        );
      }
    return items
      .filter((item) => asked('agent', item.agent_id) && asked('destination', item.destination_id))
      .sort((a, b) => (a.started_at < b.started_at ? 1 : -1))
      .slice(0, limit);
  }

  #other(agent: AgentWire, at: number, change: Partial<ResultWire> & { kind: string }): ResultWire {
    return {
      ...this.#ping(agent, { id: 3, name: 'server' }, at),
      id: `${change.kind}-${agent.id}-${at}`,
      status: 'success',
      failure: null,
      destination: null,
      destination_id: null,
      ...change,
    };
  }

  #series(query: URLSearchParams): SeriesWire | undefined {
    const to = Date.parse(query.get('to') ?? '');
    const from = Date.parse(query.get('from') ?? '');
    const bucketMs = Number(query.get('bucket_s')) * 1000;
    const name = query.get('destination');
    const destination = this.#destinations.find((one) => one.name === name || String(one.id) === name);
    const answer = { metric: query.get('metric') ?? '', bucket_s: bucketMs / 1000, from: iso(from), to: iso(to) };
    if (destination === undefined) return undefined;
    if (destination.id === 3) return { ...answer, items: [] };
    return {
      ...answer,
      items: this.#agents.map((agent) => this.#item(agent, destination, { from, to, bucketMs, loss: answer.metric === 'packet_loss_pct' })),
    };
  }

  #item(agent: AgentWire, destination: DestinationWire, range: { from: number; to: number; bucketMs: number; loss: boolean }): ItemWire {
    const item: ItemWire = {
      agent: agent.name,
      agent_id: agent.id,
      destination: destination.name,
      destination_id: destination.id,
      ...{ at: [], count: [], mean: [], min: [], max: [], p5: [], p50: [], p95: [], runs: [], failures: [] },
    };
    for (let at = Math.ceil(range.from / range.bucketMs) * range.bucketMs; at < range.to; at += range.bucketMs) {
      const minutes = Array.from({ length: Math.ceil(range.bucketMs / INTERVAL_MS) }, (_, i) => Math.floor(at / INTERVAL_MS) + i);
      // The agent was off for a while: a gap.
      const runs = minutes.filter((minute) => minute % 97 > 6).map((minute) => this.#run(agent.id, destination.id, minute));
      if (runs.length === 0) continue;
      const values = runs
        .map((run) => (range.loss ? run.loss : run.rtt))
        .filter((value) => value !== null)
        .sort((a, b) => a - b);
      const quantile = (q: number): number | null => values[Math.round(q * (values.length - 1))] ?? null;
      item.at.push(iso(at));
      item.count.push(values.length);
      item.mean.push(values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length);
      item.min.push(quantile(0));
      item.max.push(quantile(1));
      item.p5.push(quantile(0.05));
      item.p50.push(quantile(0.5));
      item.p95.push(quantile(0.95));
      item.runs.push(runs.length);
      item.failures.push(runs.filter((run) => run.rtt === null).length);
    }
    return item;
  }
}
