import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdbResultsStore } from '../src/store/results/duckdb/duckdb-results-store.ts';
import type { ResultRow, ResultsStore } from '../src/store/results/results-store.ts';
import { systemClock } from '../src/util/clock.ts';
import { seededRandom } from '../src/util/random.ts';
import type { Bench, BenchContext, Figure } from './bench.ts';

const AGENTS = 10;
const DESTINATIONS = 5;
const INTERVAL_MS = 60_000;
const BATCH = 1000;
const MONTH_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
/** Results of a month, of all agents and destinations. */
const MONTH_RESULTS = (MONTH_MS / INTERVAL_MS) * AGENTS * DESTINATIONS;

export const bench: Bench = {
  name: 'store-append',
  description: 'the results store alone: durable appends from ten agents, and a month of one destination read back',
  run,
};

async function run({ quick, print }: BenchContext): Promise<{ figures: Record<string, Figure> }> {
  const directory = await mkdtemp(join(tmpdir(), 'tacho-bench-'));
  const options = { path: join(directory, 'results.duckdb'), clock: systemClock };
  let store = await openDuckdbResultsStore(options);
  try {
    const fleet = new Fleet(store);
    const wanted = quick ? 1000 : 20_000;
    const plain = await measure(fleet, wanted, { form: 'spool', replies: 0 });
    // The queries below want a month; where the appends did not fill one, the rest is not measured.
    if (!quick) while (fleet.results < MONTH_RESULTS) await measure(fleet, 2000, { form: 'spool', replies: 0 });
    await store.close();
    const kept = await openDuckdbResultsStore(options).then(async (opened) => {
      store = opened;
      return opened.stats();
    });
    fleet.store = store;
    const bytesPerResult = kept.bytes / kept.results;
    const series = await best(quick ? 1 : 5, () => readMonth(store));
    const page = await best(quick ? 1 : 5, () => store.list({ filter: { destinationIds: [1] }, limit: 100 }));
    const foreign = await measure(fleet, wanted / 2, { form: 'foreign', replies: 0 });
    const replies = await measure(fleet, wanted / 2, { form: 'spool', replies: 10 });

    print('appends, 5 metrics a result, batches of 1,000 from 10 agents, each durable before its answer');
    print('                        results/s   main thread us/result   all threads us/result   slowest batch ms');
    for (const [name, outcome] of Object.entries({ spool: plain, 'posted with ids': foreign, '10 replies in details': replies })) {
      print(
        `${name.padEnd(22)} ${num(outcome.perSecond, 10, 0)} ${num(outcome.mainUs, 23, 2)} ${num(outcome.cpuUs, 23, 2)} ${num(outcome.slowestMs, 18, 0)}`,
      );
    }
    print(`${kept.results} results, ${bytesPerResult.toFixed(1)} bytes each on disk`);
    print(`a month of one destination, 10 agents, hourly buckets: ${series.toFixed(1)} ms; a page of 100: ${page.toFixed(1)} ms`);
    return {
      figures: {
        results_per_s: { value: plain.perSecond, target: 50_000, better: 'higher', unit: '1/s' },
        main_thread_us: { value: plain.mainUs, target: 8, better: 'lower', unit: 'us' },
        cpu_us: { value: plain.cpuUs, better: 'lower', unit: 'us' },
        slowest_batch_ms: { value: plain.slowestMs, better: 'lower', unit: 'ms' },
        foreign_results_per_s: { value: foreign.perSecond, target: 50_000, better: 'higher', unit: '1/s' },
        with_replies_results_per_s: { value: replies.perSecond, better: 'higher', unit: '1/s' },
        bytes_per_result: { value: bytesPerResult, better: 'lower', unit: 'bytes' },
        series_month_ms: { value: series, better: 'lower', unit: 'ms' },
        list_page_ms: { value: page, better: 'lower', unit: 'ms' },
      },
    };
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Load {
  readonly form: 'spool' | 'foreign';
  /** Per-packet replies in the details of each result. */
  readonly replies: number;
}

interface Outcome {
  readonly perSecond: number;
  /** CPU time of the main thread for each result, without making the rows. */
  readonly mainUs: number;
  /** CPU time of the whole process for each result, without making the rows: says the same on a busy machine. */
  readonly cpuUs: number;
  readonly slowestMs: number;
}

/** Every agent sends its next batch as soon as the last one is durable. */
async function measure(fleet: Fleet, forMs: number, load: Load): Promise<Outcome> {
  const begin = performance.now();
  const main = process.threadCpuUsage();
  const all = process.cpuUsage();
  const [results, makingUs] = [fleet.results, fleet.makingUs];
  let slowestMs = 0;
  const agent = async (agentId: number): Promise<void> => {
    while (performance.now() - begin < forMs) {
      const sent = performance.now();
      await fleet.send(agentId, load);
      slowestMs = Math.max(slowestMs, performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: AGENTS }, (_, i) => agent(i + 1)));
  const count = fleet.results - results;
  const us = (used: NodeJS.CpuUsage): number => (used.user + used.system - (fleet.makingUs - makingUs)) / count;
  const [mainUs, cpuUs] = [us(process.threadCpuUsage(main)), us(process.cpuUsage(all))];
  return { perSecond: (count / (performance.now() - begin)) * 1000, mainUs, cpuUs, slowestMs };
}

class Fleet {
  store: ResultsStore;
  results = 0;
  makingUs = 0;
  readonly #sent = new Map<number, number>();
  readonly #random = seededRandom(42);

  constructor(store: ResultsStore) {
    this.store = store;
  }

  async send(agentId: number, { form, replies }: Load): Promise<void> {
    const cpu = process.threadCpuUsage();
    const first = (this.#sent.get(agentId) ?? 0) + 1;
    this.#sent.set(agentId, first + BATCH - 1);
    const seqs = Array.from({ length: BATCH }, (_, i) => first + i);
    const rows = seqs.map((seq) => this.#row(agentId, seq, replies));
    const used = process.threadCpuUsage(cpu);
    this.makingUs += used.user + used.system;
    const through = first + BATCH - 1;
    const { stored } = await (form === 'spool'
      ? this.store.appendSpool({ agentId, epoch: 'bench', rows, seqs, through })
      : this.store.appendForeign({ rows }));
    if (stored.length !== BATCH) throw new Error(`expected ${BATCH} results to be stored, got ${stored.length}`);
    this.results += BATCH;
  }

  #row(agentId: number, seq: number, replies: number): ResultRow {
    const plannedAt = START_MS + Math.floor(seq / DESTINATIONS) * INTERVAL_MS + agentId * 500;
    const ms = (scale: number): number => Math.round(this.#random() * scale * 100) / 100;
    return {
      id: randomUUID(),
      run: randomUUID(),
      plannedAt,
      startedAt: plannedAt + Math.floor(this.#random() * 100),
      durationMs: 4500 + ms(100),
      clockOffsetMs: null,
      kind: 'ping',
      agentId,
      destinationId: 1 + (seq % DESTINATIONS),
      jobId: 1,
      status: 'success',
      failure: null,
      metrics: { rtt_avg_ms: ms(40), rtt_min_ms: ms(20), rtt_max_ms: ms(90), jitter_ms: ms(5), packet_loss_pct: this.#random() < 0.02 ? 10 : 0 },
      labels: { site: `site-${agentId}`, connection: 'wifi' },
      details:
        replies === 0
          ? {}
          : { tool: 'fping', address: '192.0.2.1', replies: Array.from({ length: replies }, (_, i) => ({ seq: i, rtt_ms: ms(40), ttl: 57 })) },
    };
  }
}

async function readMonth(store: ResultsStore): Promise<void> {
  const { newest } = await store.stats();
  const to = newest ?? START_MS;
  await store.series({ filter: { from: to - MONTH_MS, to, kinds: ['ping'], destinationIds: [1] }, metric: 'rtt_avg_ms', bucketMs: HOUR_MS });
}

/** The shortest of some runs, milliseconds: what the machine can do when nobody disturbs it. */
async function best(runs: number, work: () => Promise<unknown>): Promise<number> {
  let shortest = Infinity;
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    await work();
    shortest = Math.min(shortest, performance.now() - begin);
  }
  return shortest;
}

function num(value: number, width: number, decimals: number): string {
  return value.toFixed(decimals).padStart(width);
}
