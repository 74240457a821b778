import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';
import { instant } from '../../model/instant.ts';
import { kindsOfMetrics } from '../../model/metric-words.ts';
import { reference, referenceId, type Reference } from '../../model/name.ts';
import { kindName, statusInput } from '../../model/result.ts';
import type { ResultFilter, ResultsStore } from '../../store/results/results-store.ts';
import { manyOf } from '../http/list.ts';
import type { Directory, Thing } from '../ingest/directory.ts';

const HOUR_MS = 3_600_000;
/** Ten years. */
const MOST_HOURS = 87_600;
/** Ids are 32-bit integers in the results store. */
const LARGEST_ID = 2 ** 31 - 1;

const word = manyOf(kindName).optional();

/** What narrows a job's results. */
export const scopeQuery = {
  start_time: instant.optional().meta({ description: 'beginning, inclusive; UTC where it has no zone' }),
  end_time: instant.optional().meta({ description: 'end, exclusive; UTC where it has no zone' }),
  hours: z.coerce
    .number()
    .positive()
    .max(MOST_HOURS)
    .optional()
    .meta({ description: 'the last so many hours before end_time, or before now, in place of start_time' }),
  destination: manyOf(reference).optional(),
  agent: manyOf(reference).optional(),
  kind: word,
  metric: word.meta({ description: "kinds in the words of a job's metrics: bandwidth, jitter, ..." }),
  status: manyOf(statusInput).optional(),
};

export type ScopeQuery = z.output<z.ZodObject<typeof scopeQuery>>;

export interface JobScope {
  readonly jobId: number;
  readonly jobName: string;
  readonly filter: ResultFilter;
}

export interface ScopeParts {
  readonly directory: Directory;
  readonly results: Pick<ResultsStore, 'list'>;
}

/** The results of a job that a query means. What was deleted is found by its id as long as it has results. */
export async function scopeOf(job: string, query: ScopeQuery & { now: number }, parts: ScopeParts): Promise<JobScope> {
  const jobId = await idOf('job', job, parts);
  const many = async (thing: Thing, references: readonly Reference[] | undefined): Promise<number[] | undefined> =>
    references === undefined ? undefined : Promise.all(references.map((one) => idOf(thing, one, parts)));
  return {
    jobId,
    jobName: await parts.directory.nameOf('job', jobId),
    filter: {
      ...periodOf(query),
      jobIds: [jobId],
      destinationIds: await many('destination', query.destination),
      agentIds: await many('agent', query.agent),
      kinds: kindsOf(query),
      statuses: query.status,
    },
  };
}

function periodOf({ start_time, end_time, hours, now }: ScopeQuery & { now: number }): { from: number | undefined; to: number | undefined } {
  if (hours !== undefined && start_time !== undefined) {
    throw new TachoError('invalid_request', 'hours: expected either hours or start_time, got both');
  }
  const from = start_time ?? (hours === undefined ? undefined : Math.round((end_time ?? now) - hours * HOUR_MS));
  if (from !== undefined && end_time !== undefined && end_time <= from) {
    throw new TachoError('invalid_request', 'end_time: expected an instant after start_time');
  }
  return { from, to: end_time };
}

function kindsOf({ kind, metric }: ScopeQuery): string[] | undefined {
  if (kind === undefined && metric === undefined) return undefined;
  return [...new Set([...(kind ?? []), ...kindsOfMetrics(metric ?? [])])];
}

async function idOf(thing: Thing, wanted: Reference, { directory, results }: ScopeParts): Promise<number> {
  const known = await directory.resolve(thing, wanted);
  if (known !== null) return known;
  const id = referenceId(wanted);
  if (id !== null && id <= LARGEST_ID) {
    const filter = { agent: { agentIds: [id] }, destination: { destinationIds: [id] }, job: { jobIds: [id] } }[thing];
    if ((await results.list({ filter, limit: 1 })).length > 0) return id;
  }
  throw new TachoError('not_found', `no ${thing} is called or numbered ${JSON.stringify(wanted)}`);
}
