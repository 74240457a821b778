import type { Kysely } from 'kysely';
import { TachoError } from '../../../model/errors.ts';
import type { Clock } from '../../../util/clock.ts';
import type { Schema } from '../schema.ts';
import type { Migration, SchemaWords } from './migration.ts';

export interface MigrateOptions {
  readonly migrations: readonly Migration[];
  readonly words: SchemaWords;
  readonly clock: Pick<Clock, 'now'>;
  /** What the database is called in errors: its path, or its URL without the password. */
  readonly label: string;
  /** Runs first in the transaction. An engine that several servers share takes a lock here, which ends with the transaction. */
  readonly before?: ((trx: Kysely<Schema>) => Promise<void>) | undefined;
}

/**
 * Brings a database up to the newest step, all steps and their records in one transaction: it is either where it
 * was or where it should be.
 * @throws {TachoError} conflict, where the database was made by a newer version
 */
export async function migrate(db: Kysely<Schema>, options: MigrateOptions): Promise<void> {
  const { migrations, words, clock, label, before } = options;
  await db.transaction().execute(async (trx) => {
    await before?.(trx);
    await trx.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('number', 'integer', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('applied_at', 'bigint', (c) => c.notNull())
      .execute();
    const applied = await trx.selectFrom('migrations').select('number').orderBy('number', 'desc').limit(1).executeTakeFirst();
    const at = applied?.number ?? 0;
    if (at > migrations.length) {
      throw new TachoError(
        'conflict',
        `control store is newer than this program: expected at most migration ${migrations.length}, got ${at} (${label}); use the version that wrote it, or a newer one`,
      );
    }
    for (const [offset, step] of migrations.slice(at).entries()) {
      await step.up(trx as unknown as Kysely<unknown>, words);
      await trx
        .insertInto('migrations')
        .values({ number: at + offset + 1, name: step.name, applied_at: clock.now() })
        .execute();
    }
  });
}
