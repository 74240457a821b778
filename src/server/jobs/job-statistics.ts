import { setImmediate } from 'node:timers/promises';
import { summariseSorted, type Summary } from '../../analytics/summary.ts';
import { trendOf, type Trend } from '../../analytics/trend.ts';
import { TachoError } from '../../model/errors.ts';
import type { JobAnalytics, MetricStatistics, RunStatistics } from '../../model/job-analysis.ts';
import { findKindDescription } from '../../model/kinds/index.ts';
import type { Status } from '../../model/result.ts';
import type { ResultFilter, ResultsStore, Values } from '../../store/results/results-store.ts';
import type { Directory } from '../ingest/directory.ts';
import { newestFirst } from './job-results.ts';
import type { JobScope } from './job-scope.ts';
import { MetricNames } from './metric-table.ts';

const HOUR_MS = 3_600_000;
/** Results whose statistics are made at once: with four metrics about 20 MB. */
const MOST_RESULTS = 500_000;
const METRICS_AT_ONCE = 4;
/** Newest results of a kind in which metrics are looked for that the kind does not describe. */
const NEWEST = 1000;

/** Results that are described together. */
interface Group {
  readonly kind: string;
  readonly destinationId: number | null;
  readonly agentId: number | null;
  readonly runs: Record<Status, number>;
}

/** Values of one metric of one group, in the order of their instants. */
export interface Line {
  readonly group: RunStatistics;
  readonly metric: string;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly sorted: Float64Array;
}

export interface StatisticsOptions {
  readonly byAgent: boolean;
  readonly results: Pick<ResultsStore, 'list' | 'values'>;
  readonly directory: Pick<Directory, 'nameOf'>;
  /** Also told of each line, for what else is made of the same values. */
  readonly onLine?: (line: Line) => void;
  readonly mostResults?: number;
}

export type BoundedScope = JobScope & { readonly filter: ResultFilter & { readonly from: number; readonly to: number } };

/** Statistics of a job's results, one group and one metric after another: others get their turn between two. */
export async function describeJob(scope: BoundedScope, options: StatisticsOptions): Promise<JobAnalytics> {
  const { filter, jobName, jobId } = scope;
  const { results, directory, mostResults = MOST_RESULTS } = options;
  const all = await results.values({ filter, metrics: [], limit: mostResults });
  if (!all.complete) {
    throw new TachoError('invalid_request', `start_time: expected a period of at most ${mostResults} results, got more: narrow it`);
  }
  const groups = groupsOf(all, options);
  const named = new Map<Group, RunStatistics>();
  for (const group of groups.list) named.set(group, await nameGroup(group, directory));
  const items: MetricStatistics[] = [];
  for (const kind of new Set(groups.list.map((group) => group.kind))) {
    const metrics = await metricsOf(kind, filter, results);
    for (let first = 0; first < metrics.length; first += METRICS_AT_ONCE) {
      const some = metrics.slice(first, first + METRICS_AT_ONCE);
      const values = await results.values({ filter: { ...filter, kinds: [kind] }, metrics: some, limit: mostResults });
      for (const line of linesOf(values, some, { groups, named })) {
        items.push(describeLine(line));
        options.onLine?.(line);
        await setImmediate();
      }
    }
  }
  const runs = emptyRuns();
  for (const group of groups.list) for (const status of statusesOf(runs)) runs[status] += group.runs[status];
  return {
    job: jobName,
    job_id: jobId,
    start_time: filter.from,
    end_time: filter.to,
    period_hours: (filter.to - filter.from) / HOUR_MS,
    first_result: all.startedAt[0] ?? null,
    last_result: all.startedAt.at(-1) ?? null,
    results: all.startedAt.length,
    runs,
    success_rate_pct: successRate(runs),
    exact: true,
    groups: [...named.values()].sort(byName),
    items: items.sort(byName),
  };
}

/** Successes of what was measured, in percent: what was skipped was not measured; null where nothing was. */
export function successRate({ success, failed, timeout }: Readonly<Record<Status, number>>): number | null {
  const measured = success + failed + timeout;
  return measured === 0 ? null : (success / measured) * 100;
}

interface Groups {
  readonly list: readonly Group[];
  groupOf(source: Pick<Values['sources'][number], 'kind' | 'destinationId' | 'agentId'>): Group | undefined;
}

