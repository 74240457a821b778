import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { NodeSqliteDialect } from './dialect.ts';

interface Tables {
  notes: { id: number; text: string };
}

let database: DatabaseSync;
let db: Kysely<Tables>;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec('create table notes (id integer primary key, text text not null)');
  db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
});

const note = (id: number) => ({ id, text: `note ${id}` });

describe('SQLite driver', () => {
  test('closing waits for the transaction that has begun', async () => {
    let closing: Promise<void> | undefined;
    const texts = await db.transaction().execute(async (trx) => {
      closing = db.destroy();
      await trx.insertInto('notes').values(note(1)).execute();
      return trx.selectFrom('notes').select('text').execute();
    });
    await closing;
    expect(texts).toEqual([{ text: 'note 1' }]);
    expect(database.isOpen).toBe(false);
    await expect(db.selectFrom('notes').selectAll().execute()).rejects.toThrow();
  });

  test('a query outside a transaction waits for it, and a failed one leaves nothing', async () => {
    let outside: Promise<unknown> | undefined;
    const inside = db.transaction().execute(async (trx) => {
      await trx.insertInto('notes').values(note(1)).execute();
      outside = db.selectFrom('notes').selectAll().execute();
      await trx.insertInto('notes').values(note(2)).execute();
      throw new Error('undo');
    });
    await expect(inside).rejects.toThrow('undo');
    expect(await outside).toEqual([]);
    await db.destroy();
  });

  test('an error with which SQLite rolled back by itself reaches the caller, and the next transaction works', async () => {
    database.exec(`create trigger full before insert on notes when new.id = 13 begin select raise(rollback, 'disk is full'); end`);
    const failing = db.transaction().execute(async (trx) => {
      await trx.insertInto('notes').values(note(1)).execute();
      await trx.insertInto('notes').values(note(13)).execute();
    });
    await expect(failing).rejects.toThrow('disk is full');
    await db.transaction().execute((trx) => trx.insertInto('notes').values(note(2)).execute());
    expect(await db.selectFrom('notes').select('id').execute()).toEqual([{ id: 2 }]);
    await db.destroy();
  });

  test('writes say how many rows they changed, and rows come back where asked for', async () => {
    const inserted = await db
      .insertInto('notes')
      .values([note(1), note(2)])
      .executeTakeFirst();
    expect(inserted).toMatchObject({ insertId: 2n, numInsertedOrUpdatedRows: 2n });
    expect(await db.updateTable('notes').set({ text: 'x' }).executeTakeFirst()).toMatchObject({ numUpdatedRows: 2n });
    expect(await db.deleteFrom('notes').where('id', '=', 1).returningAll().execute()).toEqual([{ id: 1, text: 'x' }]);
    await db.destroy();
  });

  test('rows can be streamed', async () => {
    await db
      .insertInto('notes')
      .values([note(1), note(2)])
      .execute();
    const ids = [];
    for await (const row of db.selectFrom('notes').select('id').orderBy('id').stream()) ids.push(row.id);
    expect(ids).toEqual([1, 2]);
    await db.destroy();
  });

  test('a query that SQLite refuses rejects, and the connection serves the next', async () => {
    await expect(sql`select * from missing`.execute(db)).rejects.toThrow('no such table: missing');
    await expect(
      db
        .insertInto('notes')
        .values({ id: 1, text: {} as string })
        .execute(),
    ).rejects.toThrow();
    expect(await db.selectFrom('notes').selectAll().execute()).toEqual([]);
    await db.destroy();
  });

  test('a database that can grow no more says that it is the store that cannot, and can be read on', async () => {
    database.exec(`pragma max_page_count = ${Number(Object.values(database.prepare('pragma page_count').get() ?? {})[0])}`);
    const filling = async (): Promise<void> => {
      for (let id = 1; id < 1000; id++)
        await db
          .insertInto('notes')
          .values({ id, text: 'x'.repeat(1000) })
          .execute();
    };
    await expect(filling()).rejects.toMatchObject({ code: 'unavailable', message: 'cannot use the control store: database or disk is full' });
    expect((await db.selectFrom('notes').select('id').execute()).length).toBeLessThan(10);
    await expect(
      db
        .insertInto('notes')
        .values(note(1))
        .execute()
        .then(() => db.insertInto('notes').values(note(1)).execute()),
    ).rejects.not.toMatchObject({ code: 'unavailable' });
    await db.destroy();
  });
});
