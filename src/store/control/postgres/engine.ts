import { sql, type Kysely } from 'kysely';
import { TachoError } from '../../../model/errors.ts';
import type { ControlEngine } from '../assemble.ts';
import { postgresLabel } from '../database-url.ts';
import type { Schema } from '../schema.ts';
import { PostgresControlDialect } from './dialect.ts';
import { openingFailure } from './errors.ts';
import { postgresWords } from './words.ts';

/** The key of the lock under which the tables are made: any number serves that is the same in every version. This is `tacho` in ASCII. */
const MIGRATION_LOCK = 0x74_61_63_68_6f;

export function postgresEngine(url: string, poolSize = 10): ControlEngine {
  const label = postgresLabel(url);
  return {
    dialect: new PostgresControlDialect(url, poolSize),
    words: postgresWords,
    label,
    beforeMigration: (trx) => prepare(trx, label),
    explain: (error) => openingFailure(error, label),
  };
}

async function prepare(trx: Kysely<Schema>, label: string): Promise<void> {
  // Held until the transaction ends: of servers that start together, the others find the tables made.
  await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(trx);
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(trx);
  const encoding = rows[0]?.server_encoding ?? 'unknown';
  if (encoding !== 'UTF8') {
    throw new TachoError('conflict', `${label} cannot hold every name: expected the encoding UTF8, got ${encoding}`);
  }
}
