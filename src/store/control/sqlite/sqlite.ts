import type { ControlStore } from '../control-store.ts';
import type { SchemaWords } from '../migrations/migration.ts';
import { openControlStore, type OpenControlStoreOptions } from '../open.ts';
import { openDatabase } from './database.ts';
import { NodeSqliteDialect } from './dialect.ts';

const words: SchemaWords = {
  // Without AUTOINCREMENT SQLite gives the largest id out again once its row is deleted.
  addId: (table) => table.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement()),
};

export interface SqliteControlStoreOptions extends OpenControlStoreOptions {
  /** The file; made where it is missing. Its folder must exist. */
  readonly path: string;
}

/** @throws {TachoError} unavailable (cannot be opened, is no database), conflict (made by a newer version) */
export async function openSqliteControlStore({ path, ...options }: SqliteControlStoreOptions): Promise<ControlStore> {
  const dialect = new NodeSqliteDialect(openDatabase(path));
  return openControlStore({ dialect, words, label: JSON.stringify(path) }, options);
}
