import type { Kysely } from 'kysely';
import type { StoreContext } from './context.ts';
import type { FormerNames, NamedThing } from './control-store.ts';
import type { Schema } from './schema.ts';

/** Notes a name before its row goes, in the same transaction: results of what was removed are still called something. */
export async function keepFormerName(
  trx: Kysely<Schema>,
  thing: NamedThing,
  { id, removedAt }: { readonly id: number; readonly removedAt: number },
): Promise<void> {
  const row = await trx.selectFrom(`${thing}s`).select('name').where('id', '=', id).executeTakeFirst();
  if (row === undefined) return;
  await trx.insertInto('former_names').values({ thing, thing_id: id, name: row.name, removed_at: removedAt }).execute();
}

export function createFormerNames({ db }: StoreContext): FormerNames {
  return {
    async find(thing, id) {
      const row = await db.selectFrom('former_names').select('name').where('thing', '=', thing).where('thing_id', '=', id).executeTakeFirst();
      return row?.name ?? null;
    },
  };
}
