import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFile } from '../../src/util/files.ts';
import { startProgram, type Program } from './program.ts';

export interface ServerProgramOptions {
  readonly data: string;
  /** A free one where none is given. */
  readonly port?: number;
  /** More words after `tacho server --data DIR`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Turns the command into another that runs it, such as a tracer's. */
  readonly wrap?: (file: string, args: readonly string[]) => { file: string; args: readonly string[] };
  /** It ends where this process is killed and cannot end it. */
  readonly leashed?: boolean;
  /** How long it may take to start and to stop. */
  readonly patienceMs?: number;
}

/** `tacho server` as a process of its own. */
export interface ServerProgram extends Program {
  /** The URL it announces once it listens; rejects with what it said where it ends before. */
  readonly ready: Promise<string>;
}

/**
 * Starts it as people do, on loopback, without an agent of its own and without a plan, and with no log but of what is
 * wrong: unless arguments or variables say otherwise.
 */
export function startServerProgram({ data, port = 0, args = [], env = {}, wrap, leashed = false, patienceMs }: ServerProgramOptions): ServerProgram {
  const leash = leashed ? ['--import', pathToFileURL(join(import.meta.dirname, 'leash.ts')).href] : [];
  const words = [...leash, packageFile('bin/tacho.js'), 'server', '--data', data, ...args];
  const command = wrap?.(process.execPath, words) ?? { file: process.execPath, args: words };
  const settings = { TACHO_PORT: String(port), TACHO_LOCAL_AGENT: 'false', TACHO_DEFAULT_DESTINATIONS: 'none', TACHO_LOG_LEVEL: 'warn' };
  const program = startProgram({
    ...command,
    keepsInput: leashed,
    env: { HOME: data, ...settings, ...env },
    ...(patienceMs !== undefined && { patienceMs }),
  });
  const ready = program.printed(/Tachograph is ready at (\S+)\n/).then((match) => match[1] ?? '');
  // Who waits only for the end is not told twice.
  ready.catch(() => undefined);
  return Object.assign(program, { ready });
}

/** The administrator's token of a data directory: made by the first start. */
export function tokenOf(data: string): string {
  return readFileSync(join(data, 'token'), 'utf8').trim();
}
