import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { reference, referenceId, type Reference } from '../../../model/name.ts';
import { noRuns, plannedRun, runsSummary, runStatus, type PlannedRun, type RunCounts } from '../../../model/planned-run.ts';
import { kindName } from '../../../model/result.ts';
import type { PlannedSeriesRow } from '../../../store/control/control-store.ts';
import type { RunFilter } from '../../../store/results/results-store.ts';
import type { Thing } from '../../ingest/directory.ts';
import { listRuns, type FoundRun, type RunPosition } from '../../planning/list-runs.ts';
import { sumInto, summarizeRuns } from '../../planning/summarize-runs.ts';
import type { Services } from '../../services.ts';
import { idParams, listOf, manyOf } from '../list.ts';
import { route } from '../route.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;
/** Ten years. */
const MOST_HOURS = 87_600;

/** How other systems call our statuses. */
const runStatusInput = z.preprocess((value) => (value === 'completed' ? 'success' : value === 'error' ? 'failed' : value), runStatus);

const bucket = z
  .string()
  .regex(/^[1-9]\d{0,6}(s|m|h|d)?$/, 'invalid bucket: expected a time such as 15m, 1h or 1d')
  .transform((text) => parseInt(text, 10) * ({ m: 60, h: 3600, d: 86_400 }[text.at(-1) ?? ''] ?? 1))
  .meta({ description: 'width of a bucket, such as 15m, 1h or 1d' });

const scopeQuery = {
  from: instant.optional().meta({ description: 'first planned instant; UTC where it has no zone' }),
  to: instant.optional().meta({ description: 'end of the planned instants, exclusive; now where it is absent' }),
  hours: z.coerce
    .number()
    .positive()
    .max(MOST_HOURS)
    .optional()
    .meta({ description: `so many hours before to, in place of from; ${DEFAULT_HOURS}` }),
  agent: manyOf(reference).optional(),
  destination: manyOf(reference).optional(),
  kind: manyOf(kindName).optional(),
};
type ScopeQuery = z.output<z.ZodObject<typeof scopeQuery>>;

