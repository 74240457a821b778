import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Agent } from '../../model/agent.ts';
import type { BatchAnswer } from '../../protocol/batch.ts';
import type { ResultsStats } from '../../store/results/results-store.ts';
import type { Family, Sample } from './exposition.ts';
import { Histogram } from './histogram.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the server counts of its own work. */
export class ServerMetrics {
  readonly #requests = new Histogram('route', SECONDS);
  readonly #statuses = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });
  #stored = 0;
  #duplicates = 0;

  constructor() {
    this.#delay.enable();
  }

  /** `route` is the route's path with its parameters unfilled, so that their values make no families. */
  request(route: string, { status, seconds }: { status: number; seconds: number }): void {
    this.#requests.observe(route, seconds);
    const code = String(status);
    this.#statuses.set(code, (this.#statuses.get(code) ?? 0) + 1);
  }

  batch(answer: BatchAnswer): void {
    this.#stored += answer.stored;
    this.#duplicates += answer.duplicates;
    for (const { code } of answer.refused) this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  families({ agents, stats, version, startedAt }: { agents: readonly Agent[]; stats: ResultsStats; version: string; startedAt: number }): Family[] {
    const one = (value: number): Sample[] => [{ labels: {}, value }];
    const by = (label: string, counts: ReadonlyMap<string, number>): Sample[] =>
      [...counts].map(([key, value]) => ({ labels: { [label]: key }, value }));
    const states = new Map<string, number>();
    for (const { state } of agents) states.set(state, (states.get(state) ?? 0) + 1);
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const delaySeconds = this.#delay.percentile(99) / 1e9;
    this.#delay.reset();
    return [
      { name: 'tacho_build_info', help: 'version of the server', type: 'gauge', samples: [{ labels: { version }, value: 1 }] },
      { name: 'process_start_time_seconds', help: 'when the server started', type: 'gauge', samples: one(startedAt / 1000) },
      { name: 'process_resident_memory_bytes', help: 'resident memory', type: 'gauge', samples: one(memory.rss) },
      { name: 'process_cpu_seconds_total', help: 'CPU time used', type: 'counter', samples: one((cpu.user + cpu.system) / 1e6) },
      {
        name: 'tacho_event_loop_delay_seconds',
        help: '99th percentile of the delay since the last scrape',
        type: 'gauge',
        samples: one(delaySeconds),
      },
      { name: 'tacho_agents', help: 'agents by state', type: 'gauge', samples: by('state', states) },
      {
        name: 'tacho_agent_spool_results',
        help: 'results that wait on the agent',
        type: 'gauge',
        samples: agents.flatMap(({ name, spool }) => (spool === null ? [] : [{ labels: { agent: name }, value: spool.pending }])),
      },
      { name: 'tacho_results_stored_total', help: 'results made durable since the start', type: 'counter', samples: one(this.#stored) },
      { name: 'tacho_results_duplicate_total', help: 'results that were stored before', type: 'counter', samples: one(this.#duplicates) },
      { name: 'tacho_results_refused_total', help: 'results refused, by reason', type: 'counter', samples: by('code', this.#refused) },
      { name: 'tacho_store_results', help: 'results kept', type: 'gauge', samples: one(stats.results) },
      { name: 'tacho_store_series', help: 'series kept', type: 'gauge', samples: one(stats.series) },
      { name: 'tacho_store_bytes', help: 'size of the results store on disk', type: 'gauge', samples: one(stats.bytes) },
      { name: 'tacho_http_responses_total', help: 'answers by status', type: 'counter', samples: by('status', this.#statuses) },
      { name: 'tacho_http_request_duration_seconds', help: 'time to answer, by route', type: 'histogram', samples: this.#requests.samples() },
    ];
  }

  close(): void {
    this.#delay.disable();
  }
}
