import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod';
import { agent } from '../../../src/model/agent.ts';
import { destination } from '../../../src/model/destination.ts';
import { formatInstant } from '../../../src/model/instant.ts';
import { job } from '../../../src/model/job.ts';
import { result, type Result } from '../../../src/model/result.ts';
import { seriesAnswer } from '../../../src/model/series.ts';
import { health, session } from '../../../src/protocol/session.ts';
import type { ApiClient } from './client.ts';

/** Lists answer in pages; no list of names here is longer than so many of them. */
const MOST_PAGES = 50;

function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

const resultPage = pageOf(result);

async function everyItem<S extends z.ZodType>(client: ApiClient, list: { path: string; item: S }, signal: AbortSignal): Promise<z.output<S>[]> {
  const items: z.output<S>[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await client.ask(list.path, pageOf(list.item), { query: { cursor }, signal });
    items.push(...answer.items);
    if (answer.next === null) break;
    cursor = answer.next;
  }
  return items;
}

/** How many of the newest results are fetched at first: the opening sentence counts them. */
export const FIRST_RESULTS = 200;

/** The newest results, newest first. `complete`: nothing older exists on the server. */
export interface RecentResults {
  readonly items: readonly Result[];
  readonly complete: boolean;
}

/** One chart's question. The range ends now, whenever it is asked. */
export interface SeriesQuestion {
  readonly kind: string;
  /** One answer each, all of the same range. */
  readonly metrics: readonly string[];
  readonly destination: string;
  readonly rangeS: number;
  readonly bucketS: number;
}

/** Keys of the cache: what the live connection writes to or invalidates. */
export const queryKeys = {
  session: ['session'],
  health: ['health'],
  agents: ['agents'],
  destinations: ['destinations'],
  jobs: ['jobs'],
  recent: ['results', 'recent'],
  series: ['series'],
  seriesOf: (destination: string) => ['series', destination],
} as const;

/** Every question the pages ask, by the name of what is asked for. */
export function apiQueries(client: ApiClient, now: () => number) {
  return {
    session: () =>
      queryOptions({ queryKey: queryKeys.session, queryFn: ({ signal }) => client.ask('/api/session', session, { signal }), staleTime: 60_000 }),
    health: () => queryOptions({ queryKey: queryKeys.health, queryFn: ({ signal }) => client.ask('/api/health', health, { signal }) }),
    agents: () =>
      queryOptions({ queryKey: queryKeys.agents, queryFn: ({ signal }) => everyItem(client, { path: '/api/agents', item: agent }, signal) }),
    destinations: () =>
      queryOptions({
        queryKey: queryKeys.destinations,
        queryFn: ({ signal }) => everyItem(client, { path: '/api/destinations', item: destination }, signal),
      }),
    jobs: () => queryOptions({ queryKey: queryKeys.jobs, queryFn: ({ signal }) => everyItem(client, { path: '/api/jobs', item: job }, signal) }),
    recent: () =>
      queryOptions({
        queryKey: queryKeys.recent,
        queryFn: async ({ signal }): Promise<RecentResults> => {
          const page = await client.ask('/api/results', resultPage, { query: { limit: FIRST_RESULTS }, signal });
          return { items: page.items, complete: page.next === null };
        },
      }),
    series: (question: SeriesQuestion) => {
      const seriesKey = [...queryKeys.seriesOf(question.destination), question] as const;
      return queryOptions({
        queryKey: seriesKey,
        queryFn: ({ signal }) => {
          const to = now();
          const query = {
            kind: question.kind,
            destination: question.destination,
            from: formatInstant(to - question.rangeS * 1000),
            to: formatInstant(to),
            bucket_s: question.bucketS,
          };
          return Promise.all(question.metrics.map((metric) => client.ask('/api/series', seriesAnswer, { signal, query: { ...query, metric } })));
        },
        // Another range of the same destination stands until the new one is there; another destination's never does.
        placeholderData: (previous, asked) => (asked?.queryKey[1] === question.destination ? previous : undefined),
      });
    },
  };
}

export type ApiQueries = ReturnType<typeof apiQueries>;

/** Turns a one-time link into a session. */
export function signIn(client: ApiClient, link: string): Promise<z.output<typeof session>> {
  return client.ask('/api/session', session, { method: 'POST', body: { link } });
}

export function signOut(client: ApiClient): Promise<void> {
  return client.tell('/api/session', { method: 'DELETE' });
}
