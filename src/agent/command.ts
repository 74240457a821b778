import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { TachoError } from '../model/errors.ts';
import { runAgent } from './agent.ts';
import { REVOKED_EXIT_CODE } from './exit-codes.ts';
import { openLog } from '../util/log.ts';
import { agentSettings, type FlagValues } from './settings.ts';

/** Runs the agent as this process, until a signal, or the end of the process that started it. Answers the exit code. */
export async function agentCommand(values: FlagValues, version: string): Promise<number> {
  const settings = agentSettings(values, process.env);
  const log = openLog({ level: settings.logLevel, file: null });
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A hangup reads the policy again; on Windows there is none, and it ends the process as it always does.
  let reload = (): void => undefined;
  const onHangup = (): void => reload();
  if (process.platform !== 'win32') process.on('SIGHUP', onHangup);
  if (process.channel) {
    // Started by a server on this machine: it ends with it, also where that was killed.
    process.once('disconnect', stop);
    process.channel.unref();
  }
  try {
    const end = await runAgent(
      { ...settings, version, log, readToken: () => readToken(settings.tokenFile), onReload: (again) => (reload = again) },
      stopping.signal,
    );
    return end === 'revoked' ? REVOKED_EXIT_CODE : 0;
  } finally {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    process.off('SIGHUP', onHangup);
    process.off('disconnect', stop);
  }
}

/** The token in the file, or in standard input for -. */
export async function readToken(file: string | null): Promise<string | null> {
  if (file === null) return null;
  let token: string;
  try {
    token = (file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new TachoError('invalid_request', `cannot read --token-file ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (token === '') throw new TachoError('invalid_request', `invalid --token-file: expected an enrolment token in ${file}, got nothing`);
  return token;
}
