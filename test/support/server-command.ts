import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const launcher = resolve(import.meta.dirname, '../../bin/tacho.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tacho server` as a process of its own. */
export interface ServerCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The URL it announces once it is ready; rejects with what it said where it ends before. */
  readonly ready: Promise<string>;
  /** What it printed for people so far. */
  printed(): string;
}

/** Starts it on a data directory, on a free port and without a local agent unless the arguments say otherwise. */
export function spawnServer(data: string, { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {}): ServerCommand {
  const child = spawn(process.execPath, [launcher, 'server', '--data', data, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: data, TACHO_PORT: '0', TACHO_LOCAL_AGENT: 'false', TACHO_DEFAULT_DESTINATIONS: 'none', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const url = /ready at (\S+)\n/.exec(stdout)?.[1];
      if (url !== undefined) resolve(url);
    });
    void ended.then(({ code }) => reject(new Error(`the server ended with ${code ?? 'a signal'} before it was ready:\n${stderr}`)));
  });
  // Who waits only for the end is not told twice.
  ready.catch(() => undefined);
  return { child, ended, ready, printed: () => stdout };
}

/** What the server tells other programs of its data directory; null where it tells nothing. */
export function announced(data: string): { url: string; pid: number } | null {
  const file = join(data, 'server.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { url: string; pid: number }) : null;
}
