import { packageFile } from '../../src/util/files.ts';
import { startProgram, type Program } from './program.ts';

export interface ChildAgentOptions {
  readonly server: string;
  readonly dir: string;
  readonly name?: string;
  /** Needed for the first start only. */
  readonly token?: string;
  /** More words for the program. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly wrap?: (file: string, args: readonly string[]) => { file: string; args: readonly string[] };
}

/** The agent of which only the measuring is not real (`agent-child.ts`), as a process of its own. Its log says what it keeps. */
export function startChildAgent({ server, dir, name = 'child', token, flags = [], env = {}, wrap }: ChildAgentOptions): Program {
  const words = [
    '--disable-warning=ExperimentalWarning',
    packageFile('test/support/agent-child.ts'),
    '--server',
    server,
    '--dir',
    dir,
    '--name',
    name,
    ...flags,
  ];
  const args = token === undefined ? words : [...words, '--token', token];
  return startProgram({ ...(wrap?.(process.execPath, args) ?? { file: process.execPath, args }), env });
}

/** Ids of the results it said are on disk, in that order. */
export function keptIds(program: Program): string[] {
  return [...program.stdout().matchAll(/"id":"([0-9a-f-]{36})"[^\n]*"msg":"kept"/g)].map(([, id]) => String(id));
}
