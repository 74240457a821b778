import { fromJson, type StoreContext } from './context.ts';
import type { PlanLedger, PlannedSeriesRow } from './control-store.ts';
import type { PlannedSeriesRecord } from './schema.ts';

/** Rows of one statement: well below the parameters that any engine allows. */
const ROWS = 1000;

export function createPlanLedger({ db }: StoreContext): PlanLedger {
  return {
    async list({ from, to, jobIds, agentIds }) {
      const rows = await db
        .selectFrom('planned_series')
        .selectAll()
        .where('begun_at', '<', to)
        .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>', from)]))
        .$if(jobIds !== undefined, (q) => q.where('job_id', 'in', [...(jobIds ?? [])]))
        .$if(agentIds !== undefined, (q) => q.where('agent_id', 'in', [...(agentIds ?? [])]))
        .orderBy('id')
        .execute();
      return rows.map(toRow);
    },

    async open() {
      const rows = await db.selectFrom('planned_series').selectAll().where('ended_at', 'is', null).orderBy('id').execute();
      return rows.map(toRow);
    },

    change: ({ at, ended, begun }) =>
      db.transaction().execute(async (trx) => {
        for (let from = 0; from < ended.length; from += ROWS) {
          await trx
            .updateTable('planned_series')
            .set({ ended_at: at })
            .where('id', 'in', ended.slice(from, from + ROWS))
            .where('ended_at', 'is', null)
            .execute();
        }
        for (let from = 0; from < begun.length; from += ROWS) {
          await trx
            .insertInto('planned_series')
            .values(
              begun.slice(from, from + ROWS).map((series) => ({
                job_id: series.jobId,
                revision: series.revision,
                agent_id: series.agentId,
                destination_id: series.destinationId,
                kind: series.kind,
                timetable: JSON.stringify(series.timetable),
                begun_at: at,
              })),
            )
            .execute();
        }
      }),
  };
}

function toRow(row: PlannedSeriesRecord): PlannedSeriesRow {
  return {
    id: row.id,
    jobId: row.job_id,
    revision: row.revision,
    agentId: row.agent_id,
    destinationId: row.destination_id,
    kind: row.kind,
    timetable: fromJson(row.timetable),
    begunAt: row.begun_at,
    endedAt: row.ended_at,
  };
}
