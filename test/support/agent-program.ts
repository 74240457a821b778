import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { findArtefact, packageFile } from '../../src/util/files.ts';
import { startProgram, type Program } from './program.ts';

export interface AgentProgramOptions {
  readonly server: string;
  readonly dir: string;
  readonly name: string;
  /** Needed for the first start only. */
  readonly token?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Turns the command into another that runs it, such as one in a namespace. */
  readonly wrap?: (file: string, args: readonly string[]) => { file: string; args: readonly string[] };
}

/** The real agent as a process: the bundle where there is one, as the server starts it. */
export function startAgentProgram({ server, dir, name, token, flags = [], env = {}, wrap }: AgentProgramOptions): Program {
  const program = findArtefact('agent') ?? packageFile('src/agent/main.ts');
  const enrolment = token === undefined ? [] : ['--token-file', '-'];
  const args = ['--disable-warning=ExperimentalWarning', program, '--server', server, '--dir', dir, '--name', name, ...enrolment, ...flags];
  return startProgram({ ...(wrap?.(process.execPath, args) ?? { file: process.execPath, args }), env, input: token ?? '' });
}

/** What an agent's spool holds. */
export interface SpoolContent {
  readonly epoch: string;
  /** The last number it gave. */
  readonly lastSeq: number;
  readonly dropped: number;
  readonly dead: number;
  /** The results that wait: number and id. */
  readonly pending: ReadonlyMap<number, string>;
}

/** Reads the spool of an agent that does not run, from a copy: the file itself is left as the agent left it. */
export async function readSpool(dir: string): Promise<SpoolContent> {
  const copy = await mkdtemp(join(tmpdir(), 'tacho-spool-'));
  try {
    await copyFile(join(dir, 'spool.sqlite'), join(copy, 'spool.sqlite'));
    await copyFile(join(dir, 'spool.sqlite-wal'), join(copy, 'spool.sqlite-wal')).catch((error: unknown) => {
      // A polite end leaves no log behind.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    const database = new DatabaseSync(join(copy, 'spool.sqlite'));
    try {
      const meta = new Map(
        database
          .prepare('SELECT key, value FROM meta')
          .all()
          .map(({ key, value }) => [key, value]),
      );
      const rows = database.prepare('SELECT seq, body FROM results ORDER BY seq').all();
      return {
        epoch: String(meta.get('epoch')),
        lastSeq: Number(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'results'").get()?.['seq'] ?? 0),
        dropped: Number(meta.get('dropped')),
        dead: Number(meta.get('dead')),
        pending: new Map(rows.map(({ seq, body }) => [Number(seq), String((JSON.parse(String(body)) as { id: unknown }).id)])),
      };
    } finally {
      database.close();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
