import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESULTS_PATH } from '../../src/protocol/batch.ts';
import { seededRandom } from '../../src/util/random.ts';
import type { Api, Fleet } from './api.ts';
import { INTERVAL_MS, resultsPerMinute, wirePing } from './month.ts';
import type { ServerProcess } from './server-process.ts';

export interface Timings {
  /** Time of each answer by question, milliseconds, body read. */
  readonly queries: ReadonlyMap<string, readonly number[]>;
  /** Time of each post of one result, milliseconds. */
  readonly posts: readonly number[];
  readonly liveResults: number;
}

export interface ExerciseOptions {
  readonly server: ServerProcess;
  readonly fleet: Fleet;
  /** With read scope. */
  readonly api: Api;
  /** Times as fast as the fleet measures. */
  readonly rate: number;
}

/** What the dashboard's charts ask, by name: the range, and buckets that give 96 to 180 points. */
const RANGES = {
  series_24h: { rangeS: 86_400, bucketS: 900 },
  series_7d: { rangeS: 604_800, bucketS: 3600 },
  series_30d: { rangeS: 2_592_000, bucketS: 14_400 },
};
/** A person who changes the range and the destination without rest. */
const THINK_MS = 100;

/** A fleet that measures and people who look, both at once. */
export class Exercise {
  readonly #options: ExerciseOptions;
  readonly #queries = new Map<string, number[]>();
  readonly #posts: number[] = [];
  readonly #random = seededRandom(11);
  #liveResults = 0;
  #over = false;

  constructor(options: ExerciseOptions) {
    this.#options = options;
  }

  /** A message of the live connection. */
  hear(text: string): void {
    const message = JSON.parse(text) as { type: string; items?: readonly unknown[]; count?: number };
    if (message.type === 'results') this.#liveResults += message.items?.length ?? 0;
    if (message.type === 'skipped') this.#liveResults += message.count ?? 0;
  }

  async run(forMs: number): Promise<Timings> {
    const { fleet } = this.#options;
    const over = sleep(forMs).then(() => (this.#over = true));
    await Promise.all([over, this.#look(), ...fleet.agents.map((_, i) => this.#measure(i))]);
    // The last results are on their way to the listeners.
    await sleep(1000);
    if (this.#liveResults !== this.#posts.length) {
      throw new Error(`${this.#posts.length} results were stored and ${this.#liveResults} heard on the live connection`);
    }
    return { queries: this.#queries, posts: this.#posts, liveResults: this.#liveResults };
  }

  /** One agent: each result on its own, as most of them come. */
  async #measure(index: number): Promise<void> {
    const { server, fleet, rate } = this.#options;
    const agent = fleet.agents[index];
    if (agent === undefined) return;
    const everyMs = (INTERVAL_MS * fleet.agents.length) / (resultsPerMinute(fleet) * rate);
    for (let seq = 1; !this.#over; seq++) {
      const begin = performance.now();
      const destinationId = fleet.destinations[seq % fleet.destinations.length]?.id ?? 1;
      const result = wirePing({ agentId: agent.id, jobId: fleet.jobId, destinationId, at: Date.now() }, this.#random);
      const answer = await fetch(new URL(RESULTS_PATH, server.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', authorization: `Bearer ${agent.credential}` },
        body: new Uint8Array(gzipSync(JSON.stringify({ epoch: 'live', results: [{ seq, ...result }] }))),
      });
      const body = (await answer.json()) as { stored?: number };
      const tookMs = performance.now() - begin;
      if (body.stored !== 1) throw new Error(`a result was not stored: HTTP ${answer.status}: ${JSON.stringify(body).slice(0, 500)}`);
      this.#posts.push(tookMs);
      await sleep(Math.max(0, everyMs - tookMs));
    }
  }

  async #look(): Promise<void> {
    const { api, fleet } = this.#options;
    for (let turn = 0; !this.#over; turn++) {
      const destination = fleet.destinations[turn % fleet.destinations.length]?.name ?? '';
      for (const [name, { rangeS, bucketS }] of Object.entries(RANGES)) {
        const to = Date.now();
        const question = { kind: 'ping', destination, from: iso(to - rangeS * 1000), to: iso(to), bucket_s: String(bucketS) };
        // A chart asks for latency and loss at once.
        await this.#timed(name, () =>
          Promise.all(
            ['rtt_avg_ms', 'packet_loss_pct'].map((metric) => api.get(`/api/series?${new URLSearchParams({ ...question, metric }).toString()}`)),
          ),
        );
      }
      await this.#timed('first_page', () => api.get('/api/results?limit=200'));
      await this.#timed('filtered_page', () => api.get(`/api/results?limit=200&destination=${destination}&status=timeout`));
      await this.#timed('agents', () => api.get('/api/agents'));
    }
  }

  async #timed(name: string, ask: () => Promise<unknown>): Promise<void> {
    const begin = performance.now();
    await ask();
    const times = this.#queries.get(name) ?? [];
    times.push(performance.now() - begin);
    this.#queries.set(name, times);
    await sleep(THINK_MS);
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
