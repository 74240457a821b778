import { DuckDBInstance } from '@duckdb/node-api';

/** The ids of all results in the order in which they were written: the API sorts by instant, the engine's rows do not. */
export async function arrivalOrder(path: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll('SELECT id::VARCHAR AS id FROM results ORDER BY rowid');
    connection.closeSync();
    return reader.getRows().map(([id]) => String(id));
  } finally {
    instance.closeSync();
  }
}
