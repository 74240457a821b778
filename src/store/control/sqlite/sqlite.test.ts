import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { controlStoreContract } from '../control-store.contract.ts';
import { migrations } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';
import { openSqliteControlStore } from '../open.ts';
import { openDatabase } from './database.ts';

const clock = { now: (): number => Date.UTC(2026, 10, 22) };

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tacho-control-'));
  path = join(folder, 'control.sqlite');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

controlStoreContract('SQLite', () =>
  Promise.resolve({
    open: (testClock) => openSqliteControlStore({ path, clock: testClock }),
    remove: () => Promise.resolve(),
  }),
);

/** The database as another program sees it. */
function inspect<T>(read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return read(database);
  } finally {
    database.close();
  }
}

describe('SQLite file', () => {
  test('commits go to a write-ahead log that is synced each time, and foreign keys hold', () => {
    const database = openDatabase(path);
    const pragma = (name: string): unknown => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
    const settings = {
      journal: pragma('journal_mode'),
      synchronous: pragma('synchronous'),
      keys: pragma('foreign_keys'),
      busy: pragma('busy_timeout'),
    };
    database.close();
    expect(settings).toEqual({ journal: 'wal', synchronous: 2, keys: 1, busy: 5000 });
  });

  test.skipIf(process.platform === 'win32')('only the owner may read the file and its log, even where it was open to all before', async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    const store = await openSqliteControlStore({ path, clock });
    await store.agents.create({ name: 'edge', labels: {}, external: false });
    const modes = readdirSync(folder).map((file) => [file, (statSync(join(folder, file)).mode & 0o777).toString(8)]);
    await store.close();
    expect(modes).toEqual([
      ['control.sqlite', '600'],
      ['control.sqlite-shm', '600'],
      ['control.sqlite-wal', '600'],
    ]);
  });

  test('what was answered survives a program that is killed the moment after', async () => {
    const program = `
      const { openSqliteControlStore } = await import(${JSON.stringify(new URL('../open.ts', import.meta.url).href)});
      const store = await openSqliteControlStore({ path: process.argv[1], clock: { now: () => 1 } });
      await store.agents.create({ name: 'kept', labels: {}, external: false });
      process.kill(process.pid, 'SIGKILL');
    `;
    const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program, path], { encoding: 'utf8' });
    expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
    const store = await openSqliteControlStore({ path, clock });
    const agents = await store.agents.list();
    await store.close();
    expect(agents.map((agent) => agent.name)).toEqual(['kept']);
  });

  test('a missing folder is refused with the path', async () => {
    const missing = join(folder, 'no', 'control.sqlite');
    await expect(openSqliteControlStore({ path: missing, clock })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(missing) as string,
    });
  });

  test('the database of another program is refused and left as it is', async () => {
    inspect((db) => db.exec('create table jobs (title text); create table destinations (address text)'));
    chmodSync(path, 0o644);
    const before = readFileSync(path);
    await expect(openSqliteControlStore({ path, clock })).rejects.toMatchObject({
      code: 'conflict',
      message: `${JSON.stringify(path)} is the database of another program: expected a new file or a control store, got the tables destinations, jobs`,
    });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['control.sqlite']);
    expect((statSync(path).mode & 0o777).toString(8)).toBe('644');
  });

  test('who asks for the file alone does not get it while somebody has it open', async () => {
    const store = await openSqliteControlStore({ path, clock });
    expect(() => openDatabase(path, { exclusive: true })).toThrow(`${JSON.stringify(path)} is in use: stop the server or program that has it open`);
    await store.close();
    openDatabase(path, { exclusive: true }).close();
  });

  test('a file that is no database is refused and left as it is', async () => {
    writeFileSync(path, 'not a database, though it is longer than the header of one would have to be to be looked at '.repeat(20));
    const before = statSync(path).size;
    await expect(openSqliteControlStore({ path, clock })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('file is not a database') as string,
    });
    expect(statSync(path).size).toBe(before);
  });
});

describe('SQLite migrations', () => {
  const addNote: Migration = {
    name: 'add-note',
    async up(db) {
      await db.schema.alterTable('agents').addColumn('note', 'text').execute();
    },
  };
  const breaksHalfway: Migration = {
    name: 'breaks-halfway',
    async up(db) {
      await db.schema.createTable('half').addColumn('id', 'integer').execute();
      throw new Error('halfway');
    },
  };

  const recorded = () => inspect((db) => db.prepare('select number, name, applied_at from migrations order by number').all());

  test('each step is recorded once, however often the store is opened', async () => {
    for (let i = 0; i < 2; i++) await (await openSqliteControlStore({ path, clock })).close();
    expect(recorded()).toEqual(
      migrations.map((step, i) => expect.objectContaining({ number: i + 1, name: step.name, applied_at: clock.now() }) as unknown),
    );
  });

  test('a new step is applied to a store with data, which stays', async () => {
    const old = await openSqliteControlStore({ path, clock });
    const agent = await old.agents.create({ name: 'edge', labels: {}, external: false });
    await old.close();
    const store = await openSqliteControlStore({ path, clock, migrations: [...migrations, addNote] });
    expect(await store.agents.find(agent.id)).toEqual(agent);
    await store.close();
    expect(inspect((db) => db.prepare('select name, note from agents').all())).toMatchObject([{ name: 'edge', note: null }]);
    expect(recorded().at(-1)).toMatchObject({ number: migrations.length + 1, name: 'add-note' });
  });

  test('a step that fails undoes itself and those before it in the same opening', async () => {
    await (await openSqliteControlStore({ path, clock })).close();
    await expect(openSqliteControlStore({ path, clock, migrations: [...migrations, addNote, breaksHalfway] })).rejects.toThrow('halfway');
    expect(recorded()).toHaveLength(migrations.length);
    expect(inspect((db) => db.prepare(`select name from sqlite_master where name = 'half'`).all())).toEqual([]);
    await (await openSqliteControlStore({ path, clock, migrations: [...migrations, addNote] })).close();
    expect(recorded()).toHaveLength(migrations.length + 1);
  });

  test('a store that a newer version wrote is refused and not changed', async () => {
    const newer = await openSqliteControlStore({ path, clock, migrations: [...migrations, addNote] });
    await newer.agents.create({ name: 'edge', labels: {}, external: false });
    await newer.close();
    await expect(openSqliteControlStore({ path, clock })).rejects.toMatchObject({
      name: 'TachoError',
      code: 'conflict',
      message: expect.stringContaining(`expected at most migration ${migrations.length}, got ${migrations.length + 1}`) as string,
    });
    await (await openSqliteControlStore({ path, clock, migrations: [...migrations, addNote] })).close();
  });
});
