import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** What scheduling by more than an interval, meshes, leases, breakers and budgets keep. */
export const coordination: Migration = {
  name: 'coordination',
  async up(db, words) {
    // Interval or cron, zone, window and bounds are one thing that is compared whole: a change of any begins a revision.
    await db.schema
      .alterTable('jobs')
      .addColumn('timing', 'text', (c) => c.notNull().defaultTo('{}'))
      .execute();
    await sql`update jobs set timing = '{"interval":' || interval_s || ',"cron":null,"time_zone":"UTC","start_time":null,"end_time":null,"windows":[]}'`.execute(
      db,
    );
    await db.schema.alterTable('jobs').dropColumn('interval_s').execute();
    await db.schema.alterTable('jobs').addColumn('metrics', 'text').execute();
    await db.schema.alterTable('jobs').addColumn('mesh', 'text').execute();
    await db.schema.alterTable('jobs').addColumn('budget_mb_per_day', 'double precision').execute();
    await db.schema.alterTable('jobs').addColumn('declared_by', 'text').execute();

    // No references: like results, these stay where what they name is taken away.
    await db.schema.alterTable('destinations').addColumn('agent_id', 'integer').execute();
    await db.schema.alterTable('destinations').addColumn('declared_by', 'text').execute();
    await db.schema.alterTable('agents').addColumn('budget_mb_per_day', 'double precision').execute();
    await db.schema.alterTable('agents').addColumn('advertise', 'text').execute();
    await db.schema.alterTable('agents').addColumn('listening', 'text').execute();

    await words
      .addId(db.schema.createTable('former_names'))
      .addColumn('thing', 'text', (c) => c.notNull())
      .addColumn('thing_id', 'integer', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('removed_at', 'bigint', (c) => c.notNull())
      .addUniqueConstraint('former_names_thing_id', ['thing', 'thing_id'])
      .execute();

    await words
      .addId(db.schema.createTable('planned_series'))
      .addColumn('job_id', 'integer', (c) => c.notNull())
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('agent_id', 'integer', (c) => c.notNull())
      .addColumn('destination_id', 'integer')
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('timetable', 'text', (c) => c.notNull())
      .addColumn('begun_at', 'bigint', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .execute();
    await db.schema.createIndex('planned_series_job_id').on('planned_series').columns(['job_id', 'ended_at']).execute();
    await db.schema.createIndex('planned_series_ended_at').on('planned_series').column('ended_at').execute();

    await words
      .addId(db.schema.createTable('leases'))
      .addColumn('key', 'text', (c) => c.notNull().unique())
      .addColumn('lease', 'text', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .execute();

    await words
      .addId(db.schema.createTable('breaker_transitions'))
      .addColumn('agent_id', 'integer', (c) => c.notNull())
      .addColumn('destination_id', 'integer', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('from_state', 'text', (c) => c.notNull())
      .addColumn('to_state', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addUniqueConstraint('breaker_transitions_once', ['agent_id', 'destination_id', 'at', 'to_state'])
      .execute();
    await db.schema.createIndex('breaker_transitions_at').on('breaker_transitions').columns(['at', 'id']).execute();
  },
};
