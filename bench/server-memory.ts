import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { RESULTS_PATH } from '../src/protocol/batch.ts';
import { LIVE_PATH } from '../src/protocol/live.ts';
import { openDuckdbResultsStore } from '../src/store/results/duckdb/duckdb-results-store.ts';
import { systemClock } from '../src/util/clock.ts';
import type { Bench, BenchContext, Figure } from './bench.ts';
import { Api, makeFleet, type Fleet } from './support/api.ts';
import { spoolSenders } from './support/batch-body.ts';
import { Exercise, type Timings } from './support/exercise.ts';
import { limitMemory, type LimitedMemory } from './support/memory-limit.ts';
import { fillStore, resultsPerMinute } from './support/month.ts';
import { runLoad, type MeasuredLoad } from './support/run-load.ts';
import { startServerProcess, type ServerProcess } from './support/server-process.ts';

const AGENTS = 10;
const DESTINATIONS = 5;
/** The least memory a machine may have. */
const LIMIT_MB = 512;
const MB = 2 ** 20;
const DAY_MS = 86_400_000;
/** Times as fast as a fleet that measures each line once a minute. */
const RATE = 10;
const SAMPLE_EVERY_MS = 100;

export const bench: Bench = {
  name: 'server-memory',
  description: `memory of a server with ${AGENTS} agents and a month of data, confined to ${LIMIT_MB} MB by the operating system`,
  run,
};

