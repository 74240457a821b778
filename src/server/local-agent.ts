import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { backoffMs } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { Random } from '../util/random.ts';

export interface LocalAgentOptions {
  /** The agent's program: the bundled file, or its source in a checkout. */
  readonly program: string;
  /** Where it keeps its identity, schedule and spool. */
  readonly directory: string;
  readonly serverUrl: string;
  readonly name: string | null;
  readonly logLevel: string;
  /** Where the server's log goes; null is standard error. */
  readonly logFile: string | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes a single-use enrolment token; asked for only where the agent has no identity yet. */
  readonly enrolmentToken: () => Promise<string>;
}

export interface LocalAgent {
  /** Ends the agent and waits until it has gone. */
  stop(): Promise<void>;
}

/** How an agent ends whose credential was withdrawn. */
const REVOKED_EXIT_CODE = 3;
/** How long the agent may take to put away what it has measured. */
const GRACE_MS = 8000;
/** A process that lived this long was well; the next failure begins with the shortest wait again. */
const SETTLED_MS = 60_000;

/** Runs this machine's agent as a child process, and starts it again whenever it ends. */
export function startLocalAgent(options: LocalAgentOptions): LocalAgent {
  const { program, directory, serverUrl, name, logLevel, logFile, logger, clock, random, enrolmentToken } = options;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let child: ChildProcess | undefined;

  const once = async (): Promise<void> => {
    const enrolled = existsSync(join(directory, 'identity.json'));
    const token = enrolled ? null : await enrolmentToken();
    if (isStopping()) return;
    const args = [
      program,
      '--server',
      serverUrl,
      '--dir',
      directory,
      '--log-level',
      logLevel,
      ...(name === null ? [] : ['--name', name]),
      ...(token === null ? [] : ['--token-file', '-']),
    ];
    const log = logFile === null ? 'inherit' : openSync(logFile, 'a');
    // The channel tells the agent when this process has gone, even by a kill: it ends with it.
    const running = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      stdio: ['pipe', log, log, 'ipc'],
      windowsHide: true,
    });
    child = running;
    if (typeof log === 'number') closeSync(log);
    running.stdin?.on('error', () => undefined);
    running.stdin?.end(token ?? '');
    const outcome = await new Promise<string>((resolve) => {
      running.once('error', (error) => resolve(error.message));
      running.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`));
    });
    if (outcome === `exit code ${REVOKED_EXIT_CODE}`) {
      logger.error('the local agent was revoked: it is not started again; remove its directory to enrol a new one');
      stopping.abort();
    }
    if (!isStopping()) logger.warn({ outcome }, 'the local agent ended; starting it again');
  };

  const loop = (async () => {
    let failures = 0;
    while (!isStopping()) {
      const startedAt = clock.monotonic();
      try {
        await once();
      } catch (error) {
        logger.error({ err: error }, 'could not start the local agent');
      }
      failures = clock.monotonic() - startedAt > SETTLED_MS ? 0 : failures + 1;
      await clock.sleep(backoffMs(failures, { baseMs: 500, capMs: 60_000 }, random), stopping.signal).catch(() => undefined);
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), GRACE_MS);
      await loop;
      clearTimeout(timer);
    },
  };
}
