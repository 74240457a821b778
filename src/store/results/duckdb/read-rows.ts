import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { setImmediate } from 'node:timers/promises';

/** A statement's parameters, in the order they were named. Values never become part of the text. */
export class Parameters {
  readonly values: DuckDBValue[] = [];
  readonly types: DuckDBType[] = [];

  /** Keeps a value and answers its placeholder. */
  add(value: DuckDBValue, type: DuckDBType): string {
    this.values.push(value);
    this.types.push(type);
    return `$${this.values.length}`;
  }
}

/** Runs a query off the event loop and converts its rows a chunk (2,048 rows) at a time, so that others get their turn. */
export async function readRows(connection: DuckDBConnection, sql: string, parameters: Parameters = new Parameters()): Promise<DuckDBValue[][]> {
  const rows: DuckDBValue[][] = [];
  await readChunks(connection, sql, parameters, (chunk) => {
    for (const row of chunk) rows.push(row);
  });
  return rows;
}

/** Like `readRows`, but hands over each chunk's rows instead of keeping them. */
export async function readChunks(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
  take: (rows: readonly DuckDBValue[][]) => void,
): Promise<void> {
  const result = parameters.values.length === 0 ? await connection.run(sql) : await connection.run(sql, parameters.values, parameters.types);
  for (let index = 0; index < result.chunkCount; index++) {
    if (index > 0) await setImmediate();
    take(result.getChunk(index).getRows());
  }
}
