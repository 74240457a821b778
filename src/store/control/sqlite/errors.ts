import type { DatabaseConnection } from 'kysely';
import { TachoError } from '../../../model/errors.ts';

/** Primary result codes with which SQLite says that the disk, and not the query, is to blame: SQLITE_IOERR, SQLITE_FULL. https://www.sqlite.org/rescode.html */
const DISK: ReadonlySet<number> = new Set([10, 13]);

/** What a failed query means to the one who asked; a fault of ours stays as it is. */
export function queryFailure(error: unknown): unknown {
  const { errcode, errstr } = error as { errcode?: unknown; errstr?: unknown };
  // The lower eight bits of an extended code are its primary one.
  if (typeof errcode !== 'number' || !DISK.has(errcode & 0xff)) return error;
  return new TachoError('unavailable', `cannot use the control store: ${String(errstr)}`, { cause: error });
}

/** The connection, with failures that say what they mean. */
export function withMeaning(connection: DatabaseConnection): DatabaseConnection {
  return {
    executeQuery: (...query) =>
      connection.executeQuery<never>(...query).catch((error: unknown) => {
        throw queryFailure(error);
      }),
    streamQuery: (...query) => connection.streamQuery<never>(...query),
  };
}
