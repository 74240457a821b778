import { Kysely, type Dialect } from 'kysely';
import type { Clock } from '../../util/clock.ts';
import { createAgents } from './agents.ts';
import type { ControlStore } from './control-store.ts';
import { createDestinations } from './destinations.ts';
import { createEnrolmentTokens } from './enrolment-tokens.ts';
import { createJobs } from './jobs.ts';
import { migrations } from './migrations/index.ts';
import { migrate } from './migrations/migrate.ts';
import type { Migration, SchemaWords } from './migrations/migration.ts';
import type { Schema } from './schema.ts';
import { createSessions } from './sessions.ts';
import { createTokens } from './tokens.ts';
import { createWidgetLogs } from './widget-logs.ts';

/** What an engine brings: all else is the same for every one. */
export interface ControlEngine {
  readonly dialect: Dialect;
  readonly words: SchemaWords;
  /** What the database is called in errors. */
  readonly label: string;
}

export interface ControlStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Other steps than the released ones, for tests of migration itself. */
  readonly migrations?: readonly Migration[];
}

/** Migrates the engine's database and puts the queries over it. The store owns the engine: closing it closes both. */
export async function assembleControlStore(engine: ControlEngine, options: ControlStoreOptions): Promise<ControlStore> {
  const db = new Kysely<Schema>({ dialect: engine.dialect });
  const { clock } = options;
  try {
    await migrate(db, { migrations: options.migrations ?? migrations, words: engine.words, clock, label: engine.label });
  } catch (error) {
    await db.destroy();
    throw error;
  }

  const context = { db, clock };
  return {
    agents: createAgents(context),
    destinations: createDestinations(context),
    jobs: createJobs(context),
    tokens: createTokens(context),
    enrolmentTokens: createEnrolmentTokens(context),
    sessions: createSessions(context),
    widgetLogs: createWidgetLogs(context),
    close: () => db.destroy(),
  };
}
