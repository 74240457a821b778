import type { JobInput, StoredJob } from '../../model/job.ts';
import { fromJson, inTransaction, nameTaken, notFound, refuseTakenName, type StoreContext } from './context.ts';
import type { Jobs } from './control-store.ts';
import { keepFormerName } from './former-names.ts';
import type { JobRecord } from './schema.ts';

export function createJobs({ db, clock }: StoreContext): Jobs {
  async function find(id: number): Promise<StoredJob | null> {
    const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : toJob(row);
  }

  return {
    find,

    async create(input, options = {}) {
      const now = clock.now();
      const row = await db
        .insertInto('jobs')
        .values({
          ...toColumns(input),
          declared_by: options.declaredBy ?? null,
          revision: 1,
          created_at: now,
          since: now,
        })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw nameTaken('job', input.name);
      return toJob(row);
    },

    async update(id, input, options = {}) {
      return inTransaction(db, async (trx) => {
        await refuseTakenName(trx, 'jobs', { id, name: input.name });
        const columns = toColumns(input);
        // Compared in the update itself: of two changes that come at once, each begins its own revision.
        const row = await trx
          .updateTable('jobs')
          .set((eb) => {
            const measuresOtherwise = eb.or(measured.map((column) => eb(column, 'is distinct from', columns[column])));
            return {
              ...columns,
              declared_by: options.declaredBy ?? null,
              revision: eb
                .case()
                .when(measuresOtherwise)
                .then(eb('revision', '+', 1))
                .else(eb.ref('revision'))
                .end(),
              since: eb
                .case()
                .when(measuresOtherwise)
                .then(eb.cast<number>(eb.val(clock.now()), 'bigint'))
                .else(eb.ref('since'))
                .end(),
            };
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw notFound('job', id);
        return toJob(row);
      });
    },

    async remove(id) {
      await inTransaction(db, async (trx) => {
        await keepFormerName(trx, 'job', { id, removedAt: clock.now() });
        const { numDeletedRows } = await trx.deleteFrom('jobs').where('id', '=', id).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound('job', id);
      });
    },

    async list() {
      const rows = await db.selectFrom('jobs').selectAll().orderBy('id').execute();
      return rows.map(toJob);
    },

    async findByName(name) {
      const row = await db.selectFrom('jobs').selectAll().where('name', '=', name).executeTakeFirst();
      return row === undefined ? null : toJob(row);
    },

    async setEnabled(id, enabled) {
      const wanted = enabled ? 1 : 0;
      const changed = await db
        .updateTable('jobs')
        .set((eb) => ({ enabled: wanted, revision: eb('revision', '+', 1), since: clock.now() }))
        .where('id', '=', id)
        .where('enabled', '!=', wanted)
        .returningAll()
        .executeTakeFirst();
      if (changed !== undefined) return toJob(changed);
      const unchanged = await find(id);
      if (unchanged === null) throw notFound('job', id);
      return unchanged;
    },
  };
}

/** Columns that say what is measured, by whom and when; a change of the others leaves the plan alone. */
const measured = ['enabled', 'timing', 'kinds', 'destinations', 'agents', 'mesh', 'options', 'budget_mb_per_day'] as const;

/** What a job's `timing` column holds; its keys stand in this order, because the text is compared. */
type Timing = Pick<StoredJob, 'interval' | 'cron' | 'time_zone' | 'start_time' | 'end_time' | 'windows'>;

function toColumns(input: JobInput) {
  return {
    name: input.name,
    description: input.description,
    enabled: input.enabled ? 1 : 0,
    timing: JSON.stringify({
      interval: input.interval,
      cron: input.cron,
      time_zone: input.time_zone,
      start_time: input.start_time,
      end_time: input.end_time,
      windows: input.windows,
    } satisfies Timing),
    metrics: JSON.stringify(input.metrics),
    mesh: input.mesh === null ? null : JSON.stringify(input.mesh),
    budget_mb_per_day: input.budget_mb_per_day,
    kinds: JSON.stringify(input.kinds),
    destinations: JSON.stringify(input.destinations),
    agents: JSON.stringify(input.agents),
    tags: JSON.stringify(input.tags),
    options: JSON.stringify(input.options),
  } as const;
}

function toJob(row: JobRecord): StoredJob {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    ...fromJson<Timing>(row.timing),
    kinds: fromJson(row.kinds),
    metrics: fromJson(row.metrics ?? row.kinds),
    destinations: fromJson(row.destinations),
    agents: fromJson(row.agents),
    tags: fromJson(row.tags),
    options: fromJson(row.options),
    mesh: row.mesh === null ? null : fromJson(row.mesh),
    budget_mb_per_day: row.budget_mb_per_day,
    declared_by: row.declared_by,
    revision: row.revision,
    created_at: row.created_at,
    since: row.since,
  };
}
