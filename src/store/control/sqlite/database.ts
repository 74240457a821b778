import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { TachoError } from '../../../model/errors.ts';

/** How long to wait for another program's lock (a backup, a person with `sqlite3`) before giving up. */
const BUSY_TIMEOUT_MS = 5000;

/** The file holds hashes of secrets and the whole fleet's addresses. */
const OWNER_ONLY = 0o600;

/** @throws {TachoError} unavailable */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    // SQLite gives its -wal and -shm files the mode of the database, so that must be right before it opens.
    closeSync(openSync(path, 'a', OWNER_ONLY));
    chmodSync(path, OWNER_ONLY);
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true, enableDoubleQuotedStringLiterals: false });
    // With FULL every commit syncs the log before it returns: what was answered survives a power cut.
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new TachoError('unavailable', `cannot open the control store: ${JSON.stringify(path)}: ${reason}`, { cause: error });
  }
}
