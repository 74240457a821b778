import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { TachoError } from '../../../model/errors.ts';

/** How long to wait for another program's lock (a backup, a person with `sqlite3`) before giving up. */
const BUSY_TIMEOUT_MS = 5000;

/** The file holds hashes of secrets and the whole fleet's addresses. */
const OWNER_ONLY = 0o600;

export interface OpenDatabaseOptions {
  /** Nobody else may have the file open, not even to read, from now until it is closed. */
  readonly exclusive?: boolean;
}

/** @throws {TachoError} unavailable, conflict (another program's database) */
export function openDatabase(path: string, { exclusive = false }: OpenDatabaseOptions = {}): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    refuseForeign(path);
    // SQLite gives its -wal and -shm files the mode of the database, so that must be right before it opens.
    closeSync(openSync(path, 'a', OWNER_ONLY));
    chmodSync(path, OWNER_ONLY);
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true, enableDoubleQuotedStringLiterals: false });
    if (exclusive) database.exec('pragma locking_mode = exclusive');
    // With FULL every commit syncs the log before it returns: what was answered survives a power cut.
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof TachoError) throw error;
    if (exclusive && isLocked(error)) {
      throw new TachoError('conflict', `${JSON.stringify(path)} is in use: stop the server or program that has it open`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new TachoError('unavailable', `cannot open the control store: ${JSON.stringify(path)}: ${reason}`, { cause: error });
  }
}

/** SQLITE_BUSY: https://www.sqlite.org/rescode.html#busy */
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

/** Whoever names another program's file gets it back as it was: it is looked at without a lock or a file beside it. */
function refuseForeign(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const tables = database.prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name`).all();
    const names = tables.map((table) => String(table['name']));
    const ours = database
      .prepare(`select count(*) as columns from pragma_table_info('migrations') where name in ('number', 'name', 'applied_at')`)
      .get();
    if (names.length === 0 || ours?.['columns'] === 3) return;
    throw new TachoError(
      'conflict',
      `${JSON.stringify(path)} is the database of another program: expected a new file or a control store, got the tables ${names.join(', ')}`,
    );
  } finally {
    database.close();
  }
}
