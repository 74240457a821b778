import { mkdir } from 'node:fs/promises';
import { startServerProgram, tokenOf } from '../../test/support/server-program.ts';

/** Enough for a large data directory on a busy machine. */
const PATIENCE_MS = 60_000;

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

/** The server as tests start it, with time for a bench's load. */
export async function startServerProcess({ directory, prefix = [] }: ServerProcessOptions): Promise<ServerProcess> {
  await mkdir(directory, { recursive: true });
  const program = startServerProgram({
    data: directory,
    patienceMs: PATIENCE_MS,
    leashed: true,
    wrap: (file, args) => {
      const [first = file, ...rest] = [...prefix, file, ...args];
      return { file: first, args: rest };
    },
  });
  let end: string | null = null;
  void program.ended.then(({ code, signal }) => (end = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`));
  const stop = async (): Promise<void> => {
    if (!program.running) return;
    await program.end('SIGTERM');
    if ((await program.ended).signal === 'SIGKILL') throw new Error('the server did not stop within a minute of SIGTERM');
  };
  try {
    const url = await program.ready;
    return { url, pid: program.pid, token: tokenOf(directory), ended: () => end, stop };
  } catch (error) {
    await program.end();
    throw error;
  }
}
