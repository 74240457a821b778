import type { DuckDBConnection, DuckDBDataChunk, DuckDBMaterializedResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
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

/** An answer by columns: how many rows it has, and its columns a chunk (2,048 rows) at a time. */
export interface ColumnAnswer {
  readonly rows: number;
  readonly chunks: AsyncGenerator<DuckDBValue[][]>;
}

/** Runs a query off the event loop; its columns are converted chunk by chunk as they are asked for. */
export async function readColumns(connection: DuckDBConnection, sql: string, parameters: Parameters): Promise<ColumnAnswer> {
  const result = await run(connection, sql, parameters);
  return { rows: result.rowCount, chunks: chunksOf(result, (chunk) => chunk.getColumns()) };
}

/** Runs a query off the event loop and converts its rows a chunk (2,048 rows) at a time, so that others get their turn. */
export async function* readChunks(connection: DuckDBConnection, sql: string, parameters: Parameters): AsyncGenerator<DuckDBValue[][]> {
  yield* chunksOf(await run(connection, sql, parameters), (chunk) => chunk.getRows());
}

function run(connection: DuckDBConnection, sql: string, { values, types }: Parameters): Promise<DuckDBMaterializedResult> {
  return values.length === 0 ? connection.run(sql) : connection.run(sql, values, types);
}

async function* chunksOf(result: DuckDBMaterializedResult, convert: (chunk: DuckDBDataChunk) => DuckDBValue[][]): AsyncGenerator<DuckDBValue[][]> {
  for (let index = 0; index < result.chunkCount; index++) {
    if (index > 0) await setImmediate();
    yield convert(result.getChunk(index));
  }
}
