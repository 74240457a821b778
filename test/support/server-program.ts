import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../src/util/files.ts';
import { startProgram, type Program } from './program.ts';

export interface ServerProgramOptions {
  readonly data: string;
  readonly port: number;
  readonly host?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Turns the command into another that runs it, such as a tracer's. */
  readonly wrap?: (file: string, args: readonly string[]) => { file: string; args: readonly string[] };
}

/** The real server as a process, without an agent of its own and without a plan. It listens once `ready` resolves. */
export interface ServerProgram extends Program {
  readonly ready: Promise<string>;
}

export function startServerProgram({ data, port, host = '127.0.0.1', env = {}, wrap }: ServerProgramOptions): ServerProgram {
  const args = [packageFile('bin/tacho.js'), 'server', '--data', data, '--host', host, '--port', String(port), '--no-local-agent'];
  const command = wrap?.(process.execPath, args) ?? { file: process.execPath, args };
  const program = startProgram({ ...command, env: { TACHO_DEFAULT_DESTINATIONS: 'none', TACHO_LOG_LEVEL: 'warn', ...env } });
  const ready = program.printed(/Tachograph is ready at (\S+)/).then((match) => match[1] ?? '');
  // A test that kills it while it starts does not wait for this.
  ready.catch(() => undefined);
  return Object.assign(program, { ready });
}

/** The administrator's token of a data directory: made by the first start. */
export function tokenOf(data: string): string {
  return readFileSync(join(data, 'token'), 'utf8').trim();
}
