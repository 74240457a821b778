import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { TachoError } from '../../model/errors.ts';
import { skipIds } from '../../store/control/sqlite/skip-ids.ts';
import type { DataDirectory } from '../data-directory.ts';
import { readBackup, type Manifest } from './manifest.ts';

/** What a server's data is made of, beside what a backup holds: logs of the databases that belong to the old files. */
const COMPANIONS = ['results.duckdb.wal', 'control.sqlite-wal', 'control.sqlite-shm'];

const CONTROL = 'control.sqlite';
/** More agents, destinations or jobs than anybody makes between a backup and its restore. */
const SKIPPED_IDS = 1_000_000;

export interface RestoreOptions {
  readonly from: string;
  /** Held by the caller: no server runs on it. */
  readonly directory: DataDirectory;
  /** Puts what is there aside instead of refusing. */
  readonly replace: boolean;
  /** Names the folder for what is put aside. */
  readonly now: number;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where the data that was there is now; null where there was none. */
  readonly aside: string | null;
}

/**
 * Puts a backup's files in place. What was there is moved aside, never deleted, and before anything is moved the
 * backup has been read whole.
 * @throws {TachoError} not_found, conflict (damaged, or data is there and `replace` was not said), unavailable
 */
export async function restoreBackup({ from, directory, replace, now }: RestoreOptions): Promise<Restored> {
  const manifest = await readBackup(from);
  const names = Object.keys(manifest.files);
  const there = [...names, ...COMPANIONS].filter((name) => existsSync(directory.file(name)));
  if (there.length > 0 && !replace) {
    throw new TachoError(
      'conflict',
      `${directory.path} holds data already (${there.join(', ')}): choose another with --data, or put it aside with --replace`,
    );
  }
  try {
    for (const name of names) await copyDurably(join(from, name), directory.file(`${name}.restoring`));
    if (names.includes(CONTROL)) {
      // What agents measured since the backup may still arrive, under ids that this store never gave: they must not become others' ids.
      skipIds(directory.file(`${CONTROL}.restoring`), SKIPPED_IDS);
      await syncPath(directory.file(`${CONTROL}.restoring`));
    }
    const aside = there.length === 0 ? null : directory.file(`before-restore-${new Date(now).toISOString().replaceAll(':', '-')}`);
    if (aside !== null) {
      await mkdir(aside, { mode: 0o700 });
      for (const name of there) await rename(directory.file(name), join(aside, name));
    }
    for (const name of names) await rename(directory.file(`${name}.restoring`), directory.file(name));
    await syncPath(directory.path);
    return { manifest, aside };
  } catch (error) {
    throw new TachoError('unavailable', `cannot restore to ${directory.path}: ${(error as Error).message}`, { cause: error });
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
  await syncPath(to);
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
