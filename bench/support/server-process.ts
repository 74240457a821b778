import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readServerFile } from '../../src/server/data-directory.ts';
import { packageFile } from '../../src/util/files.ts';

/** Enough for a large data directory on a busy machine. */
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 60_000;

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** The API token of the first start: every scope. */
  readonly token: string;
  /** How the process ended; null while it runs. */
  ended(): string | null;
  /** Ends it as an operator would, and waits for the data to be closed. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** The data directory; made where it is absent. */
  readonly directory: string;
  /** Words before the command, such as what confines the process. */
  readonly prefix?: readonly string[];
}

/** Starts the program as people start it: a process of its own, on a free port, measuring nothing itself. */
export async function startServerProcess({ directory, prefix = [] }: ServerProcessOptions): Promise<ServerProcess> {
  await mkdir(directory, { recursive: true });
  const words = [
    ...prefix,
    process.execPath,
    packageFile('src/cli/main.ts'),
    'server',
    '--data',
    directory,
    '--port',
    '0',
    '--no-local-agent',
    '--log-level',
    'warn',
  ];
  const child = spawn(words[0] as string, words.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TACHO_DEFAULT_DESTINATIONS: 'none' },
  });
  const how = endOf(child);
  for (let waited = 0; ; waited += 50) {
    const announced = readServerFile(directory);
    if (announced !== null && announced.pid === child.pid) {
      return {
        url: announced.url,
        pid: announced.pid,
        token: readFileSync(join(directory, 'token'), 'utf8').trim(),
        ended: how,
        stop: () => stop(child, how),
      };
    }
    if (how() !== null || waited > READY_WITHIN_MS) {
      await stop(child, how);
      throw new Error(`the server did not start: ${how() ?? 'no announcement'}`);
    }
    await sleep(50);
  }
}

function endOf(child: ChildProcess): () => string | null {
  let end: string | null = null;
  child.on('error', (error) => (end = error.message));
  child.on('exit', (code, signal) => (end = signal === null ? `exit code ${code}` : `signal ${signal}`));
  return () => end;
}

async function stop(child: ChildProcess, how: () => string | null): Promise<void> {
  if (how() !== null) return;
  child.kill('SIGTERM');
  for (let waited = 0; how() === null && waited < STOP_WITHIN_MS; waited += 20) await sleep(20);
  if (how() !== null) return;
  child.kill('SIGKILL');
  throw new Error('the server did not stop within a minute of SIGTERM');
}
