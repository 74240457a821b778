import { spawn } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { runProcess, type ProcessOutcome } from '../../util/process.ts';

/** What the installer does to a machine; a test gives one that only remembers. */
export interface Host {
  run(file: string, args: readonly string[]): Promise<ProcessOutcome>;
  /** Runs Node with this on standard input and its output shown, as another user where one is given; answers the exit code. */
  runNode(node: string, args: readonly string[], options: NodeOptions): Promise<number>;
  chown(path: string, owner: Owner): Promise<void>;
  /** For people, a line. */
  say(line: string): void;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface NodeOptions {
  readonly input: string;
  readonly owner: Owner | null;
  readonly env: Readonly<Record<string, string>>;
}

/** A service manager that does not answer in this time does not work. */
const COMMAND_TIMEOUT_MS = 90_000;

export function realHost(say: (line: string) => void): Host {
  return {
    run: (file, args) => runProcess(file, args, { timeoutMs: COMMAND_TIMEOUT_MS }),
    runNode: (node, args, { input, owner, env }) =>
      new Promise((resolve, reject) => {
        const child = spawn(node, args, {
          stdio: ['pipe', 'inherit', 'inherit'],
          // Of the installer's environment only what finds programs: its settings are not the agent's.
          env: { PATH: process.env['PATH'], ...env },
          cwd: dirname(node),
          ...(owner === null ? {} : { uid: owner.uid, gid: owner.gid }),
        });
        child.once('error', reject);
        child.once('exit', (code) => resolve(code ?? 1));
        child.stdin.on('error', () => undefined);
        child.stdin.end(input);
      }),
    chown: (path, { uid, gid }) => chown(path, uid, gid),
    say,
  };
}

/** Puts a file in its place whole: who reads or runs it meets the old one or the new one. */
export async function placeFile(source: string | Buffer, target: string, mode: number): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    if (typeof source === 'string') {
      await copyFile(source, temporary);
    } else {
      const file = await open(temporary, 'wx', mode);
      try {
        await file.writeFile(source);
      } finally {
        await file.close();
      }
    }
    await chmod(temporary, mode);
    const file = await open(temporary, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A folder with these rights, whatever the mask; one that is there already keeps its own. Whether it was made. */
export async function makeFolder(path: string, mode: number): Promise<boolean> {
  const made = await mkdir(path, { recursive: true });
  if (made !== undefined) await chmod(path, mode);
  return made !== undefined;
}