function groupsOf({ source, sources, status }: Values, { byAgent }: StatisticsOptions): Groups {
  const groups = new Map<string, Group>();
  const keyOf = ({ kind, destinationId, agentId }: Omit<Group, 'runs'>): string => [kind, destinationId, byAgent ? agentId : null].join('/');
  const ofSource = sources.map((one) => {
    const key = keyOf(one);
    const group = groups.get(key) ?? { kind: one.kind, destinationId: one.destinationId, agentId: byAgent ? one.agentId : null, runs: emptyRuns() };
    groups.set(key, group);
    return group;
  });
  for (const [index, one] of status.entries()) {
    const group = ofSource[source[index] ?? -1];
    if (group !== undefined) group.runs[one]++;
  }
  return { list: [...groups.values()], groupOf: (one) => groups.get(keyOf(one)) };
}

async function nameGroup({ kind, destinationId, agentId, runs }: Group, directory: StatisticsOptions['directory']): Promise<RunStatistics> {
  return {
    destination: destinationId === null ? null : await directory.nameOf('destination', destinationId),
    destination_id: destinationId,
    agent: agentId === null ? null : await directory.nameOf('agent', agentId),
    agent_id: agentId,
    kind,
    runs,
    success_rate_pct: successRate(runs),
  };
}

/** What a kind describes, and what else its newest results carry. */
async function metricsOf(kind: string, filter: ResultFilter, results: StatisticsOptions['results']): Promise<string[]> {
  const names = new MetricNames();
  for await (const rows of newestFirst(results, { filter: { ...filter, kinds: [kind] }, limit: NEWEST })) for (const row of rows) names.add(row);
  return names.of(kind);
}

function* linesOf(
  values: Values,
  metrics: readonly string[],
  { groups, named }: { groups: Groups; named: ReadonlyMap<Group, RunStatistics> },
): Generator<Line> {
  const { startedAt, source, sources } = values;
  /** Places of each group's results. */
  const places = new Map<Group, number[]>();
  const ofSource = sources.map((one) => groups.groupOf(one));
  for (let i = 0; i < startedAt.length; i++) {
    const group = ofSource[source[i] ?? -1];
    if (group === undefined) continue;
    const own = places.get(group);
    if (own === undefined) places.set(group, [i]);
    else own.push(i);
  }
  for (const [group, indexes] of places) {
    const statistics = named.get(group);
    if (statistics === undefined) continue;
    for (const [column, metric] of metrics.entries()) {
      const carried = values.metrics[column] ?? new Float64Array();
      const known = indexes.filter((index) => !Number.isNaN(carried[index] ?? NaN));
      if (known.length === 0) continue;
      const value = Float64Array.from(known, (index) => carried[index] ?? NaN);
      const at = Float64Array.from(known, (index) => startedAt[index] ?? NaN);
      yield { group: statistics, metric, at, value, sorted: value.slice().sort() };
    }
  }
}

function describeLine({ group, metric, at, value, sorted }: Line): MetricStatistics {
  const definition = findKindDescription(group.kind)?.metrics[metric];
  const summary: Summary = summariseSorted(sorted);
  return {
    ...group,
    metric,
    title: definition?.title ?? null,
    unit: definition?.unit ?? null,
    better: definition?.better ?? null,
    ...summary,
    trend: wireTrend(trendOf({ at, value })),
  };
}

function wireTrend({ direction, change, changePct, slope, pValue, points, isBucketed }: Trend): MetricStatistics['trend'] {
  return {
    direction,
    change_pct: changePct,
    change,
    slope_per_hour: slope === null ? null : slope * HOUR_MS,
    p_value: pValue,
    points,
    bucketed: isBucketed,
  };
}

function byName(a: RunStatistics, b: RunStatistics): number {
  return (
    (a.destination ?? '').localeCompare(b.destination ?? '', 'en') ||
    (a.agent ?? '').localeCompare(b.agent ?? '', 'en') ||
    a.kind.localeCompare(b.kind, 'en')
  );
}

function emptyRuns(): Record<Status, number> {
  return { success: 0, failed: 0, timeout: 0, skipped: 0 };
}

function statusesOf(runs: Record<Status, number>): Status[] {
  return Object.keys(runs) as Status[];
}
