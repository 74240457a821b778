import type { StoreContext } from './context.ts';
import type { KeptSettings } from './control-store.ts';

export function createSettings({ db }: StoreContext): KeptSettings {
  return {
    async get(key) {
      const row = await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();
      return row?.value ?? null;
    },

    async set(key, value) {
      if (value === null) {
        await db.deleteFrom('settings').where('key', '=', key).execute();
        return;
      }
      await db
        .insertInto('settings')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute();
    },
  };
}
