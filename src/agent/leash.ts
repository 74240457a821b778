import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { RunProcess } from '../util/process.ts';
import { readFileIfThere } from './atomic-file.ts';
import type { Log } from './log.ts';

const childrenFile = z.object({
  /** Of the machine's start: process ids begin anew with it. */
  boot: z.string(),
  children: z.array(z.object({ pid: z.int().min(2), started: z.string() })).max(10_000),
});

const FILE = 'children.json';

/** util-linux: has the kernel end a process with the one that started it. */
const WRAPPER = 'setpriv';
const WRAPPED = ['--pdeathsig', 'KILL', '--'];

/**
 * Keeps measuring tools from outliving an agent that was killed. What it starts is ended by the kernel with the agent
 * where that can be asked for (Linux with setpriv), and is written down, so that the next start of the agent ends what
 * is left nevertheless.
 */
export class Leash {
  readonly #path: string;
  readonly #run: RunProcess;
  readonly #log: Log;
  readonly #children = new Map<number, string>();
  #wrapper: Promise<boolean> | null = null;

  constructor(options: { readonly dir: string; readonly run: RunProcess; readonly log: Log }) {
    this.#path = join(options.dir, FILE);
    this.#run = options.run;
    this.#log = options.log;
  }

  /** Runs a program as the one it was made with does, on the leash. */
  readonly run: RunProcess = async (file, args, options = {}) => {
    const wrapped = await this.#canWrap();
    const mine: number[] = [];
    const onStart = (pid: number): void => {
      mine.push(pid);
      this.#note(pid);
      options.onStart?.(pid);
    };
    try {
      if (!wrapped) return await this.#run(file, args, { ...options, onStart });
      const outcome = await this.#run(WRAPPER, [...WRAPPED, file, ...args], { ...options, onStart });
      const refusal = outcome.exitCode !== null && outcome.stderr.startsWith(`${WRAPPER}:`) ? startErrors[outcome.exitCode] : undefined;
      return refusal === undefined ? outcome : { ...outcome, exitCode: null, stderr: '', startError: refusal };
    } finally {
      mine.forEach((pid) => this.#forget(pid));
    }
  };

  /** Ends what an earlier life of this agent left running. Call before anything is started. */
  async endLeftovers(): Promise<void> {
    const text = await readFileIfThere(this.#path);
    if (text === null) return;
    let kept: z.output<typeof childrenFile> | null = null;
    try {
      kept = childrenFile.parse(JSON.parse(text));
    } catch (error) {
      // Written by a process that was killed at that moment.
      this.#log.warn({ err: error, file: this.#path }, 'the list of started processes is broken and counts as empty');
    }
    if (kept !== null && kept.boot === bootId()) {
      for (const { pid, started } of kept.children) {
        if (startOf(pid) !== started) continue;
        this.#log.warn({ pid }, 'ending a process that an earlier start of this agent left behind');
        try {
          process.kill(-pid, 'SIGKILL');
        } catch {
          // It ended meanwhile.
        }
      }
    }
    rmSync(this.#path, { force: true });
  }

  /** Whether the wrapper is there and works; asked once. */
  #canWrap(): Promise<boolean> {
    this.#wrapper ??=
      process.platform === 'linux'
        ? this.#run(WRAPPER, [...WRAPPED, 'true'], { timeoutMs: 3000 }).then(({ exitCode }) => exitCode === 0)
        : Promise.resolve(false);
    return this.#wrapper;
  }

  #note(pid: number): void {
    const started = startOf(pid);
    // Where the system does not tell when a process began, its id alone is no proof: nothing is written down.
    if (started === null) return;
    this.#children.set(pid, started);
    this.#write();
  }

  #forget(pid: number): void {
    if (this.#children.delete(pid)) this.#write();
  }

  #write(): void {
    const children = [...this.#children].map(([pid, started]) => ({ pid, started }));
    try {
      if (children.length === 0) rmSync(this.#path, { force: true });
      else writeFileSync(this.#path, JSON.stringify({ boot: bootId(), children }), { mode: 0o600 });
    } catch (error) {
      this.#log.warn({ err: error, file: this.#path }, 'cannot write down which processes were started');
    }
  }
}

/** What setpriv answers where the program could not be started. */
const startErrors: Readonly<Record<number, string>> = { 126: 'EACCES', 127: 'ENOENT' };

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** When a process began, in the kernel's ticks since the machine's start; null where it is not there or the system does not tell. */
function startOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  // `pid (name) state ...`: the name may hold spaces and parentheses; the 22nd field is the start.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
