import type { DuckDBConnection } from '@duckdb/node-api';
import { TachoError } from '../../../model/errors.ts';
import { LAYOUT_1 } from './layout.ts';

/** One forward step of the schema. A released step is never edited: what comes later is a new one. */
export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [{ version: 1, statements: LAYOUT_1 }];

/** Brings a database to the newest version, each step in a transaction of its own. */
export async function migrate(connection: DuckDBConnection, nowMs: number, steps: readonly Migration[] = migrations): Promise<void> {
  await connection.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at BIGINT NOT NULL)');
  const current = await schemaVersion(connection);
  const newest = steps.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new TachoError('unavailable', `results store is newer than this program: expected schema version ${newest} or less, got ${current}`);
  }
  for (const step of steps) {
    if (step.version <= current) continue;
    await connection.run('BEGIN');
    try {
      for (const statement of step.statements) await connection.run(statement);
      await connection.run(`INSERT INTO schema_version VALUES (CAST($1 AS INTEGER), CAST($2 AS BIGINT))`, [step.version, nowMs]);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

/** The version a database is at; 0 for one that was never migrated. */
export async function schemaVersion(connection: DuckDBConnection): Promise<number> {
  const reader = await connection.runAndReadAll('SELECT coalesce(max(version), 0) FROM schema_version');
  return Number(reader.getRows()[0]?.[0] ?? 0);
}
