import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../util/clock.ts';
import { resultRow } from '../test-rows.ts';
import { Database } from './database.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

let directory = '';
let path = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tacho-duckdb-'));
  path = join(directory, 'results.duckdb');
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('the engine is limited, reaches nothing but its own file, and cannot be told otherwise', async () => {
  const database = await Database.open({ path, memoryLimitMb: 100, threads: 1, checkpointMb: 16, clock: systemClock });
  try {
    const setting = async (name: string): Promise<unknown> =>
      database.readers.use(async (connection) => (await connection.runAndReadAll(`SELECT current_setting('${name}')`)).getRows()[0]?.[0]);
    expect(await setting('threads')).toBe(1n);
    expect(await setting('memory_limit')).toBe('95.3 MiB');
    expect(await setting('autoinstall_known_extensions')).toBe(false);
    expect(await setting('autoload_known_extensions')).toBe(false);
    for (const sql of [
      "SELECT * FROM read_text('/etc/hostname')",
      `COPY (SELECT 1) TO '${join(directory, 'out.csv')}'`,
      `ATTACH '${join(directory, 'other.duckdb')}' AS other`,
      'INSTALL httpfs',
      'SET enable_external_access = true',
      "SET memory_limit = '10GB'",
    ]) {
      await expect(
        database.readers.use((connection) => connection.run(sql)),
        sql,
      ).rejects.toThrow();
    }
  } finally {
    await database.close();
  }
});

test('a file that is no database is refused, and named', async () => {
  await writeFile(path, 'not a database'.repeat(1000));
  await expect(openDuckdbResultsStore({ path, clock: systemClock })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(path),
  });
});

test('what is stored can be read by the engine itself', async () => {
  const store = await openDuckdbResultsStore({ path, clock: systemClock });
  const row = resultRow({ metrics: { rtt_avg_ms: 12.5 }, labels: { site: 'a' } });
  await store.appendForeign({ rows: [row] });
  await store.close();
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll("SELECT r.id, r.v0, s.labels['site'] FROM results r JOIN series s ON s.id = r.series");
  expect(rows.getRowsJson()).toEqual([[row.id, 12.5, 'a']]);
  connection.closeSync();
  instance.closeSync();
});