/** What was planned for a job, and what became of it. */
export function runRoutes({ control, results, directory, planner, clock }: Services) {
  const idOf = async (thing: Thing, wanted: Reference): Promise<number> => {
    const known = await directory.resolve(thing, wanted);
    if (known !== null) return known;
    // What was removed keeps its runs, and is known by its id.
    const id = referenceId(wanted);
    if (id !== null && (await control.formerNames.find(thing, id)) !== null) return id;
    throw new TachoError('not_found', `no ${thing} is called or numbered ${JSON.stringify(wanted)}`);
  };
  const idsOf = (thing: Thing, wanted: readonly Reference[] | undefined): Promise<number[]> | undefined =>
    wanted === undefined ? undefined : Promise.all(wanted.map((one) => idOf(thing, one)));

  /** What a query means: the range, the lines of the ledger in it, and the filter of their results. */
  const scopeOf = async (job: string, query: ScopeQuery) => {
    const now = clock.now();
    const to = query.to ?? now;
    if (query.from !== undefined && query.hours !== undefined)
      throw new TachoError('invalid_request', 'hours: expected either hours or from, got both');
    const from = query.from ?? Math.round(to - (query.hours ?? DEFAULT_HOURS) * HOUR_MS);
    if (to <= from) throw new TachoError('invalid_request', 'to: expected an instant after from');
    const jobId = await idOf('job', job);
    const [agentIds, destinationIds] = [await idsOf('agent', query.agent), await idsOf('destination', query.destination)];
    const filter: RunFilter = { jobIds: [jobId], agentIds, destinationIds, kinds: query.kind };
    // A series that began a little after its first run is in the ledger later than that run.
    const rows = await control.planLedger.list({ from, to: to + 60_000, jobIds: [jobId], agentIds });
    const isWanted = (row: PlannedSeriesRow): boolean =>
      (destinationIds === undefined || (row.destinationId !== null && destinationIds.includes(row.destinationId))) &&
      (query.kind === undefined || query.kind.includes(row.kind));
    const stored = (await planner.now()).jobs.find(({ id }) => id === jobId);
    const series = rows.filter(isWanted);
    const kinds = [...new Set([...series.map(({ kind }) => kind), ...(stored?.kinds ?? []).filter((kind) => query.kind?.includes(kind) ?? true)])];
    return { now, from, to, filter, series, kinds, options: stored?.options ?? {} };
  };
  const nameOf = async (thing: Thing, id: number | null): Promise<string | null> => (id === null ? null : directory.nameOf(thing, id));
  const described = async ({ plannedAt, agentId, destinationId, startedAt, latePossible, ...same }: FoundRun): Promise<PlannedRun> => ({
    ...same,
    planned_at: plannedAt,
    agent: await directory.nameOf('agent', agentId),
    agent_id: agentId,
    destination: await nameOf('destination', destinationId),
    destination_id: destinationId,
    late_possible: latePossible,
    started_at: startedAt,
  });

  return [
    route({
      method: 'GET',
      path: '/api/jobs/:id/runs',
      summary: 'Runs of a job as they were planned, newest first, and what became of each',
      scope: 'read',
      params: idParams,
      query: z.object({
        ...scopeQuery,
        status: manyOf(runStatusInput).optional(),
        unplanned: z.stringbool().default(false).meta({ description: 'also runs that were asked for beside the plan' }),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        cursor: z.string().max(400).optional().meta({ description: 'next of the page before' }),
        after: z.string().max(400).optional().meta({ description: 'the same as cursor' }),
      }),
      response: listOf(plannedRun),
      errors: ['not_found'],
      handle: async ({ params, query }) => {
        const scope = await scopeOf(params.id, query);
        const cursor = query.cursor ?? query.after;
        const { items, next } = await listRuns(results, {
          ...scope,
          statuses: query.status ?? null,
          unplanned: query.unplanned,
          limit: query.limit,
          after: cursor === undefined ? null : readPosition(cursor),
        });
        return { items: await Promise.all(items.map(described)), next: next === null ? null : writePosition(next) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:id/runs/summary',
      summary: 'How many runs of a job ended how, were missed or are expected, by agent and destination, and over time',
      scope: 'read',
      params: idParams,
      query: z.object({ ...scopeQuery, bucket: bucket.optional() }),
      response: runsSummary,
      errors: ['not_found'],
      handle: async ({ params, query }) => {
        const scope = await scopeOf(params.id, query);
        const { lines, buckets } = await summarizeRuns(results, { ...scope, bucketMs: query.bucket === undefined ? null : query.bucket * 1000 });
        const all = noRuns();
        for (const { agentId: _agent, destinationId: _destination, kind: _kind, ...counts } of lines) sumInto(all, counts);
        return {
          from: scope.from,
          to: scope.to,
          bucket_s: query.bucket ?? null,
          ...withTotal(all),
          items: await Promise.all(
            lines.map(async ({ agentId, destinationId, kind, ...counts }) => ({
              agent: await directory.nameOf('agent', agentId),
              agent_id: agentId,
              destination: await nameOf('destination', destinationId),
              destination_id: destinationId,
              kind,
              ...withTotal(counts),
            })),
          ),
          buckets: buckets === null ? null : buckets.map(({ at, ...counts }) => ({ at, ...withTotal(counts) })),
        };
      },
    }),
  ];
}

function withTotal(counts: RunCounts): RunCounts & { planned: number } {
  return { planned: Object.values(counts).reduce((sum, count) => sum + count, 0), ...counts };
}

function writePosition({ at, key }: RunPosition): string {
  return Buffer.from(`${at}/${key}`).toString('base64url');
}

function readPosition(text: string): RunPosition {
  const match = /^(-?\d{1,16})\/(.{0,200})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (match === null) throw new TachoError('invalid_request', 'cursor: expected the next of an earlier answer');
  return { at: Number(match[1]), key: match[2] ?? '' };
}
