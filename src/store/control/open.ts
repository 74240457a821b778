import { assembleControlStore, type ControlStoreOptions } from './assemble.ts';
import type { ControlStore } from './control-store.ts';
import { openDatabase } from './sqlite/database.ts';
import { NodeSqliteDialect } from './sqlite/dialect.ts';
import { sqliteWords } from './sqlite/words.ts';

export interface SqliteControlStoreOptions extends ControlStoreOptions {
  /** The file; made where it is missing. Its folder must exist. */
  readonly path: string;
}

/** @throws {TachoError} unavailable (cannot be opened, is no database), conflict (made by a newer version) */
export async function openSqliteControlStore({ path, ...options }: SqliteControlStoreOptions): Promise<ControlStore> {
  const dialect = new NodeSqliteDialect(openDatabase(path));
  return assembleControlStore({ dialect, words: sqliteWords, label: JSON.stringify(path) }, options);
}
