import { spawn } from 'node:child_process';

export interface ProcessOptions {
  /** Ends the whole process group, at once. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Output beyond this many bytes is dropped, and `truncated` says so. */
  readonly maxBytes?: number | undefined;
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

/** The real one. The child leads its own process group, so that its children end with it. Runs with LC_ALL=C. */
export const runProcess: RunProcess = (file, args, options = {}) =>
  new Promise((resolve) => {
    const { signal, timeoutMs, env, maxBytes = DEFAULT_MAX_BYTES } = options;
    const ownGroup = process.platform !== 'win32';
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C', ...env },
    });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    let timedOut = false;
    let truncated = false;

    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        if (ownGroup) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has already ended.
      }
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            end();
          }, timeoutMs);
    const finish = (exitCode: number | null, startError: string | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve({
        exitCode,
        stdout: Buffer.concat(chunks.stdout).toString('utf8'),
        stderr: Buffer.concat(chunks.stderr).toString('utf8'),
        timedOut,
        truncated,
        startError,
      });
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        if (size + chunk.length > maxBytes) {
          truncated = true;
          return;
        }
        size += chunk.length;
        chunks[name].push(chunk);
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => finish(null, error.code ?? error.message));
    child.on('close', (code) => finish(code, null));
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
