import { chmod, copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';
import type { ResultsStore } from '../../store/results/results-store.ts';
import type { Clock } from '../../util/clock.ts';
import { fingerprint, MANIFEST, manifest, type Manifest } from './manifest.ts';

export interface BackupOptions {
  readonly results: ResultsStore;
  /** The control store's file; null where PostgreSQL keeps it. */
  readonly controlFile: string | null;
  /** The file with the first token, which goes along so that programs go on working. */
  readonly tokenFile: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly version: string;
}

/** Copies everything while the server runs. One at a time. */
export interface Backup {
  /**
   * Into a directory that is made, or is empty.
   * @throws {TachoError} invalid_request (not an absolute path), conflict (not empty, or another backup runs), unavailable (cannot be written)
   */
  to(directory: string): Promise<Manifest>;
}

export function createBackup({ results, controlFile, tokenFile, clock, version }: BackupOptions): Backup {
  let running = false;
  const write = async (directory: string): Promise<Manifest> => {
    await makeEmpty(directory);
    const files: Record<string, { bytes: number; sha256: string }> = {};
    const add = async (name: string, copy: (path: string) => Promise<unknown>): Promise<void> => {
      const path = join(directory, name);
      await copy(path);
      await chmod(path, 0o600);
      await sync(path);
      files[name] = await fingerprint(path);
    };
    // Results first: the control store, copied later, then knows every agent and destination that they name.
    await add('results.duckdb', (path) => results.copyTo(path));
    if (controlFile !== null) await add('control.sqlite', (path) => copySqlite(controlFile, path));
    await add('token', (path) => copyFile(tokenFile, path)).catch((error: unknown) => {
      // Where nobody ever started a server here there is none.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    const made: Manifest = { format: 1, version, created_at: clock.now(), control: controlFile === null ? 'postgresql' : 'sqlite', files };
    await writeFile(join(directory, MANIFEST), `${JSON.stringify(z.encode(manifest, made), null, 2)}\n`, { mode: 0o600 });
    await sync(join(directory, MANIFEST));
    await sync(directory);
    await sync(dirname(directory));
    return made;
  };
  return {
    to: async (directory) => {
      if (!isAbsolute(directory)) throw new TachoError('invalid_request', `directory: expected an absolute path, got ${JSON.stringify(directory)}`);
      if (running) throw new TachoError('conflict', 'another backup is being made: try again when it is done');
      running = true;
      try {
        return await write(directory);
      } catch (error) {
        if (error instanceof TachoError) throw error;
        throw new TachoError('unavailable', `cannot back up to ${directory}: ${(error as Error).message}`, { cause: error });
      } finally {
        running = false;
      }
    },
  };
}

async function makeEmpty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await readdir(directory)).length > 0) throw new TachoError('conflict', `${directory} is not empty: expected a new directory for each backup`);
}

async function copySqlite(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await copyDatabase(source, to);
  } finally {
    source.close();
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
