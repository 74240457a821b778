import { HandleEmptyInListsPlugin, Kysely, replaceWithNoncontingentExpression, type Dialect } from 'kysely';
import type { Clock } from '../../util/clock.ts';
import { createAgents } from './agents.ts';
import { createBreakerTransitions } from './breaker-transitions.ts';
import type { ControlStore } from './control-store.ts';
import { createDestinations } from './destinations.ts';
import { createEnrolmentTokens } from './enrolment-tokens.ts';
import { createFormerNames } from './former-names.ts';
import { createJobs } from './jobs.ts';
import { createLeases } from './leases.ts';
import { migrations } from './migrations/index.ts';
import { migrate } from './migrations/migrate.ts';
import type { Migration, SchemaWords } from './migrations/migration.ts';
import { createPlanLedger } from './plan-ledger.ts';
import type { Schema } from './schema.ts';
import { createSessions } from './sessions.ts';
import { createSettings } from './settings.ts';
import { createTokens } from './tokens.ts';
import { createWidgetLogs } from './widget-logs.ts';

/** What an engine brings: all else is the same for every one. */
export interface ControlEngine {
  readonly dialect: Dialect;
  readonly words: SchemaWords;
  /** What the database is called in errors. */
  readonly label: string;
  /** Runs first in the transaction that migrates: an engine that several servers share takes its lock here. */
  readonly beforeMigration?: (trx: Kysely<Schema>) => Promise<void>;
  /** What a failure to open means, in words for the one who chose the database. */
  readonly explain?: (error: unknown) => unknown;
}

export interface ControlStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Other steps than the released ones, for tests of migration itself. */
  readonly migrations?: readonly Migration[];
}

/** The engine's database with its tables brought up to date. It owns the engine: destroying it closes both. */
export async function openControlDatabase(engine: ControlEngine, options: ControlStoreOptions): Promise<Kysely<Schema>> {
  const { words, label, beforeMigration, explain } = engine;
  const db = new Kysely<Schema>({
    dialect: engine.dialect,
    // `in ()` finds nothing in SQLite and is a syntax error in PostgreSQL: it is written so that it finds nothing in both.
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
  });
  try {
    await migrate(db, { migrations: options.migrations ?? migrations, words, clock: options.clock, label, before: beforeMigration });
    return db;
  } catch (error) {
    await db.destroy();
    throw explain === undefined ? error : explain(error);
  }
}

/** Puts the queries over the engine's database. The store owns the engine: closing it closes both. */
export async function assembleControlStore(engine: ControlEngine, options: ControlStoreOptions): Promise<ControlStore> {
  const db = await openControlDatabase(engine, options);
  const context = { db, clock: options.clock };
  return {
    agents: createAgents(context),
    destinations: createDestinations(context),
    jobs: createJobs(context),
    tokens: createTokens(context),
    enrolmentTokens: createEnrolmentTokens(context),
    sessions: createSessions(context),
    widgetLogs: createWidgetLogs(context),
    settings: createSettings(context),
    formerNames: createFormerNames(context),
    planLedger: createPlanLedger(context),
    leases: createLeases(context),
    breakerTransitions: createBreakerTransitions(context),
    together: (work) =>
      db.transaction().execute((trx) => {
        const inside = { db: trx, clock: options.clock };
        return work({ agents: createAgents(inside), destinations: createDestinations(inside), jobs: createJobs(inside) });
      }),
    close: () => db.destroy(),
  };
}
