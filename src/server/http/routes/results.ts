import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { reference, type Reference } from '../../../model/name.ts';
import { kindName, metricName, result, statusInput, type Result } from '../../../model/result.ts';
import { seriesAnswer } from '../../../model/series.ts';
import { batchAnswer, batchDocument, batchInput, LARGEST_BATCH, RESULTS_PATH } from '../../../protocol/batch.ts';
import type { ResultFilter, ResultRow } from '../../../store/results/results-store.ts';
import type { Directory, Thing } from '../../ingest/directory.ts';
import type { Services } from '../../services.ts';
import { fieldsOf, listOfSome, manyOf, withFields } from '../list.ts';
import { route } from '../route.ts';

const filterQuery = {
  kind: manyOf(kindName).optional(),
  agent: manyOf(reference).optional(),
  destination: manyOf(reference).optional(),
  job: manyOf(reference).optional(),
  status: manyOf(statusInput).optional(),
  label: manyOf(z.string().regex(/^[^=]+=/, 'invalid label: expected key=value')).optional(),
};

/** Finest question one series answer covers, in buckets of one line. */
const MOST_BUCKETS = 20_000;
/** And of all its lines: a minute's buckets of a day for more than a hundred pairs. */
const MOST_BUCKETS_IN_ALL = 200_000;

export function resultRoutes({ ingest, results, directory, clock }: Services) {
  return [
    route({
      method: 'POST',
      path: RESULTS_PATH,
      summary: 'Store a batch of results; what is answered as stored is on disk',
      scope: ['write', 'agent'],
      body: batchInput,
      bodyDocument: batchDocument,
      bodyLimit: LARGEST_BATCH,
      response: batchAnswer,
      errors: ['body_too_large', 'malformed_json', 'unsupported_media_type', 'unavailable'],
      handle: ({ body, principal }) => ingest.post(body, principal),
    }),
    route({
      method: 'GET',
      path: RESULTS_PATH,
      summary: 'Results, newest first',
      scope: 'read',
      query: z.object({
        ...filterQuery,
        from: instant.optional(),
        to: instant.optional(),
        fields: fieldsOf(result),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        cursor: z.string().max(200).optional(),
      }),
      response: listOfSome(result),
      errors: ['not_found'],
      handle: async ({ query }) => {
        const filter = await filterOf(directory, query);
        const rows = await results.list({ filter, limit: query.limit, after: query.cursor === undefined ? undefined : readCursor(query.cursor) });
        const last = rows.at(-1);
        return {
          items: (await Promise.all(rows.map((row) => describeResult(directory, row)))).map((item) => withFields(item, query.fields)),
          next: last === undefined || rows.length < query.limit ? null : writeCursor(last),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/series',
      summary: 'A metric over time, in buckets: one line for each agent and destination',
      scope: 'read',
      query: z.object({
        ...filterQuery,
        metric: metricName,
        from: instant,
        to: instant.optional(),
        bucket_s: z.coerce
          .number()
          .int()
          .min(1)
          .max(31 * 86_400)
          .default(60),
      }),
      response: seriesAnswer,
      errors: ['not_found'],
      handle: async ({ query }) => {
        const to = query.to ?? clock.now();
        if (to <= query.from) throw new TachoError('invalid_request', 'to: expected an instant after from');
        const bucketMs = query.bucket_s * 1000;
        if ((to - query.from) / bucketMs > MOST_BUCKETS) {
          throw new TachoError(
            'invalid_request',
            `bucket_s: expected at most ${MOST_BUCKETS} buckets from from to to, got ${Math.ceil((to - query.from) / bucketMs)}`,
          );
        }
        const filter = { ...(await filterOf(directory, query)), from: query.from, to };
        const series = await results.series({ filter, metric: query.metric, bucketMs, mostBuckets: MOST_BUCKETS_IN_ALL });
        return {
          metric: query.metric,
          bucket_s: query.bucket_s,
          from: query.from,
          to,
          items: await Promise.all(
            series.map(async ({ agentId, destinationId, ...columns }) => ({
              agent: await directory.nameOf('agent', agentId),
              agent_id: agentId,
              destination: destinationId === null ? null : await directory.nameOf('destination', destinationId),
              destination_id: destinationId,
              at: [...columns.at],
              count: [...columns.count],
              mean: [...columns.mean],
              min: [...columns.min],
              max: [...columns.max],
              p5: [...columns.p5],
              p50: [...columns.p50],
              p95: [...columns.p95],
              runs: [...columns.runs],
              failures: [...columns.failures],
            })),
          ),
        };
      },
    }),
  ];
}

type FilterQuery = z.output<z.ZodObject<typeof filterQuery>> & { from?: number | undefined; to?: number | undefined };

async function filterOf(directory: Directory, query: FilterQuery): Promise<ResultFilter> {
  const ids = async (thing: Thing, references: Reference[] | undefined): Promise<number[] | undefined> => {
    if (references === undefined) return undefined;
    return Promise.all(
      references.map(async (one) => {
        const id = await directory.resolve(thing, one);
        if (id === null) throw new TachoError('not_found', `no ${thing} is called or numbered ${JSON.stringify(one)}`);
        return id;
      }),
    );
  };
  return {
    from: query.from,
    to: query.to,
    kinds: query.kind,
    agentIds: await ids('agent', query.agent),
    destinationIds: await ids('destination', query.destination),
    jobIds: await ids('job', query.job),
    statuses: query.status,
    labels:
      query.label === undefined
        ? undefined
        : Object.fromEntries(query.label.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
  };
}

/** A stored result as it is answered: ids with today's names. */
export async function describeResult(directory: Directory, row: ResultRow): Promise<Result> {
  return {
    id: row.id,
    run: row.run,
    planned_at: row.plannedAt,
    started_at: row.startedAt,
    duration_ms: row.durationMs,
    clock_offset_ms: row.clockOffsetMs,
    kind: row.kind,
    status: row.status,
    failure: row.failure,
    metrics: row.metrics,
    labels: row.labels,
    details: row.details,
    agent: await directory.nameOf('agent', row.agentId),
    agent_id: row.agentId,
    destination: row.destinationId === null ? null : await directory.nameOf('destination', row.destinationId),
    destination_id: row.destinationId,
    job: row.jobId === null ? null : await directory.nameOf('job', row.jobId),
    job_id: row.jobId,
  };
}

/** Where a page of results ended. */
export function writeCursor(row: Pick<ResultRow, 'startedAt' | 'id'>): string {
  return Buffer.from(`${row.startedAt}/${row.id}`).toString('base64url');
}

export function readCursor(cursor: string): { startedAt: number; id: string } {
  const match = /^(-?\d{1,15})\/([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match) throw new TachoError('invalid_request', 'cursor: expected the next of an earlier answer');
  return { startedAt: Number(match[1]), id: match[2] ?? '' };
}