async function run({ quick, print }: BenchContext): Promise<{ figures: Record<string, Figure> }> {
  const limit = limitMemory(LIMIT_MB * MB);
  if ('missing' in limit) {
    print(`skipped: no way to limit a process's memory here (${limit.missing})`);
    return { figures: {} };
  }
  const directory = await mkdtemp(join(tmpdir(), 'tacho-bench-'));
  try {
    const { fleet, results } = await prepare(directory, { days: quick ? 1 : 30, print });
    print(`the server runs in ${LIMIT_MB} MB: ${limit.how}`);
    const begin = performance.now();
    const server = await startServerProcess({ directory, prefix: limit.prefix });
    const startMs = performance.now() - begin;
    const sampler = sample(server.pid, () => limit.read());
    let timings: Timings;
    let backlog: MeasuredLoad;
    try {
      const idle = await sampler.next();
      print(`ready after ${startMs.toFixed(0)} ms; resident ${mb(idle.residentBytes)} MB, of it ${mb(idle.anonymousBytes)} MB its own`);
      timings = await exercise(server, fleet, quick ? 3000 : 60_000);
      print(`resident at most so far ${mb(sampler.peak().residentBytes)} MB; now every agent sends a backlog, as after an outage`);
      backlog = await sendBacklog(server, fleet, quick ? 500 : 15_000);
    } catch (error) {
      const { outOfMemoryKills } = limit.read();
      throw server.ended() === null
        ? error
        : new Error(`the server ended under load: ${server.ended() ?? ''}; out-of-memory kills: ${outOfMemoryKills}`, { cause: error });
    } finally {
      sampler.stop();
      await server.stop();
    }
    const peak = sampler.peak();
    if (peak.outOfMemoryKills > 0) throw new Error(`the system killed ${peak.outOfMemoryKills} processes for want of memory`);
    report(print, peak, timings);
    print(
      `backlog: ${Math.round(backlog.perSecond).toLocaleString('en-US')} results/s, slowest answer ${(backlog.answersMs.at(-1) ?? 0).toFixed(0)} ms`,
    );
    const informs = (value: number, unit: string, better: Figure['better'] = 'lower'): Figure => ({ value, unit, better });
    return {
      figures: {
        peak_mb: { value: peak.residentBytes / MB, target: LIMIT_MB, better: 'lower', unit: 'MB' },
        anonymous_peak_mb: informs(peak.anonymousBytes / MB, 'MB'),
        limit_group_peak_mb: informs(peak.groupBytes / MB, 'MB'),
        ...Object.fromEntries([...timings.queries].map(([name, times]) => [`${name}_ms`, informs(median(times), 'ms')])),
        post_p50_ms: informs(median(timings.posts), 'ms'),
        backlog_results_per_s: informs(backlog.perSecond, '1/s', 'higher'),
        live_results: informs(timings.liveResults, 'results', 'higher'),
        start_ms: informs(startMs, 'ms'),
        results: informs(results, 'results', 'higher'),
      },
    };
  } finally {
    limit.remove();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A data directory as it is after so many days: made by the real server, filled through the store. */
async function prepare(
  directory: string,
  { days, print }: { days: number; print: (line: string) => void },
): Promise<{ fleet: Fleet; results: number }> {
  const server = await startServerProcess({ directory });
  let fleet: Fleet;
  try {
    fleet = await makeFleet(server.url, server.token, { agents: AGENTS, destinations: DESTINATIONS });
  } finally {
    await server.stop();
  }
  const begin = performance.now();
  const store = await openDuckdbResultsStore({ path: join(directory, 'results.duckdb'), clock: systemClock });
  let results: number;
  try {
    const to = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
    results = await fillStore(store, fleet, { from: to - days * DAY_MS, to });
  } finally {
    await store.close();
  }
  forgetCache(join(directory, 'results.duckdb'));
  const bytes = await sizeOf(directory);
  print(
    `${days} days of ${AGENTS} agents: ${results.toLocaleString('en-US')} results (${resultsPerMinute(fleet)} a minute), ${mb(bytes)} MB on disk, made in ${((performance.now() - begin) / 1000).toFixed(0)} s`,
  );
  return { fleet, results };
}

/**
 * Lets the system forget the file's cached pages: they were charged to this process, and the server is to pay for its
 * own. `dd` asks for that without root (posix_fadvise); where it cannot, the server only finds a warmer start.
 */
function forgetCache(path: string): void {
  spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

async function exercise(server: ServerProcess, fleet: Fleet, forMs: number): Promise<Timings> {
  const live = new WebSocket(new URL(LIVE_PATH, server.url), { headers: { authorization: `Bearer ${server.token}` } });
  try {
    const work = new Exercise({ server, fleet, api: new Api(server.url, server.token), rate: RATE });
    live.on('message', (text: Buffer) => work.hear(text.toString()));
    live.on('error', () => undefined);
    return await work.run(forMs);
  } finally {
    live.terminate();
  }
}

/** Full batches, as fast as they are answered. */
async function sendBacklog(server: ServerProcess, fleet: Fleet, forMs: number): Promise<MeasuredLoad> {
  const senders = spoolSenders(fleet);
  const load = await runLoad({ url: server.url, path: RESULTS_PATH, senders, gzip: false, warmUpBatches: 1, forMs, mostBatches: 5000 }, server.pid);
  if (load.refused > 0 || load.duplicates > 0) throw new Error(`${load.refused} results were refused and ${load.duplicates} taken for duplicates`);
  return load;
}

interface MemoryPeak {
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly groupBytes: number;
  readonly cacheBytes: number;
  readonly outOfMemoryKills: number;
}

/** Looks at a process and its limit until stopped, and keeps the most of each. */
function sample(pid: number, readLimit: () => LimitedMemory): { next(): Promise<MemoryPeak>; peak(): MemoryPeak; stop(): void } {
  let peak: MemoryPeak = { residentBytes: 0, anonymousBytes: 0, groupBytes: 0, cacheBytes: 0, outOfMemoryKills: 0 };
  const look = (): MemoryPeak => {
    const group = readLimit();
    const now = {
      residentBytes: processBytes(pid, 'VmHWM'),
      anonymousBytes: Math.max(processBytes(pid, 'RssAnon'), group.anonymousBytes),
      groupBytes: group.peakBytes,
      cacheBytes: group.cacheBytes,
      outOfMemoryKills: group.outOfMemoryKills,
    };
    const most = (key: keyof MemoryPeak): number => Math.max(peak[key], now[key]);
    peak = {
      residentBytes: most('residentBytes'),
      anonymousBytes: most('anonymousBytes'),
      groupBytes: most('groupBytes'),
      cacheBytes: most('cacheBytes'),
      outOfMemoryKills: most('outOfMemoryKills'),
    };
    return now;
  };
  const timer = setInterval(look, SAMPLE_EVERY_MS);
  return { next: () => Promise.resolve(look()), peak: () => peak, stop: () => clearInterval(timer) };
}

/** A field of /proc/PID/status; 0 once the process has ended. */
function processBytes(pid: number, field: string): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function report(print: (line: string) => void, peak: MemoryPeak, timings: Timings): void {
  print(`most resident at once (VmHWM): ${mb(peak.residentBytes)} MB, pages of the program's own files included`);
  print(`most of its own (anonymous): ${mb(peak.anonymousBytes)} MB; this is what cannot be given back`);
  print(
    `most charged to the limit: ${mb(peak.groupBytes)} MB, up to ${mb(peak.cacheBytes)} MB of it cached pages of files, which the system takes back on demand`,
  );
  print('question                 asked   median ms   slowest ms');
  for (const [name, times] of [...timings.queries, ['post one result', timings.posts] as const]) {
    print(
      `${name.padEnd(22)} ${String(times.length).padStart(7)} ${median(times).toFixed(0).padStart(11)} ${Math.max(...times)
        .toFixed(0)
        .padStart(12)}`,
    );
  }
  print(`${timings.liveResults} results were heard on the live connection`);
}

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory)) bytes += (await stat(join(directory, name))).size;
  return bytes;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function mb(bytes: number): string {
  return (bytes / MB).toFixed(0);
}
