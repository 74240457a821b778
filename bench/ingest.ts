import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESULTS_PATH } from '../src/protocol/batch.ts';
import { siblingFile } from '../src/util/files.ts';
import type { Bench, BenchContext, Figure } from './bench.ts';
import { Api, makeFleet, type Fleet } from './support/api.ts';
import { BATCH, BatchBody, spoolSenders, type Sender } from './support/batch-body.ts';
import { runLoad, type MeasuredLoad } from './support/run-load.ts';
import { startServerProcess, type ServerProcess } from './support/server-process.ts';

/** Connections: each agent sends one batch at a time, so this many batches are under way. */
const SENDERS = 8;
export const bench: Bench = {
  name: 'ingest',
  description: 'results made durable through the HTTP API: a second process posts batches of 1,000 results with five metrics',
  run,
};

interface Length {
  readonly forMs: number;
  readonly warmUpBatches: number;
  readonly mostBatches: number;
}

async function run({ quick, print }: BenchContext): Promise<{ figures: Record<string, Figure> }> {
  const directory = await mkdtemp(join(tmpdir(), 'tacho-bench-'));
  const long: Length = quick ? { forMs: 500, warmUpBatches: 1, mostBatches: 50 } : { forMs: 25_000, warmUpBatches: 20, mostBatches: 1000 };
  const short: Length = quick ? { forMs: 300, warmUpBatches: 1, mostBatches: 3 } : { forMs: 10_000, warmUpBatches: 5, mostBatches: 80 };
  try {
    print(`${SENDERS} connections, one batch of ${BATCH.toLocaleString('en-US')} results under way on each`);
    print('                        results/s   p50 ms   p99 ms   us of CPU a result: server  its main thread  load    rest of machine');
    const say = (name: string, load: MeasuredLoad): void => print(lineOf(name, load));

    const spool = await withServer(join(directory, 'spool'), async (server, fleet) => {
      const senders = spoolSenders(fleet);
      const load = await measureServer(server, { senders, gzip: false, ...long });
      say('spool', load);
      await verify(server, senders, load);
      return load;
    });
    const stored = spool.batches.reduce((sum, batches) => sum + batches * BATCH, 0);
    const bytesPerResult = (await sizeOf(join(directory, 'spool'), 'results.duckdb')) / stored;
    const { gzip, replies, foreign } = await withServer(join(directory, 'other'), async (server, fleet) => {
      const senders = spoolSenders(fleet);
      const compressed = await measureServer(server, { senders, gzip: true, ...short });
      say('spool, gzip', compressed);
      await verify(server, senders, compressed);
      const detailed = senders.map((sender) => ({ ...sender, epoch: 'replies', firstSecond: sender.firstSecond - 3600, replies: 10 }));
      const told = await measureServer(server, { senders: detailed, gzip: false, ...short, mostBatches: long.mostBatches });
      say('spool, ping replies', told);
      await verify(server, detailed, told);
      const strangers = await foreignSenders(server, fleet);
      const posted = await measureServer(server, { senders: strangers, gzip: false, ...short, mostBatches: long.mostBatches });
      say('foreign', posted);
      await verify(server, strangers, posted);
      return { gzip: compressed, replies: told, foreign: posted };
    });
    const floor = { ...short, mostBatches: long.mostBatches };
    const append = await measureFloor('append', directory, floor);
    say('floor: synced append', append);
    const sqlite = await measureFloor('sqlite', directory, floor);
    say('floor: plain SQLite', sqlite);
    print(`${bytesPerResult.toFixed(1)} bytes a result on disk; ${(spool.bytes / spool.stored).toFixed(0)} bytes on the wire`);
    print('every second of every agent holds exactly the results that were sent; a batch sent twice is stored once');

    const informs = (value: number, unit: string, better: Figure['better'] = 'lower'): Figure => ({ value, unit, better });
    return {
      figures: {
        results_per_s: { value: spool.perSecond, target: 50_000, better: 'higher', unit: '1/s' },
        answer_p50_ms: informs(quantile(spool.answersMs, 0.5), 'ms'),
        answer_p99_ms: informs(quantile(spool.answersMs, 0.99), 'ms'),
        gzip_results_per_s: informs(gzip.perSecond, '1/s', 'higher'),
        with_replies_results_per_s: informs(replies.perSecond, '1/s', 'higher'),
        foreign_results_per_s: informs(foreign.perSecond, '1/s', 'higher'),
        bytes_per_result: informs(bytesPerResult, 'bytes'),
        floor_append_results_per_s: informs(append.perSecond, '1/s', 'higher'),
        floor_sqlite_results_per_s: informs(sqlite.perSecond, '1/s', 'higher'),
        ...(spool.serverCpu !== null && {
          server_cpu_us: informs((spool.serverCpu.allMs * 1000) / spool.stored, 'us'),
          server_main_thread_us: informs((spool.serverCpu.mainMs * 1000) / spool.stored, 'us'),
        }),
        // CPU time and not throughput: the floors run later, when other programs may take more or less of the machine.
        ...cpuRatio('cpu_of_floor_append', spool, append),
        ...cpuRatio('cpu_of_floor_sqlite', spool, sqlite),
        load_cpu_us: informs((spool.cpuMs * 1000) / spool.stored, 'us'),
        ...(spool.othersPct !== null && { rest_of_machine_cpu_pct: informs(spool.othersPct, 'pct') }),
      },
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function withServer<T>(directory: string, work: (server: ServerProcess, fleet: Fleet) => Promise<T>): Promise<T> {
  const server = await startServerProcess({ directory });
  try {
    return await work(server, await makeFleet(server.url, server.token, { agents: SENDERS, destinations: SENDERS }));
  } finally {
    await server.stop();
  }
}

function measureServer(server: ServerProcess, load: Length & { senders: readonly Sender[]; gzip: boolean }): Promise<MeasuredLoad> {
  return runLoad({ url: server.url, path: RESULTS_PATH, ...load }, server.pid);
}

/** One token for all, as an importer has it; the agents they name become external ones. */
async function foreignSenders(server: ServerProcess, fleet: Fleet): Promise<Sender[]> {
  const { token } = await new Api(server.url, server.token).post<{ token: string }>('/api/tokens', { name: 'importer', scopes: ['write'] });
  return spoolSenders(fleet).map((sender, i) => ({ ...sender, bearer: token, epoch: null, agentId: 0, agentName: `stranger-${i + 1}` }));
}

async function measureFloor(form: 'append' | 'sqlite', directory: string, length: Length): Promise<MeasuredLoad> {
  const child = fork(siblingFile(import.meta.url, './support/floor-server.ts'), [form, directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const senders = spoolSenders({
      agents: Array.from({ length: SENDERS }, (_, i) => ({ id: i + 1, name: `agent-${i + 1}`, credential: 'none' })),
      destinations: [],
      jobId: 1,
    });
    const plan = { url: `http://127.0.0.1:${port}`, path: `/?results=${BATCH}`, senders, gzip: false, ...length };
    return await runLoad(plan, child.pid ?? 0);
  } finally {
    if (child.connected) child.disconnect();
    await ended;
  }
}

interface SeriesAnswer {
  readonly items: readonly { readonly at: readonly string[]; readonly runs: readonly number[]; readonly count: readonly number[] }[];
}

/** Asks the server what it holds: each batch filled one second, so each second must hold one batch, and no other may. */
async function verify(server: ServerProcess, senders: readonly Sender[], load: MeasuredLoad): Promise<void> {
  const api = new Api(server.url, server.token);
  if (load.refused > 0 || load.duplicates > 0) throw new Error(`${load.refused} results were refused and ${load.duplicates} taken for duplicates`);
  for (const [i, sender] of senders.entries()) {
    const batches = load.batches[i] ?? 0;
    await again(server, sender, { n: batches - 1, seed: i + 1 });
    const iso = (second: number): string => new Date(second * 1000).toISOString();
    const query = new URLSearchParams({
      agent: sender.agentName,
      metric: 'packet_loss_pct',
      bucket_s: '1',
      from: iso(sender.firstSecond - 60),
      to: iso(sender.firstSecond + batches + 60),
    });
    const { items } = await api.get<SeriesAnswer>(`/api/series?${query.toString()}`);
    const [line] = items;
    const exact =
      items.length === 1 &&
      line?.at.length === batches &&
      line.at.every((at, n) => Date.parse(at) === (sender.firstSecond + n) * 1000) &&
      line.runs.every((runs) => runs === BATCH) &&
      line.count.every((count) => count === BATCH);
    if (!exact) {
      const found = items.reduce((sum, item) => sum + item.runs.reduce((a, b) => a + b, 0), 0);
      throw new Error(`${sender.agentName}: sent ${batches * BATCH} results, the server holds ${found}, or not the same`);
    }
  }
}

/** A batch whose answer was lost is sent again; it must be known. */
async function again(server: ServerProcess, sender: Sender, { n, seed }: { n: number; seed: number }): Promise<void> {
  const body = new Uint8Array(new BatchBody(sender, seed).batch(n));
  const { stored, duplicates } = await new Api(server.url, sender.bearer).postText<{ stored: number; duplicates: number }>(RESULTS_PATH, body);
  if (stored !== 0 || duplicates !== BATCH) throw new Error(`a batch sent twice was stored twice: ${stored} results of ${BATCH}`);
}

/** How many times the CPU time of another server one result costs; nothing where the system does not tell. */
function cpuRatio(name: string, load: MeasuredLoad, floor: MeasuredLoad): Record<string, Figure> {
  if (load.serverCpu === null || floor.serverCpu === null || floor.serverCpu.allMs === 0) return {};
  const value = load.serverCpu.allMs / load.stored / (floor.serverCpu.allMs / floor.stored);
  return { [name]: { value, better: 'lower', unit: 'times' } };
}

async function sizeOf(directory: string, prefix: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory)) if (name.startsWith(prefix)) bytes += (await stat(join(directory, name))).size;
  return bytes;
}

function lineOf(name: string, load: MeasuredLoad): string {
  const us = (ms: number | undefined): string => (ms === undefined ? '?' : ((ms * 1000) / load.stored).toFixed(1));
  return [
    name.padEnd(22),
    Math.round(load.perSecond).toLocaleString('en-US').padStart(10),
    quantile(load.answersMs, 0.5).toFixed(0).padStart(8),
    quantile(load.answersMs, 0.99).toFixed(0).padStart(8),
    us(load.serverCpu?.allMs).padStart(28),
    us(load.serverCpu?.mainMs).padStart(16),
    us(load.cpuMs).padStart(5),
    `${load.othersPct?.toFixed(0) ?? '?'} %`.padStart(17),
  ].join(' ');
}

/** The nearest-rank quantile of ascending values. */
function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? Number.NaN;
}
