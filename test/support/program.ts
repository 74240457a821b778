import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/util/random.ts';

export interface ProgramOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** Beside this process's environment, of which nothing that is Tachograph's comes along. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Its input stays open for as long as this process lives: its end tells the program that nobody is there to end it. */
  readonly keepsInput?: boolean;
  /** How long it may take to print what is awaited, and to end politely. */
  readonly patienceMs?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of ours as a process of its own, to be looked at and to be killed. */
export interface Program {
  readonly pid: number;
  readonly running: boolean;
  /** How it ended, once it has. */
  readonly ended: Promise<Ended>;
  /** Everything it printed so far, on both streams. */
  output(): string;
  /** What it printed for people or programs so far. */
  stdout(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the output once it matches, rejects where the program ends or takes longer. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Sends the signal and resolves when the process has gone; one that ignores a polite signal is killed. */
  end(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

const PATIENCE_MS = 20_000;

export function startProgram({ file, args, env = {}, input, keepsInput = false, patienceMs = PATIENCE_MS }: ProgramOptions): Program {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...foreignEnvironment(), ...env } });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${file}`);
  let text = '';
  const parts = { stdout: '', stderr: '' };
  let running = true;
  const wakers = new Set<() => void>();
  const changed = (): void => {
    for (const wake of wakers) wake();
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text += part;
      parts[name] += part;
      changed();
    });
  }
  child.stdin.on('error', () => undefined);
  if (!keepsInput) child.stdin.end(input ?? '');
  // An error after a successful start is a signal that could not be sent: the process has gone already.
  child.on('error', () => undefined);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      running = false;
      resolve({ code, signal, ...parts });
      changed();
    });
  });
  return {
    pid,
    get running() {
      return running;
    },
    ended,
    output: () => text,
    stdout: () => parts.stdout,
    kill: (signal) => void child.kill(signal),
    printed: (pattern, timeoutMs = patienceMs) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match === null && running && !late) return;
          clearTimeout(timer);
          wakers.delete(look);
          if (match !== null) resolve(match);
          else reject(new Error(`${running ? 'waited in vain' : 'ended'} before ${pattern} was printed:\n${text}`));
        };
        let late = false;
        const timer = setTimeout(() => {
          late = true;
          look();
        }, timeoutMs);
        wakers.add(look);
        look();
      }),
    end: async (signal = 'SIGKILL') => {
      if (running) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Settings of whoever runs the tests are none of the programs' under test. */
function foreignEnvironment(): Record<string, string> {
  const ours = /^(TACHO_|DATABASE_URL$|SERVER_(HOST|PORT)$|DEFAULT_TEST_|VITEST|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !ours.test(entry[0])));
}

/**
 * A port that is free now. Below the range from which systems take ports for outgoing connections: while the server is
 * away nobody gets it by chance, and a client that connects to it does not meet itself.
 */
export async function freePort(random: Random): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(random() * 10_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Resolves once the condition holds; rejects with what was awaited where it takes too long. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(20);
  }
}
