import type { DestinationInput, StoredDestination } from '../../model/destination.ts';
import { fromJson, inTransaction, nameTaken, notFound, refuseTakenName, type StoreContext } from './context.ts';
import type { Destinations } from './control-store.ts';
import { keepFormerName } from './former-names.ts';
import type { DestinationRecord } from './schema.ts';

export function createDestinations({ db, clock }: StoreContext): Destinations {
  return {
    async create(input, options = {}) {
      const row = await db
        .insertInto('destinations')
        .values({
          ...toColumns(input),
          external: options.external === true ? 1 : 0,
          agent_id: options.agentId ?? null,
          declared_by: options.declaredBy ?? null,
          created_at: clock.now(),
        })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw nameTaken('destination', input.name);
      return toDestination(row);
    },

    async update(id, input, options = {}) {
      return inTransaction(db, async (trx) => {
        await refuseTakenName(trx, 'destinations', { id, name: input.name });
        const row = await trx
          .updateTable('destinations')
          .set({ ...toColumns(input), external: 0, agent_id: options.agentId ?? null, declared_by: options.declaredBy ?? null })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw notFound('destination', id);
        return toDestination(row);
      });
    },

    async remove(id) {
      await inTransaction(db, async (trx) => {
        await keepFormerName(trx, 'destination', { id, removedAt: clock.now() });
        const { numDeletedRows } = await trx.deleteFrom('destinations').where('id', '=', id).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound('destination', id);
      });
    },

    async list() {
      const rows = await db.selectFrom('destinations').selectAll().orderBy('id').execute();
      return rows.map(toDestination);
    },

    async find(id) {
      const row = await db.selectFrom('destinations').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toDestination(row);
    },

    async findByName(name) {
      const row = await db.selectFrom('destinations').selectAll().where('name', '=', name).executeTakeFirst();
      return row === undefined ? null : toDestination(row);
    },
  };
}

function toColumns(input: DestinationInput) {
  return {
    name: input.name,
    host: input.host ?? input.name,
    display_name: input.display_name,
    description: input.description,
    tags: JSON.stringify(input.tags),
    status: input.status,
  };
}

function toDestination(row: DestinationRecord): StoredDestination {
  return {
    id: row.id,
    name: row.name,
    host: row.host,
    display_name: row.display_name,
    description: row.description,
    tags: fromJson(row.tags),
    status: row.status,
    external: row.external === 1,
    created_at: row.created_at,
    agent_id: row.agent_id,
    declared_by: row.declared_by,
  };
}
