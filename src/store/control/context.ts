import type { Kysely, Transaction } from 'kysely';
import { TachoError } from '../../model/errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Schema } from './schema.ts';

/** What every group of queries works with. */
export interface StoreContext {
  readonly db: Kysely<Schema>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Runs work in a transaction: in the one that the context already is in, else in one of its own. */
export function inTransaction<T>(db: Kysely<Schema>, work: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return isTransaction(db) ? work(db) : db.transaction().execute(work);
}

function isTransaction(db: Kysely<Schema>): db is Transaction<Schema> {
  return db.isTransaction;
}

/** Rows in the order in which every transaction changes many of them: two that wait for each other's rows would never end. */
export function inOrder<T extends { readonly id: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.id - b.id);
}

export function nameTaken(what: string, name: string): TachoError {
  return new TachoError('name_taken', `${what} name is taken: ${JSON.stringify(name)}`);
}

/**
 * Before a change of name, inside its transaction.
 * @throws {TachoError} not_found, and name_taken where another row has the name
 */
export async function refuseTakenName(
  db: Kysely<Schema>,
  table: 'agents' | 'destinations' | 'jobs',
  { id, name }: { readonly id: number; readonly name: string },
): Promise<void> {
  const what = table.slice(0, -1);
  const found = await db
    .selectFrom(table)
    .select('id')
    .where((eb) => eb.or([eb('id', '=', id), eb('name', '=', name)]))
    .execute();
  if (!found.some((row) => row.id === id)) throw notFound(what, id);
  if (found.length > 1) throw nameTaken(what, name);
}

export function notFound(what: string, id: number): TachoError {
  return new TachoError('not_found', `no such ${what}: id ${id}`);
}

/** Reads JSON that this store wrote: its form was checked before it went in. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}
