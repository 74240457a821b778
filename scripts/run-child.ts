import { spawn } from 'node:child_process';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Collects the output instead of showing it. */
  readonly quiet?: boolean;
}

export interface ChildOutcome {
  /** 1 where a signal ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** What it printed, where it was quiet. */
  readonly output: string;
}

/** Runs a program to its end with our terminal, and passes on the signals that ask us to stop, so that it is never left behind. */
export function runChild(file: string, args: readonly string[], options: ChildOptions = {}): Promise<ChildOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: options.quiet === true ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
    });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Ctrl-C in a terminal reaches the whole process group, the child included: passing it on would deliver it twice.
    const inTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    const forward = (signal: NodeJS.Signals): void => {
      if (signal !== 'SIGINT' || !inTerminal) child.kill(signal);
    };
    const release = (): void => {
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    child.on('error', (error) => {
      release();
      reject(error);
    });
    child.on('close', (code, signal) => {
      release();
      resolve({ exitCode: code ?? 1, signal, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}
