import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate, migrations, schemaVersion, type Migration } from './migrations.ts';

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

const later: Migration = { version: 2, statements: ['ALTER TABLE series ADD COLUMN note VARCHAR', "UPDATE series SET note = 'old'"] };

async function rowsOf(sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

test('versions grow one by one', () => {
  expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, i) => i + 1));
});

test('a new database gets every step, and a second start changes nothing', async () => {
  await migrate(connection, 5);
  await migrate(connection, 6);
  expect(await rowsOf('SELECT version, applied_at FROM schema_version')).toEqual(migrations.map((step) => [step.version, 5n]));
});

test("a database made by today's program is brought forward by a later one, with what it holds", async () => {
  await migrate(connection, 5, migrations.slice(0, 1));
  await connection.run("INSERT INTO series VALUES (1, 1, 'ping', NULL, NULL, MAP {'site': 'a'})");
  await migrate(connection, 6, [...migrations.slice(0, 1), later]);
  expect(await rowsOf('SELECT id, note FROM series')).toEqual([[1, 'old']]);
  expect(await schemaVersion(connection)).toBe(2);
});

test('a step that fails leaves the version and the tables as they were', async () => {
  await migrate(connection, 5);
  const version = await schemaVersion(connection);
  const broken = { version: version + 1, statements: ['ALTER TABLE series ADD COLUMN note VARCHAR', 'ALTER TABLE nothing ADD COLUMN x INTEGER'] };
  await expect(migrate(connection, 6, [...migrations, broken])).rejects.toThrow('nothing');
  expect(await schemaVersion(connection)).toBe(version);
  await expect(rowsOf('SELECT note FROM series')).rejects.toThrow('note');
});

test('a database of a later program is refused', async () => {
  await migrate(connection, 5, [...migrations, { version: migrations.length + 1, statements: [] }]);
  await expect(migrate(connection, 6)).rejects.toMatchObject({ code: 'unavailable' });
});
