import { byName } from './by-name.ts';
import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod';
import { agent } from '../../../src/model/agent.ts';
import { formatInstant } from '../../../src/model/instant.ts';
import { job } from '../../../src/model/job.ts';
import { result, type Result } from '../../../src/model/result.ts';
import { seriesAnswer, type SeriesAnswer } from '../../../src/model/series.ts';
import { health, session } from '../../../src/protocol/session.ts';
import { BEGINNING, spanOf, windowOfAll, type TimeWindow } from '../words/ranges.ts';
import type { ApiClient } from './client.ts';
import { kindDescription } from './kind-description.ts';
import { seenDestination } from './seen-destination.ts';
import { runQueries } from './run-queries.ts';

/** Lists answer in pages; no list of names here is longer than so many of them. */
const MOST_PAGES = 50;

export function pageOf<S extends z.ZodType>(item: S) {
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

/** Whose results: of one agent, of one destination (each by its id), or of all. */
export interface RecentOf {
  readonly agent?: number;
  readonly destination?: number;
}

/** One agent measuring one kind at one destination; null where the kind has none. */
export interface Pair {
  readonly agent_id: number;
  readonly destination_id: number | null;
  readonly kind: string;
}

/** One chart's question: of one destination, of one agent, or of one at the other. */
export interface SeriesQuestion {
  readonly kind: string;
  /** One answer each, all of the same range. */
  readonly metrics: readonly string[];
  readonly of: { readonly agent?: string; readonly destination?: string };
  readonly window: TimeWindow;
}

/** Keys of the cache: what the live connection writes to or invalidates. */
export const queryKeys = {
  session: ['session'],
  health: ['health'],
  waysIn: ['sign-in'],
  kinds: ['kinds'],
  agents: ['agents'],
  destinations: ['destinations'],
  jobs: ['jobs'],
  recent: ['results', 'recent'],
  recentOf: (of: RecentOf) => ['results', 'recent', of],
  latest: (pair: Pair) => ['results', 'latest', pair],
  runs: ['runs'],
  runsOf: (job: number) => ['runs', job],
  leases: ['leases'],
  series: ['series'],
  // A key matches every longer one that holds what it holds: of a destination, whoever measured it.
  seriesOf: (of: SeriesQuestion['of']) => ['series', of],
} as const;

const DAY_S = 86_400;

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly bucketS: number;
}

type SeriesPart = Pick<SeriesQuestion, 'kind' | 'of'> & Bounds & { readonly metric: string };

function askSeries(client: ApiClient, { kind, of, metric, from, to, bucketS }: SeriesPart, signal: AbortSignal): Promise<SeriesAnswer> {
  const query = { kind, ...of, metric, from: formatInstant(from), to: formatInstant(to), bucket_s: bucketS };
  return client.ask('/api/series', seriesAnswer, { signal, query });
}

/** Where a chart begins and ends. For all there is it is asked first which days have a result. */
async function boundsOf(client: ApiClient, question: SeriesQuestion, { now, signal }: { now: number; signal: AbortSignal }): Promise<Bounds> {
  const { kind, of, window, metrics } = question;
  if (!('all' in window)) return { ...spanOf(window, now), bucketS: window.bucketS };
  const days = await Promise.all(metrics.map((metric) => askSeries(client, { kind, of, metric, from: BEGINNING, to: now, bucketS: DAY_S }, signal)));
  const items = days.flatMap((answer) => answer.items).filter((item) => item.at.length > 0);
  if (items.length === 0) return windowOfAll(null, now);
  const first = Math.min(...items.map((item) => item.at[0] ?? now));
  const last = Math.max(...items.map((item) => item.at.at(-1) ?? first));
  return windowOfAll({ first, last }, now);
}

/** Every question the pages ask, by the name of what is asked for. */
export function apiQueries(client: ApiClient, now: () => number) {
  return {
    ...runQueries(client),
    session: () =>
      queryOptions({ queryKey: queryKeys.session, queryFn: ({ signal }) => client.ask('/api/session', session, { signal }), staleTime: 60_000 }),
    health: () => queryOptions({ queryKey: queryKeys.health, queryFn: ({ signal }) => client.ask('/api/health', health, { signal }) }),
    waysIn: () =>
      queryOptions({
        queryKey: queryKeys.waysIn,
        queryFn: ({ signal }) => client.ask('/api/sign-in', z.object({ password: z.boolean() }), { signal }),
      }),
    kinds: () =>
      queryOptions({
        queryKey: queryKeys.kinds,
        queryFn: ({ signal }) => everyItem(client, { path: '/api/kinds', item: kindDescription }, signal),
        // What can be measured changes with the server's version only.
        staleTime: 3_600_000,
      }),
    agents: () =>
      queryOptions({
        queryKey: queryKeys.agents,
        queryFn: async ({ signal }) => byName(await everyItem(client, { path: '/api/agents', item: agent }, signal)),
      }),
    destinations: () =>
      queryOptions({
        queryKey: queryKeys.destinations,
        queryFn: ({ signal }) => everyItem(client, { path: '/api/destinations', item: seenDestination }, signal),
      }),
    jobs: () => queryOptions({ queryKey: queryKeys.jobs, queryFn: ({ signal }) => everyItem(client, { path: '/api/jobs', item: job }, signal) }),
    recent: (of: RecentOf = {}) =>
      queryOptions({
        queryKey: queryKeys.recentOf(of),
        queryFn: async ({ signal }): Promise<RecentResults> => {
          const page = await client.ask('/api/results', resultPage, { query: { ...of, limit: FIRST_RESULTS }, signal });
          return { items: page.items, complete: page.next === null };
        },
      }),
    latest: (pair: Pair) =>
      queryOptions({
        queryKey: queryKeys.latest(pair),
        queryFn: async ({ signal }): Promise<Result | null> => {
          const query = { agent: pair.agent_id, destination: pair.destination_id ?? undefined, kind: pair.kind, limit: 1 };
          return (await client.ask('/api/results', resultPage, { query, signal })).items[0] ?? null;
        },
        // Newer ones come over the live connection.
        staleTime: 300_000,
      }),
    history: (question: Omit<SeriesQuestion, 'window'>) =>
      queryOptions({
        queryKey: ['series', question.of, 'history', question],
        queryFn: ({ signal }) =>
          Promise.all(
            question.metrics.map((metric) =>
              askSeries(client, { ...question, metric, from: BEGINNING, to: now() + DAY_S * 1000, bucketS: DAY_S }, signal),
            ),
          ),
      }),
    series: (question: SeriesQuestion) => {
      const seriesKey = ['series', question.of, question] as const;
      const same = (asked: SeriesQuestion['of'] | undefined): boolean =>
        asked?.agent === question.of.agent && asked?.destination === question.of.destination;
      return queryOptions({
        queryKey: seriesKey,
        queryFn: async ({ signal }) => {
          const window = await boundsOf(client, question, { now: now(), signal });
          return Promise.all(question.metrics.map((metric) => askSeries(client, { ...question, metric, ...window }, signal)));
        },
        // Another range of the same lines stands until the new one is there; other lines never do.
        placeholderData: (previous, asked) => (same(asked?.queryKey[1]) && asked?.queryKey[2].kind === question.kind ? previous : undefined),
      });
    },
  };
}

export type ApiQueries = ReturnType<typeof apiQueries>;
