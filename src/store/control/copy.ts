import { existsSync } from 'node:fs';
import { sql, type Kysely } from 'kysely';
import { TachoError } from '../../model/errors.ts';
import type { Clock } from '../../util/clock.ts';
import { openControlDatabase } from './assemble.ts';
import { postgresEngine } from './postgres/engine.ts';
import type { Schema } from './schema.ts';
import { sqliteEngine } from './sqlite/engine.ts';

export interface CopyControlStoreOptions {
  /** The SQLite file. Nobody else may have it open. */
  readonly from: string;
  /** URL of an empty PostgreSQL database. */
  readonly to: string;
  readonly clock: Pick<Clock, 'now'>;
}

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

/** Rows a statement: PostgreSQL takes 65,535 parameters, which is this many rows of 130 columns. */
const ROWS_AT_ONCE = 500;

/** Tables are found in the source rather than listed here, so that one added by a later migration is not forgotten. */
type AnyTable = Record<string, Record<string, unknown>>;

/**
 * Copies a control store from SQLite to PostgreSQL, with its ids and with the next id each table would give: all of it,
 * or nothing. Both are brought up to date first, as a server would.
 * @throws {TachoError} not_found (no such file), unavailable, conflict (the target holds rows, or either is not ours)
 */
export async function copyControlStore({ from, to, clock }: CopyControlStoreOptions): Promise<CopiedTable[]> {
  if (!existsSync(from)) throw new TachoError('not_found', `no such control store: ${JSON.stringify(from)}`);
  const reading = await openControlDatabase(sqliteEngine(from, { exclusive: true }), { clock });
  try {
    const target = postgresEngine(to);
    const writing = await openControlDatabase(target, { clock });
    try {
      return await copyTables(reading, writing, target.label);
    } finally {
      await writing.destroy();
    }
  } finally {
    await reading.destroy();
  }
}

async function copyTables(reading: Kysely<Schema>, writing: Kysely<Schema>, label: string): Promise<CopiedTable[]> {
  const source = reading as unknown as Kysely<AnyTable>;
  const tables = await tablesInOrder(source);
  const lastIds = await lastGivenIds(source);
  return (writing as unknown as Kysely<AnyTable>).transaction().execute(async (target) => {
    // A server that runs on the target waits until this is done, and then finds the rows.
    await sql`lock table ${sql.join(tables.map((table) => sql.table(table)))} in access exclusive mode`.execute(target);
    for (const table of tables) await refuseRows(target, table, label);
    const copied: CopiedTable[] = [];
    for (const table of tables) {
      copied.push({ table, rows: await copyRows(source, target, table) });
      await continueIds(target, table, lastIds.get(table) ?? 0);
    }
    return copied;
  });
}

/** Every table but the record of migrations, each after those that its rows refer to. */
async function tablesInOrder(source: Kysely<AnyTable>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name <> 'migrations' order by name`.execute(source);
  const references = await sql<{ child: string; parent: string }>`
    select t.name as child, k."table" as parent from sqlite_master t, pragma_foreign_key_list(t.name) k where t.type = 'table'`.execute(source);
  const ordered: string[] = [];
  const add = (table: string): void => {
    if (ordered.includes(table)) return;
    for (const { child, parent } of references.rows) if (child === table && parent !== table) add(parent);
    ordered.push(table);
  };
  for (const { name } of rows) add(name);
  return ordered;
}

/** The greatest id each table has given out, also where its row is gone. */
async function lastGivenIds(source: Kysely<AnyTable>): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`.execute(source);
  return new Map(rows.map(({ name, seq }) => [name, seq]));
}

async function refuseRows(target: Kysely<AnyTable>, table: string, label: string): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(target);
  const count = rows[0]?.count ?? 0;
  if (count > 0) throw new TachoError('conflict', `${label} is not empty: expected no row in ${table}, got ${count}`);
}

async function copyRows(source: Kysely<AnyTable>, target: Kysely<AnyTable>, table: string): Promise<number> {
  let copied = 0;
  let batch: Record<string, unknown>[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    try {
      await target.insertInto(table).values(batch).execute();
    } catch (error) {
      if (!(error instanceof TachoError)) throw error;
      throw new TachoError(error.code, `cannot copy the table ${table}: ${error.message}`, { cause: error });
    }
    copied += batch.length;
    batch = [];
  };
  for await (const row of source
    .selectFrom(table)
    .selectAll()
    .orderBy(sql`rowid`)
    .stream()) {
    batch.push(row);
    if (batch.length === ROWS_AT_ONCE) await flush();
  }
  await flush();
  return copied;
}

/** Unlike `setval`, a restart is undone with the transaction. Only a table with ids of ours has given one out. */
async function continueIds(target: Kysely<AnyTable>, table: string, lastId: number): Promise<void> {
  if (lastId === 0) return;
  await sql`alter table ${sql.table(table)} alter column id restart with ${sql.lit(lastId + 1)}`.execute(target);
}
