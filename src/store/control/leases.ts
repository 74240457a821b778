import { fromJson, type StoreContext } from './context.ts';
import type { Leases } from './control-store.ts';

export function createLeases({ db }: StoreContext): Leases {
  return {
    async list() {
      const rows = await db.selectFrom('leases').selectAll().orderBy('id').execute();
      return rows.map((row) => ({ key: row.key, lease: fromJson(row.lease), expiresAt: row.expires_at }));
    },

    async put({ key, lease, expiresAt }) {
      const kept = { lease: JSON.stringify(lease), expires_at: expiresAt };
      await db
        .insertInto('leases')
        .values({ key, ...kept })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(kept))
        .execute();
    },

    async remove(key) {
      await db.deleteFrom('leases').where('key', '=', key).execute();
    },
  };
}
