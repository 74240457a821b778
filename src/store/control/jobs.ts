import type { Job, JobInput } from '../../model/job.ts';
import { fromJson, nameTaken, notFound, refuseTakenName, type StoreContext } from './context.ts';
import type { Jobs } from './control-store.ts';
import type { JobRecord } from './schema.ts';

export function createJobs({ db, clock }: StoreContext): Jobs {
  async function find(id: number): Promise<Job | null> {
    const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : toJob(row);
  }

  return {
    find,

    async create(input) {
      const now = clock.now();
      const row = await db
        .insertInto('jobs')
        .values({
          ...toColumns(input),
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

    async update(id, input) {
      return db.transaction().execute(async (trx) => {
        await refuseTakenName(trx, 'jobs', { id, name: input.name });
        const columns = toColumns(input);
        // Compared in the update itself: of two changes that come at once, each begins its own revision.
        const row = await trx
          .updateTable('jobs')
          .set((eb) => {
            const measuresOtherwise = eb.or(measured.map((column) => eb(column, '!=', columns[column])));
            return {
              ...columns,
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
      const { numDeletedRows } = await db.deleteFrom('jobs').where('id', '=', id).executeTakeFirst();
      if (numDeletedRows === 0n) throw notFound('job', id);
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
const measured = ['enabled', 'interval_s', 'kinds', 'destinations', 'agents', 'options'] as const;

function toColumns(input: JobInput) {
  return {
    name: input.name,
    description: input.description,
    enabled: input.enabled ? 1 : 0,
    interval_s: input.interval,
    kinds: JSON.stringify(input.kinds),
    destinations: JSON.stringify(input.destinations),
    agents: JSON.stringify(input.agents),
    tags: JSON.stringify(input.tags),
    options: JSON.stringify(input.options),
  } as const;
}

function toJob(row: JobRecord): Job {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    interval: row.interval_s,
    kinds: fromJson(row.kinds),
    destinations: fromJson(row.destinations),
    agents: fromJson(row.agents),
    tags: fromJson(row.tags),
    options: fromJson(row.options),
    revision: row.revision,
    created_at: row.created_at,
    since: row.since,
  };
}
