import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatInstant } from '../../src/model/instant.ts';
import { RESULTS_PATH } from '../../src/protocol/batch.ts';
import { readServerFile } from '../../src/server/data-directory.ts';
import { Api } from '../support/api.ts';
import { startServerProgram, tokenOf } from '../support/server-program.ts';
import { parseTrace, tracingUnavailable, type SystemCall } from '../support/system-calls.ts';

const unavailable = tracingUnavailable();
if (unavailable !== null) console.info(`skipped: the order of sync and answer: ${unavailable}`);

const TRACED = 'fsync,fdatasync,write,writev,sendto,sendmsg,pwrite64,pwritev';
/** Written into the results, so that the write that carries them is known by its content. */
const MARK = 'seen-in-the-trace';
const BATCH = 50;

const isSync = ({ name }: SystemCall): boolean => name === 'fsync' || name === 'fdatasync';

describe('a trace of system calls', () => {
  test('is read with calls that others interrupt', () => {
    const trace = [
      '11  fsync(7</d/x.wal> <unfinished ...>',
      '12  write(9<socket:[5]>, "a)b <unfinished ...>", 20) = 20',
      '11  <... fsync resumed>)               = 0',
      '12  +++ exited with 0 +++',
      '13  pwrite64(8</d/y>, "..."..., 24, 4096) = -1 ENOSPC (No space left on device)',
      '13  fdatasync(8</d/y> <unfinished ...>',
    ];
    expect(parseTrace(trace.join('\n')).map(({ text: _, ...call }) => call)).toEqual([
      { name: 'fsync', path: '/d/x.wal', entered: 0, left: 2, result: 0 },
      { name: 'write', path: 'socket:[5]', entered: 1, left: 1, result: 20 },
      { name: 'pwrite64', path: '/d/y', entered: 4, left: 4, result: -1 },
      { name: 'fdatasync', path: '/d/y', entered: 5, left: Infinity, result: null },
    ]);
  });
});

describe.skipIf(unavailable !== null)('the server, traced while a batch is posted', () => {
  test('syncs what it wrote of the results before it writes the answer to the socket', { timeout: 60_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tacho-trace-'));
    const data = join(directory, 'data');
    const traceFile = join(directory, 'trace');
    const server = startServerProgram({
      data,
      port: 0,
      wrap: (file, args) => ({
        file: 'strace',
        args: ['-f', '-y', '--seccomp-bpf', '-s', '100000', '-e', `trace=${TRACED}`, '-o', traceFile, file, ...args],
      }),
    });
    try {
      const url = await server.ready;
      const admin = new Api(url, tokenOf(data));
      const { credential } = await admin.enrol('traced', await admin.enrolmentToken('trace'));
      const results = Array.from({ length: BATCH }, (_, i) => ({
        seq: i + 1,
        ...{ started_at: formatInstant(Date.now()), kind: 'ping', status: 'success', metrics: { rtt_avg_ms: i }, details: { mark: `${MARK}-${i}` } },
      }));
      const { status, body } = await new Api(url, credential).post(RESULTS_PATH, { epoch: 'a', results });
      expect({ status, body }).toEqual({ status: 200, body: { stored: BATCH, duplicates: 0, refused: [], acknowledged: BATCH } });
      await endTraced(data, 'SIGTERM');
      await server.end('SIGTERM');

      const calls = parseTrace(await readFile(traceFile, 'utf8'));
      const answer = calls.find(({ path, text }) => /^(socket|TCP)/.test(path) && text.includes(`\\"acknowledged\\":${BATCH}`));
      if (answer === undefined) throw new Error('the trace shows no answer');
      const before = calls.filter(({ entered, path }) => entered < answer.entered && path.includes('results.duckdb'));
      const written = before.filter((call) => !isSync(call));
      const carrying = written.filter(({ text }) => text.includes(MARK));
      expect(carrying, 'writes that carry the results').not.toEqual([]);
      const synced: SystemCall[] = [];
      for (const path of new Set(written.map((call) => call.path))) {
        const last = written.findLast((call) => call.path === path);
        // Entered after the last write had returned, and returned before the answer was begun.
        const sync = before.find(
          (call) => isSync(call) && call.path === path && call.result === 0 && call.entered > (last?.left ?? 0) && call.left < answer.entered,
        );
        expect(sync, `a sync of ${path} after its last write and before the answer`).toBeDefined();
        if (sync !== undefined && carrying.some((call) => call.path === path)) synced.push(sync);
      }
      expect(synced).not.toEqual([]);
      const shown = [...carrying, ...synced, answer].map(({ entered, name, path, result }) => `  ${entered}: ${name}(${path}) = ${result}`);
      console.info(`trace, by line:\n${shown.join('\n').replaceAll(directory, '')}`);
    } finally {
      await endTraced(data, 'SIGKILL');
      await server.end();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

/** Ends the server itself: its tracer would leave it running. The announcement names it, and goes with a polite end. */
async function endTraced(data: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const pid = readServerFile(data)?.pid;
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
