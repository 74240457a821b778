import type { SchemaWords } from '../migrations/migration.ts';

export const sqliteWords: SchemaWords = {
  // Without AUTOINCREMENT SQLite gives the largest id out again once its row is deleted.
  addId: (table) => table.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement()),
};
