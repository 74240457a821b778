import { assembleControlStore, type ControlStoreOptions } from './assemble.ts';
import type { ControlStore } from './control-store.ts';
import type { DatabaseAddress } from './database-url.ts';
import { postgresEngine } from './postgres/engine.ts';
import { sqliteEngine } from './sqlite/engine.ts';

export interface SqliteControlStoreOptions extends ControlStoreOptions {
  /** The file; made where it is missing. Its folder must exist. */
  readonly path: string;
}

export interface PostgresControlStoreOptions extends ControlStoreOptions {
  /** `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`; the database must exist, its tables are made. */
  readonly url: string;
  /** Connections at most. */
  readonly poolSize?: number;
}

/** @throws {TachoError} unavailable (cannot be opened, is no database), conflict (made by a newer version or another program) */
export async function openSqliteControlStore({ path, ...options }: SqliteControlStoreOptions): Promise<ControlStore> {
  return assembleControlStore(sqliteEngine(path), options);
}

/** @throws {TachoError} unavailable (cannot be reached or signed in to), conflict (made by a newer version or another program) */
export async function openPostgresControlStore({ url, poolSize, ...options }: PostgresControlStoreOptions): Promise<ControlStore> {
  return assembleControlStore(postgresEngine(url, poolSize), options);
}

/** The store at an address, whichever engine keeps it. */
export function openControlStore(address: DatabaseAddress, options: ControlStoreOptions & { readonly poolSize: number }): Promise<ControlStore> {
  const { poolSize, ...rest } = options;
  return address.engine === 'postgres'
    ? openPostgresControlStore({ url: address.url, poolSize, ...rest })
    : openSqliteControlStore({ path: address.path, ...rest });
}
