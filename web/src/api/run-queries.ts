import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import * as z from 'zod';
import { forecast } from '../../../src/model/forecast.ts';
import type { Job } from '../../../src/model/job.ts';
import { jobAnalytics } from '../../../src/model/job-analysis.ts';
import { formatInstant } from '../../../src/model/instant.ts';
import { breaker, type Breaker } from '../../../src/model/breaker.ts';
import { lease, type Lease } from '../../../src/model/lease.ts';
import { plannedRun, runsSummary, type RunStatus } from '../../../src/model/planned-run.ts';
import type { Span } from '../words/ranges.ts';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';

const leaseList = z.object({ items: z.array(lease), next: z.string().nullable() });
const breakerList = z.object({ items: z.array(breaker), next: z.string().nullable() });
const runPage = z.object({ items: z.array(plannedRun), next: z.string().nullable() });

/** Rows of a page of runs. */
const RUNS_A_PAGE = 50;
/** Who waits for whom changes within seconds. */
const LEASES_EVERY_MS = 5000;

const BREAKERS_EVERY_MS = 30_000;

/** Which runs of a job: of some statuses, and of a part of the time. */
export interface RunsQuestion {
  readonly job: number;
  readonly hours: number;
  readonly statuses: readonly RunStatus[];
  readonly span: Span | null;
}

/** What is asked of a job's runs: planned, done, foretold; and who measures alone. */
export function runQueries(client: ApiClient) {
  return {
    runsSummary: ({ job, hours, bucketS }: { readonly job: number; readonly hours: number; readonly bucketS: number }) =>
      queryOptions({
        queryKey: ['runs', job, 'summary', hours, bucketS],
        queryFn: ({ signal }) => client.ask(`/api/jobs/${job}/runs/summary`, runsSummary, { query: { hours, bucket: `${bucketS}s` }, signal }),
        // Another range of the same job stands until the new one is there.
        placeholderData: (previous, asked) => (asked?.queryKey[1] === job ? previous : undefined),
      }),
    runs: ({ job, hours, statuses, span }: RunsQuestion) =>
      infiniteQueryOptions({
        queryKey: ['runs', job, 'list', { hours, statuses, span }],
        queryFn: ({ signal, pageParam }) => {
          const when = span === null ? { hours } : { from: formatInstant(span.from), to: formatInstant(span.to) };
          const status = statuses.length === 0 ? undefined : statuses.join(',');
          const query = { ...when, status, limit: RUNS_A_PAGE, after: pageParam ?? undefined };
          return client.ask(`/api/jobs/${job}/runs`, runPage, { query, signal });
        },
        initialPageParam: null as string | null,
        getNextPageParam: (page) => page.next,
      }),
    analytics: (job: number, hours: number) =>
      queryOptions({
        queryKey: ['runs', job, 'analytics', hours],
        queryFn: ({ signal }) => client.ask(`/api/jobs/${job}/analytics`, jobAnalytics, { query: { hours }, signal }),
      }),
    forecastOf: (body: unknown) =>
      queryOptions({
        queryKey: ['forecast', body],
        queryFn: ({ signal }) => client.ask('/api/job-forecast', forecast, { method: 'POST', body, signal }),
        // What was foretold of other fields is not what these would cost.
        retry: false,
        staleTime: 60_000,
      }),
    forecastOfJob: ({ id, revision, enabled }: Pick<Job, 'id' | 'revision' | 'enabled'>) =>
      queryOptions({
        queryKey: ['forecast', id, revision, enabled],
        queryFn: ({ signal }) => client.ask(`/api/jobs/${id}/forecast`, forecast, { signal }),
        staleTime: 60_000,
      }),
    leases: () =>
      queryOptions({
        queryKey: ['leases'],
        queryFn: async ({ signal }): Promise<readonly Lease[]> => (await client.ask('/api/leases', leaseList, { signal })).items,
        refetchInterval: (query) => (query.state.error instanceof ApiError && query.state.error.status === 404 ? false : LEASES_EVERY_MS),
      }),
    /** Those that hold runs back now, of one agent. */
    openBreakers: (agent: number) =>
      queryOptions({
        queryKey: ['breakers', agent],
        queryFn: async ({ signal }): Promise<readonly Breaker[]> =>
          (await client.ask('/api/breakers', breakerList, { query: { agent, state: 'open,half_open' }, signal })).items,
        refetchInterval: BREAKERS_EVERY_MS,
      }),
  };
}
