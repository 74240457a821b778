import { createHash } from 'node:crypto';
import { fromJson, type StoreContext } from './context.ts';
import type { WidgetLogRow, WidgetLogs } from './control-store.ts';
import type { WidgetLogRecord } from './schema.ts';

/** Rows of one statement: well below the parameters that any engine allows. */
const ROWS = 500;

export function createWidgetLogs({ db }: StoreContext): WidgetLogs {
  return {
    add: (logs) =>
      db.transaction().execute(async (trx) => {
        let added = 0;
        for (let from = 0; from < logs.length; from += ROWS) {
          const stored = await trx
            .insertInto('widget_logs')
            .values(logs.slice(from, from + ROWS).map(toRecord))
            .onConflict((conflict) => conflict.column('hash').doNothing())
            .returning('id')
            .execute();
          added += stored.length;
        }
        return added;
      }),

    async list({ agentIds, widgetTypes, to, after, limit }) {
      // `in ()` is no SQL everywhere.
      if (agentIds?.length === 0 || widgetTypes?.length === 0) return [];
      const rows = await db
        .selectFrom('widget_logs')
        .selectAll()
        .$if(agentIds !== undefined, (q) => q.where('agent_id', 'in', [...(agentIds ?? [])]))
        .$if(widgetTypes !== undefined, (q) => q.where('widget_type', 'in', [...(widgetTypes ?? [])]))
        .$if(to !== undefined, (q) => q.where('at', '<', to ?? 0))
        .$if(after !== undefined, (q) =>
          q.where((eb) => {
            const { at, id } = after ?? { at: 0, id: 0 };
            return eb.or([eb('at', '<', at), eb.and([eb('at', '=', at), eb('id', '<', id)])]);
          }),
        )
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toRow);
    },
  };
}

function toRecord({ agentId, widgetType, at, data }: Omit<WidgetLogRow, 'id'>): Omit<WidgetLogRecord, 'id'> {
  const text = JSON.stringify(data);
  const hash = createHash('sha256')
    .update(JSON.stringify([agentId, widgetType, at, text]))
    .digest('hex');
  return { agent_id: agentId, widget_type: widgetType, at, data: text, hash };
}

function toRow(row: WidgetLogRecord): WidgetLogRow {
  return { id: row.id, agentId: row.agent_id, widgetType: row.widget_type, at: row.at, data: fromJson(row.data) };
}
