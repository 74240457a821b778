import * as z from 'zod';
import { instant } from './instant.ts';
import { status } from './result.ts';

/** A result as one flat row: these fields, and every metric beside them by its own name. */
export const metricRow = z
  .looseObject({
    timestamp: instant.meta({ description: 'when it was measured' }),
    planned_at: instant.nullable().meta({ description: 'when it was planned; null where nobody planned it' }),
    job: z.string(),
    agent: z.string(),
    destination: z.string().nullable(),
    metric: z.string().meta({ description: "the kind, in the words of a job's metrics" }),
    kind: z.string(),
    status,
    response_time_ms: z.number().nullable().meta({ description: "the kind's headline latency: ping's mean, a lookup's or a request's total" }),
    failure_source: z.string().nullable(),
    failure_code: z.string().nullable(),
    failure_message: z.string().nullable(),
  })
  .meta({ id: 'MetricRow', description: 'further fields are metrics: a number, or null where this result does not carry what another one does' });

/** The fields that every row has, in their order. */
export const metricRowFields = Object.keys(metricRow.shape) as readonly (keyof typeof metricRow.shape)[];

const figure = z.number().nullable();

const runs = {
  runs: z
    .object({ success: z.int(), failed: z.int(), timeout: z.int(), skipped: z.int() })
    .meta({ description: 'results by status; a run that never reported is no result and in none of them' }),
  success_rate_pct: figure.meta({
    description: 'successes of what was measured: success / (success + failed + timeout); null where nothing was. Skipped runs were not measured',
  }),
};

const who = {
  destination: z.string().nullable(),
  destination_id: z.int().nullable(),
  agent: z.string().nullable().meta({ description: 'null where agents are taken together' }),
  agent_id: z.int().nullable(),
  kind: z.string(),
};

export const trend = z.object({
  direction: z.enum(['increasing', 'decreasing', 'stable', 'not_enough_data']),
  change_pct: figure.meta({ description: 'from the first result to the last along the fitted line, in percent of where it begins' }),
  change: figure.meta({ description: 'the same in the unit of the metric' }),
  slope_per_hour: figure.meta({ description: "Sen's slope, in the unit of the metric" }),
  p_value: figure.meta({ description: 'Mann-Kendall, two-sided; a trend is called one below 0.05' }),
  points: z.int().meta({ description: 'points tested' }),
  bucketed: z.boolean().meta({ description: 'whether the points are means of equal times, because there were too many results' }),
});

export const metricStatistics = z.object({
  ...who,
  metric: z.string(),
  title: z.string().nullable(),
  unit: z.string().nullable().meta({ description: 'null for a metric that only an outside system knows' }),
  better: z.enum(['lower', 'higher']).nullable().meta({ description: 'the direction in which a change is good' }),
  count: z.int().meta({ description: 'results that carry the metric' }),
  mean: figure,
  median: figure,
  min: figure,
  max: figure,
  stddev: figure.meta({ description: 'of a sample' }),
  p5: figure,
  p95: figure,
  p99: figure,
  ...runs,
  trend,
});
export type MetricStatistics = z.output<typeof metricStatistics>;

export const runStatistics = z.object({ ...who, ...runs });
export type RunStatistics = z.output<typeof runStatistics>;

/** The answer to `GET /api/jobs/{id}/analytics`. */
export const jobAnalytics = z
  .object({
    job: z.string(),
    job_id: z.int(),
    start_time: instant.meta({ description: 'inclusive' }),
    end_time: instant.meta({ description: 'exclusive' }),
    period_hours: z.number(),
    first_result: instant.nullable(),
    last_result: instant.nullable(),
    results: z.int(),
    ...runs,
    exact: z.boolean().meta({ description: 'whether every figure comes from every result of the period' }),
    groups: z.array(runStatistics).meta({ description: 'each destination (and agent) and kind' }),
    items: z.array(metricStatistics).meta({ description: 'each destination (and agent) and metric that some result carries' }),
  })
  .meta({ id: 'JobAnalytics' });
export type JobAnalytics = z.output<typeof jobAnalytics>;
