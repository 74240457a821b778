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

  /** The condition that a column has one of some values: never, where there are none. */
  oneOf(column: string, values: readonly DuckDBValue[], type: DuckDBType): string {
    if (values.length === 0) return 'false';
    return `${column} IN (${values.map((value) => this.add(value, type)).join(', ')})`;
  }
}

/** All rows of a query. */
export async function readRows(connection: DuckDBConnection, sql: string, parameters: Parameters = new Parameters()): Promise<DuckDBValue[][]> {
  const rows: DuckDBValue[][] = [];
  for await (const chunk of readChunks(connection, sql, parameters)) for (const row of chunk) rows.push(row);
  return rows;
}

/** Runs a query off the event loop and converts its rows a chunk (2,048 rows) at a time, so that others get their turn. */
export async function* readChunks(connection: DuckDBConnection, sql: string, parameters: Parameters): AsyncGenerator<DuckDBValue[][]> {
  const { values, types } = parameters;
  const result = values.length === 0 ? await connection.run(sql) : await connection.run(sql, values, types);
  for (let index = 0; index < result.chunkCount; index++) {
    if (index > 0) await setImmediate();
    yield result.getChunk(index).getRows();
  }
}
