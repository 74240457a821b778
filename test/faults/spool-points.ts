import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readSpool } from '../support/agent-program.ts';
import { FakeServer } from '../support/fake-server.ts';
import { startProgram, type Ended } from '../support/program.ts';
import { parseTrace } from '../support/system-calls.ts';
import { packageFile } from '../../src/util/files.ts';

/** What a spool and its uplink do to the world: each entry to one of these is a point at which a life can end. */
const CALLS = 'pwrite64,fdatasync,fsync,ftruncate,unlink,rename,write,writev,sendto,sendmsg,shutdown';
const RESULTS = 7;
/** So that a body is more than one packet. */
const NOISE_BYTES = 20_000;
/** Every so-many-th number is refused by the server: those take the way to the dead letter. */
const REFUSED_EVERY = 3;

/** How one life ended, and what was found afterwards. */
export interface Life {
  /** Where it was killed: the call it was about to make, and on what. Null where it lived to its end. */
  readonly point: string | null;
  readonly kept: number;
  readonly delivered: number;
  readonly dead: number;
  /** Results the server already had when they came again. */
  readonly repeated: number;
  /** Every call of the life, in order, each named like a point. */
  readonly calls: readonly string[];
}

/** Something that befalls a life: it is killed as it is about to make its n-th call of a name, or by the server's hand. */
export type Death =
  { readonly call: string; readonly nth: number } | { readonly server: 'before_storing' | 'before_answer' | 'after_answer'; readonly post: number };

/**
 * Lets a spool and its uplink live once under strace until they are killed, then once more undisturbed, and compares:
 * every result that was said to be on disk is delivered or in the dead letter, once, and every number stands for one.
 */
export async function dieOnce(death: Death | null): Promise<Life> {
  const directory = await mkdtemp(join(tmpdir(), 'tacho-point-'));
  const server = await new FakeServer().start();
  try {
    const credential = await enrolIn(server);
    server.refuse = (result) => ((result as { seq: number }).seq % REFUSED_EVERY === 0 ? { code: 'too_late', message: 'refused by the test' } : null);
    const traceFile = join(directory, 'trace');
    const first = startLife({ directory, server, credential, results: RESULTS, trace: { file: traceFile, death } });
    if (death !== null && 'server' in death) {
      server.fault = (post) => {
        if (post !== death.post) return null;
        const kill = (): void => {
          process.kill(tracedPid(first.output()), 'SIGKILL');
        };
        if (death.server === 'after_answer') {
          setImmediate(kill);
          return null;
        }
        kill();
        return death.server === 'before_storing' ? 'drop' : 'drop_answer';
      };
    }
    const ended = await first.ended;
    server.fault = () => null;
    const killed = !ended.stdout.includes('over\n');
    const kept = new Map([...ended.stdout.matchAll(/kept (\d+) (\S+);/g)].map(([, seq, id]) => [Number(seq), String(id)]));
    const calls = readCalls(await readFile(traceFile, 'utf8'));
    const point = killed ? await whereItDied(traceFile, death, { ended, calls }) : null;

    const again = await startLife({ directory, server, credential, results: 0, trace: null }).ended;
    expect(again.stdout, `a life after ${point ?? 'the end'}:\n${again.stderr}`).toContain('over\n');
    const { pending, lastSeq, dropped, dead } = await readSpool(directory);
    expect({ pending: pending.size, dropped }, point ?? '').toEqual({ pending: 0, dropped: 0 });
    const delivered = new Map(server.ledger.map(({ seq, result }) => [seq, result.id]));
    expect(new Set(delivered.values()).size, `distinct results after ${point ?? 'the end'}`).toBe(server.ledger.length);
    expect(delivered.size + dead, `every number is one result, delivered or dead, after ${point ?? 'the end'}`).toBe(lastSeq);
    for (const [seq, id] of kept) {
      if (seq % REFUSED_EVERY === 0) continue;
      expect(delivered.get(seq), `number ${seq} after ${point ?? 'the end'}`).toBe(id);
    }
    return { point, kept: kept.size, delivered: delivered.size, dead, repeated: server.duplicates, calls };
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Every way to die by a call that a whole life shows. */
export function deathsOf({ calls }: Life): { call: string; nth: number; point: string }[] {
  const made = new Map<string, number>();
  return calls.map((point) => {
    const call = point.split(' ', 1)[0] ?? '';
    const nth = (made.get(call) ?? 0) + 1;
    made.set(call, nth);
    return { call, nth, point };
  });
}

interface StartLife {
  readonly directory: string;
  readonly server: FakeServer;
  readonly credential: string;
  readonly results: number;
  readonly trace: { readonly file: string; readonly death: Death | null } | null;
}

function startLife({ directory, server, credential, results, trace }: StartLife) {
  const child = packageFile('test/support/outbox-child.ts');
  const words = ['--disable-warning=ExperimentalWarning', child, join(directory, 'spool.sqlite'), server.url, credential];
  const args = [...words, String(results), String(NOISE_BYTES)];
  if (trace === null) return startProgram({ file: process.execPath, args });
  const inject = trace.death !== null && 'call' in trace.death ? ['-e', `inject=${trace.death.call}:signal=SIGKILL:when=${trace.death.nth}`] : [];
  // Only the first thread: it is the one that writes the spool and the sockets.
  const strace = ['-y', '-s', '0', '-e', `trace=${CALLS}`, ...inject, '-o', trace.file];
  return startProgram({ file: 'strace', args: [...strace, 'sh', '-c', 'echo "pid $$;"; exec "$0" "$@"', process.execPath, ...args] });
}

function tracedPid(output: string): number {
  const pid = /pid (\d+);/.exec(output)?.[1];
  if (pid === undefined) throw new Error(`the child did not say who it is: ${output}`);
  return Number(pid);
}

/** The call before which it died. That it was killed, and not ended by itself, is part of what is expected. */
async function whereItDied(traceFile: string, death: Death | null, { ended, calls }: { ended: Ended; calls: readonly string[] }): Promise<string> {
  expect(await readFile(traceFile, 'utf8'), `how it ended: ${ended.stderr}`).toContain('+++ killed by SIGKILL +++');
  return death !== null && 'server' in death ? `${death.server} of post ${death.post}` : (calls.at(-1) ?? 'nothing');
}

/** Each call with what it is about: a file of the spool, the connection, or what else the path says. */
function readCalls(trace: string): string[] {
  // The parser knows traces of several threads, each line with its number.
  return parseTrace(trace.replaceAll(/^(?=\w+\()/gm, '1  ')).map(({ name, path, text }) => {
    if (/^(TCP|socket)/.test(path)) return `${name} connection`;
    const file = /spool\.sqlite[a-z.-]*/.exec(`${path} ${text}`)?.[0];
    return `${name} ${file ?? path.replace(/:.*/, '')}`;
  });
}

async function enrolIn(server: FakeServer): Promise<string> {
  const answer = await fetch(`${server.url}/api/agent/enrol`, {
    method: 'POST',
    headers: { authorization: 'Bearer enrol-me' },
    body: JSON.stringify({ name: 'mortal', version: 'test', platform: 'test' }),
  });
  return ((await answer.json()) as { credential: string }).credential;
}
