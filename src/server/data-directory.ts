import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TachoError } from '../model/errors.ts';
import type { Clock } from '../util/clock.ts';
import { readPidFile, removePidFile, writePidFile } from '../util/pid-file.ts';

/** What a running server tells the other programs of its data directory. */
export interface ServerFile {
  /** Where programs of this machine reach it. */
  readonly url: string;
  /** Where everybody else does. */
  readonly publicUrl: string;
  readonly pid: number;
  readonly version: string;
}

export interface DataDirectory {
  readonly path: string;
  file(name: string): string;
  /** Writes whole or not at all; readable by the owner only. */
  writePrivate(name: string, text: string): void;
  announce(server: ServerFile): void;
  /** Takes the announcement back and lets the next server in. */
  release(): void;
}

/** Says who holds the lock, also before a server announces itself and after. */
const HOLDER = 'holder.pid';

/** Files of the engines that an earlier version left readable to others. */
const ONCE_READABLE = ['results.duckdb', 'results.duckdb.wal'];

const OWNER_ONLY = 0o600;

/**
 * Opens a data directory for one server. The lock is an exclusive transaction on a SQLite file: the operating
 * system drops it with the process, so nothing stale is left by a kill.
 * @throws {TachoError} conflict, when another server runs on it; unavailable, when it cannot be written.
 */
export function openDataDirectory(path: string): DataDirectory {
  const file = (name: string): string => join(path, name);
  let lock: DatabaseSync;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(file('server.lock'));
    // SQLite makes the journal beside it as readable as the file is.
    for (const name of ['server.lock', ...ONCE_READABLE]) if (existsSync(file(name))) chmodSync(file(name), OWNER_ONLY);
  } catch (error) {
    throw new TachoError('unavailable', `cannot use data directory ${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const other = readServerFile(path);
    const holder = readPidFile(file(HOLDER));
    throw new TachoError(
      'conflict',
      other === null
        ? `${path} is in use by a server that starts or stops, or by a command${holder === null ? '' : ` (process ${holder})`}: try again, or choose another directory with --data`
        : `another server is using ${path} (${other.publicUrl}, process ${other.pid}): stop it, or choose another directory with --data`,
      { cause: error },
    );
  }
  // Left by a server that was killed: nothing of ours listens there any more.
  rmSync(file('server.json'), { force: true });
  writePidFile(file(HOLDER));
  const writePrivate = (name: string, text: string): void => {
    const temporary = file(`${name}.tmp`);
    const descriptor = openSync(temporary, 'w', OWNER_ONLY);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    chmodSync(temporary, OWNER_ONLY);
    renameSync(temporary, file(name));
  };
  return {
    path,
    file,
    writePrivate,
    announce: (server) => writePrivate('server.json', `${JSON.stringify(server, null, 2)}\n`),
    release: () => {
      rmSync(file('server.json'), { force: true });
      removePidFile(file(HOLDER));
      lock.close();
    },
  };
}

/** A server that starts or stops, or a command that opened the data itself, holds the lock about so long. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

export interface AwaitOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Told once, at once, where there is something to wait for: the process that holds the directory, where it is known, and how long at most. */
  readonly onWait: (holder: number | null, mostMs: number) => void;
}

/**
 * Opens a data directory, and waits where it is held by what announces no server: that lets go of it soon, or
 * announces itself.
 * @throws {TachoError} as openDataDirectory does; conflict at once, when a server has announced itself
 */
export async function awaitDataDirectory(path: string, { clock, onWait }: AwaitOptions): Promise<DataDirectory> {
  let told = false;
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return openDataDirectory(path);
    } catch (error) {
      const held = error instanceof TachoError && error.code === 'conflict' && readServerFile(path) === null;
      if (!held || clock.monotonic() > deadline) throw error;
      if (!told) onWait(readPidFile(join(path, HOLDER)), PATIENCE_MS);
      told = true;
      await clock.sleep(LOOK_EVERY_MS);
    }
  }
}

/** The announcement of the server that last ran on a data directory, or null. It may be stale after a kill. */
export function readServerFile(path: string): ServerFile | null {
  const name = join(path, 'server.json');
  if (!existsSync(name)) return null;
  try {
    const { url, publicUrl, pid, version } = JSON.parse(readFileSync(name, 'utf8')) as Partial<ServerFile>;
    return typeof url === 'string' && typeof pid === 'number' ? { url, publicUrl: publicUrl ?? url, pid, version: version ?? '' } : null;
  } catch {
    return null;
  }
}
