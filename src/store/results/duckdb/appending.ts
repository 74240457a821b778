import type { DuckDBAppender } from '@duckdb/node-api';

/** Rows of a data chunk: DuckDB's vector size. */
export const CHUNK_ROWS = 2048;

/** Flushes an appender after the work, or empties it when the work failed: rows left in it would be written later. */
export async function appending(appender: DuckDBAppender, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
    appender.flushSync();
  } catch (error) {
    appender.clear();
    throw error;
  } finally {
    appender.closeSync();
  }
}
