import type { Migration } from './migration.ts';

/** What an administrator set over the API and a server must know again after a restart. */
export const settings: Migration = {
  name: 'settings',
  async up(db, words) {
    await words
      .addId(db.schema.createTable('settings'))
      .addColumn('key', 'text', (c) => c.notNull().unique())
      .addColumn('value', 'text', (c) => c.notNull())
      .execute();
  },
};
