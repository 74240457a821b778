import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packageFile } from '../../src/util/files.ts';

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** The one-time sign-in of a first start; null on later ones. */
  readonly loginUrl: string | null;
  /** Ends it as an operator would, and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `tacho server` as its user would, on a free port, and waits until it says that it is ready. */
export async function startServerProcess(data: string, args: readonly string[] = []): Promise<ServerProcess> {
  const child = spawn(process.execPath, [packageFile('bin/tacho.js'), 'server', '--data', data, '--port', '0', '--log-level', 'error', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TACHO_DEFAULT_DESTINATIONS: 'loopback' },
  });
  const ended = once(child, 'exit');
  let url: string | undefined;
  let loginUrl: string | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^Tachograph is ready at (\S+)$/.exec(line)?.[1] ?? url;
    loginUrl = /^Sign in once, .*: (\S+)$/.exec(line)?.[1] ?? null;
    if (url !== undefined && line.includes('ign in')) break;
  }
  if (url === undefined) throw new Error(`the server ended before it was ready, with exit code ${String(child.exitCode)}`);
  return {
    child,
    url,
    loginUrl,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}
