import { BIGINT, DuckDBDataChunk, UUID, type DuckDBConnection } from '@duckdb/node-api';
import type { ResultRow } from '../results-store.ts';
import { appending, CHUNK_ROWS } from './appending.ts';
import { Parameters, readRows } from './read-rows.ts';
import { uuidValue } from './row-writer.ts';

/** A result's identity: one id may well occur again at another instant. */
export function identityOf(row: ResultRow): string {
  return `${row.startedAt}:${row.id.toLowerCase()}`;
}

/** Made once a connection: rows to be looked up. Temporary tables are not written to the log. */
export const LOOKUP_TABLE = 'CREATE TEMP TABLE lookup (started_at BIGINT NOT NULL, id UUID NOT NULL)';

/**
 * Identities among these rows that are stored already. The join reads only the row groups whose range of instants
 * holds one of the rows: constant memory, however old the rows and however large the table.
 */
export async function findStored(connection: DuckDBConnection, rows: readonly ResultRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const appender = await connection.createAppender('lookup', 'main', 'temp');
  await appending(appender, () => {
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const slice = rows.slice(from, from + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create([BIGINT, UUID]);
      chunk.setColumns([slice.map((row) => BigInt(row.startedAt)), slice.map((row) => uuidValue(row.id))]);
      appender.appendDataChunk(chunk);
    }
  });
  const parameters = new Parameters();
  const oldest = parameters.add(BigInt(rows.reduce((least, row) => Math.min(least, row.startedAt), Infinity)), BIGINT);
  const newest = parameters.add(BigInt(rows.reduce((most, row) => Math.max(most, row.startedAt), -Infinity)), BIGINT);
  const found = await readRows(
    connection,
    `SELECT DISTINCT r.started_at, r.id FROM results r JOIN temp.main.lookup l ON l.started_at = r.started_at AND l.id = r.id
     WHERE r.started_at BETWEEN ${oldest} AND ${newest}`,
    parameters,
  );
  await connection.run('DELETE FROM temp.main.lookup');
  return new Set(found.map(([startedAt, id]) => `${String(startedAt)}:${String(id)}`));
}
