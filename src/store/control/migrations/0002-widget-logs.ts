import type { Migration } from './migration.ts';

/** Logs of widgets that are no measurements, from machines that may have no program of ours. */
export const widgetLogs: Migration = {
  name: 'widget-logs',
  async up(db, words) {
    await words
      .addId(db.schema.createTable('widget_logs'))
      // No reference: like results, logs stay where their agent is taken away.
      .addColumn('agent_id', 'integer', (c) => c.notNull())
      .addColumn('widget_type', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('data', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull().unique())
      .execute();
    await db.schema.createIndex('widget_logs_at').on('widget_logs').columns(['at', 'id']).execute();
    await db.schema.createIndex('widget_logs_agent_id').on('widget_logs').columns(['agent_id', 'at', 'id']).execute();
  },
};
