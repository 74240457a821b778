import { Readable } from 'node:stream';
import * as z from 'zod';
import { exporters, exportFormats } from '../../../exporters/index.ts';
import type { ExportDocument, Exporter, Table } from '../../../exporters/exporter.ts';
import { TachoError } from '../../../model/errors.ts';
import { formatInstant } from '../../../model/instant.ts';
import { jobAnalytics, metricRow } from '../../../model/job-analysis.ts';
import { describeJob, type BoundedScope } from '../../jobs/job-statistics.ts';
import { BEGINNING, newestFirst, oldestFirst } from '../../jobs/job-results.ts';
import { scopeOf, scopeQuery, type JobScope, type ScopeQuery } from '../../jobs/job-scope.ts';
import { flattener, MetricNames, metricTable, type FlatResult } from '../../jobs/metric-table.ts';
import { analysisSheets, ResponseTimes } from '../../jobs/export-sheets.ts';
import type { Services } from '../../services.ts';
import { idParams } from '../list.ts';
import { route, StreamedAnswer } from '../route.ts';
import { readCursor, writeCursor } from './results.ts';

const DEFAULT_ROWS = 10_000;
const MOST_ROWS = 50_000;
const BATCH = 1000;
/** What analytics look at unless asked for another period: long enough for a trend, short enough for any job. */
const DEFAULT_HOURS = 720;
/** Somewhat beyond now, because clocks differ: as late as a result is taken. */
const HOUR_MS = 3_600_000;

const inTheWordsOf = (rows: string): string => `${rows}; for each result one flat row, every metric in a column of its own`;

