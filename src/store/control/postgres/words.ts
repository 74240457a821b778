import type { SchemaWords } from '../migrations/migration.ts';

export const postgresWords: SchemaWords = {
  // A sequence never goes back. Bigint, so that looking for an id that nobody has finds nothing instead of failing.
  addId: (table) => table.addColumn('id', 'bigint', (c) => c.generatedByDefaultAsIdentity().primaryKey()),
};
