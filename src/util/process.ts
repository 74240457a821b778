import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

export interface ProcessOptions {
  /** Ends the whole process group, at once. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Sends SIGINT after so long, which makes measuring tools stop and print their summary. */
  readonly interruptMs?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Output beyond this many bytes is dropped, and `truncated` says so. */
  readonly maxBytes?: number | undefined;
  /** Standard output as it comes, in pieces of any length, beyond maxBytes too. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** The process began: its id, which is also its group's. Not called where it could not be started. */
  readonly onStart?: ((pid: number) => void) | undefined;
}

export interface ProcessOutcome {
  /** null where the process was ended by a signal or could not be started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly truncated: boolean;
  /** Why it could not be started (ENOENT, EACCES, ...); null where it was. */
  readonly startError: string | null;
}

/** Runs a program with an argument list (never a shell) and resolves with what became of it; it does not throw. */
export type RunProcess = (file: string, args: readonly string[], options?: ProcessOptions) => Promise<ProcessOutcome>;

/** Measuring tools print kilobytes; a megabyte means one has gone wild. */
const DEFAULT_MAX_BYTES = 1_048_576;

/** How long output is awaited after the kill: a descendant that left the group may hold the pipes open for ever. */
const DRAIN_MS = 1000;

/** The real one. The child leads its own process group, so that its children end with it. Runs with LC_ALL=C. */
export const runProcess: RunProcess = (file, args, options = {}) =>
  new Promise((resolve) => {
    const { signal, timeoutMs, interruptMs, env, maxBytes = DEFAULT_MAX_BYTES, onOutput, onStart } = options;
    const notStarted = (startError: string): void =>
      resolve({ exitCode: null, stdout: '', stderr: '', timedOut: false, truncated: false, startError });
    if (signal?.aborted) {
      notStarted('ABORTED');
      return;
    }
    const ownGroup = process.platform !== 'win32';
    let child;
    try {
      child = spawn(file, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: ownGroup,
        windowsHide: true,
        env: { ...process.env, LC_ALL: 'C', ...env },
      });
    } catch (error) {
      // Node throws, rather than emits, for arguments no program can take (a NUL byte).
      notStarted(codeOf(error));
      return;
    }
    const { pid, stdout, stderr } = child;
    if (pid !== undefined) onStart?.(pid);
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    let timedOut = false;
    let truncated = false;
    const timers = new Set<NodeJS.Timeout>();

    const send = (name: NodeJS.Signals): void => {
      if (pid === undefined) return;
      try {
        if (ownGroup) process.kill(-pid, name);
        else child.kill(name);
      } catch {
        // It has already ended.
      }
    };
    const after = (ms: number, act: () => void): void => void timers.add(setTimeout(act, ms));
    const end = (): void => {
      send('SIGKILL');
      after(DRAIN_MS, () => {
        stdout.destroy();
        stderr.destroy();
      });
    };
    if (interruptMs !== undefined) after(interruptMs, () => send('SIGINT'));
    if (timeoutMs !== undefined) {
      after(timeoutMs, () => {
        timedOut = true;
        end();
      });
    }
    const finish = (exitCode: number | null, startError: string | null): void => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      const text = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString('utf8');
      resolve({ exitCode, stdout: text(chunks.stdout), stderr: text(chunks.stderr), timedOut, truncated, startError });
    };
    for (const [name, stream] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      stream.on('data', (chunk: Buffer) => {
        const room = maxBytes - size;
        if (chunk.length > room) truncated = true;
        const kept = chunk.subarray(0, room);
        size += kept.length;
        if (kept.length > 0) chunks[name].push(kept);
      });
    }
    if (onOutput !== undefined) {
      const decoder = new StringDecoder('utf8');
      stdout.on('data', (chunk: Buffer) => onOutput(decoder.write(chunk)));
    }
    child.on('error', (error) => finish(null, codeOf(error)));
    child.on('close', (code) => finish(code, null));
    signal?.addEventListener('abort', end, { once: true });
  });

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
