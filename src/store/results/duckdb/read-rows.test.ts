import { DuckDBInstance, INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Parameters, readChunks, readRows } from './read-rows.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});

afterEach(() => {
  connection.closeSync();
  instance.closeSync();
});

test('between the chunks of a large answer others get their turn', async () => {
  let turns = 0;
  const seen: number[] = [];
  for await (const rows of readChunks(connection, 'SELECT i FROM range(10000) t(i)', new Parameters())) {
    expect(rows.length).toBeLessThanOrEqual(2048);
    seen.push(turns);
    setImmediate(() => turns++);
  }
  // 10,000 rows are five chunks; each sees the turn that was asked for during the one before it.
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});

test('values are passed beside the text', async () => {
  const parameters = new Parameters();
  const sql = `SELECT ${parameters.add("'; DROP TABLE x; --", VARCHAR)}, ${parameters.add(null, INTEGER)}, ${parameters.add(7, INTEGER)}`;
  expect(sql).toBe('SELECT $1, $2, $3');
  expect(await readRows(connection, sql, parameters)).toEqual([["'; DROP TABLE x; --", null, 7]]);
});