export function jobAnalysisRoutes({ results, directory, clock }: Services) {
  const parts = { results, directory };
  const scope = (id: string, query: ScopeQuery): Promise<JobScope> => scopeOf(id, { ...query, now: clock.now() }, parts);
  const bounded = ({ filter, ...rest }: JobScope): BoundedScope => ({
    ...rest,
    filter: { ...filter, from: filter.from ?? BEGINNING, to: filter.to ?? clock.now() + HOUR_MS },
  });
  const oneAtATime = createQueue();

  /** The whole of a scope as a file: read once for the columns, and once for the rows. */
  const documentOf = async (whole: BoundedScope, { mostRows, why }: Exporter): Promise<ExportDocument> => {
    const names = new MetricNames();
    let count = 0;
    for await (const rows of newestFirst(results, { filter: whole.filter, limit: mostRows === null ? Infinity : mostRows + 1 })) {
      for (const row of rows) names.add(row);
      count += rows.length;
    }
    if (mostRows !== null && count > mostRows) {
      throw new TachoError(
        'invalid_request',
        `format: expected csv, json or ndjson, or a shorter period, for more than ${mostRows} results: ${why ?? ''}`,
      );
    }
    const { columns, rowOf } = metricTable(names);
    const flatten = flattener(directory);
    const table: Table = {
      columns,
      batches: async function* () {
        for await (const rows of oldestFirst(results, whole.filter)) yield (await Promise.all(rows.map(flatten))).map(rowOf);
      },
    };
    return {
      table,
      sheets: async () => {
        const times = new ResponseTimes();
        const analytics = await describeJob(whole, { byAgent: false, ...parts, onLine: (line) => times.add(line) });
        return analysisSheets(analytics, times);
      },
    };
  };

  return [
    route({
      method: 'GET',
      path: '/api/jobs/:id/metrics',
      summary: inTheWordsOf('The newest results of a job, oldest of them first'),
      scope: 'read',
      params: idParams,
      query: z.object({
        ...scopeQuery,
        limit: z.coerce
          .number()
          .int()
          .min(1)
          .max(MOST_ROWS)
          .default(DEFAULT_ROWS)
          .meta({ description: 'most rows; where there are older ones, the Link header names the page before this one as rel="next"' }),
        cursor: z.string().max(200).optional().meta({ description: 'of a Link header' }),
      }),
      response: z.array(metricRow),
      errors: ['not_found'],
      handle: async ({ params, query, reply }) => {
        const { filter, jobId } = await scope(params.id, query);
        const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
        const names = new MetricNames();
        const flatten = flattener(directory);
        const found: FlatResult[] = [];
        // One more than asked for shows whether there are more.
        for await (const rows of newestFirst(results, { filter, limit: query.limit + 1, after })) {
          for (const row of rows) {
            const last = found.length === query.limit ? found.at(-1) : undefined;
            if (last !== undefined) {
              reply.header('link', `<${nextPage(jobId, filter, { limit: query.limit, cursor: writeCursor(last) })}>; rel="next"`);
              break;
            }
            names.add(row);
            found.push(await flatten(row));
          }
        }
        const { columns, rowOf } = metricTable(names);
        found.reverse();
        const batches = async function* () {
          for (let first = 0; first < found.length; first += BATCH) yield found.slice(first, first + BATCH).map(rowOf);
        };
        return streamed(exporters.json, { table: { columns, batches }, sheets: async () => [] });
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:id/analytics',
      summary: 'Statistics of a job: figures and trend of each destination and metric, and success rates',
      scope: 'read',
      params: idParams,
      query: z.object({
        ...scopeQuery,
        hours: scopeQuery.hours.meta({ description: `the last so many hours, in place of start_time; ${DEFAULT_HOURS} unless said` }),
        group_by: z.enum(['agent']).optional().meta({ description: 'agent: each agent apart; together unless said' }),
      }),
      response: jobAnalytics,
      errors: ['not_found'],
      handle: async ({ params, query }) => {
        const hours = query.hours ?? (query.start_time === undefined ? DEFAULT_HOURS : undefined);
        const found = await scope(params.id, { ...query, hours, end_time: query.end_time ?? clock.now() });
        return describeJob(bounded(found), { byAgent: query.group_by === 'agent', ...parts });
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:id/export',
      summary: inTheWordsOf('The results of a job as a file, oldest first'),
      scope: 'read',
      params: idParams,
      query: z.object({
        ...scopeQuery,
        format: z
          .enum(exportFormats as [string, ...string[]])
          .default('xlsx')
          .meta({ description: 'xlsx also holds statistics, success rates, response times and charts' }),
      }),
      response: z.array(metricRow),
      otherContentTypes: exportFormats.filter((format) => format !== 'json').map((format) => exporters[format].contentType),
      errors: ['not_found'],
      handle: async ({ params, query, reply }) => {
        const exporter: Exporter = exporters[query.format as keyof typeof exporters];
        const whole = bounded(await scope(params.id, query));
        const answer = async (): Promise<StreamedAnswer> => streamed(exporter, await documentOf(whole, exporter));
        // What is made in memory is made one after another, or a few requests together would take all of it.
        const made = await (exporter.mostRows === null ? answer() : oneAtATime(answer));
        reply.header('content-disposition', `attachment; filename="${fileName(whole.jobName, clock.now(), exporter.extension)}"`);
        return made;
      },
    }),
  ];
}

/** The answer begins when its first piece is there, so that what fails until then is still an error of the usual form. */
async function streamed(exporter: Exporter, document: ExportDocument): Promise<StreamedAnswer> {
  const controller = new AbortController();
  const pieces = exporter.write(document, { signal: controller.signal })[Symbol.asyncIterator]();
  const first = await pieces.next();
  const body = Readable.from(
    (async function* () {
      if (first.done !== true) yield first.value;
      for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) yield piece.value;
    })(),
    { objectMode: false },
  );
  // Who goes away ends the reading too.
  body.once('close', () => {
    controller.abort();
    void pieces.return?.();
  });
  return new StreamedAnswer(exporter.contentType, body);
}

/** A relative address: how this server is called from outside, only the asker knows. */
function nextPage(jobId: number, filter: JobScope['filter'], { limit, cursor }: { limit: number; cursor: string }): string {
  const { from, to, destinationIds, agentIds, kinds, statuses } = filter;
  const query = new URLSearchParams();
  const set = (name: string, value: string | undefined): void => (value === undefined ? undefined : query.set(name, value));
  set('start_time', from === undefined ? undefined : formatInstant(from));
  set('end_time', to === undefined ? undefined : formatInstant(to));
  set('destination', destinationIds?.join(','));
  set('agent', agentIds?.join(','));
  set('kind', kinds?.join(','));
  set('status', statuses?.join(','));
  query.set('limit', String(limit));
  query.set('cursor', cursor);
  return `/api/jobs/${jobId}/metrics?${query.toString()}`;
}

/** A name that any file system takes, and that ends no header. */
function fileName(job: string, now: number, extension: string): string {
  const word = job
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+|\.{2,}/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return `${word === '' ? 'job' : word}-${formatInstant(now).slice(0, 19).replaceAll(':', '')}.${extension}`;
}

/** Runs one task after another. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    return mine;
  };
}
