import * as z from 'zod';
import { instant } from './instant.ts';

const figures = z.array(z.number().nullable());
const counts = z.array(z.int().nonnegative());

/** One line of a chart as it is answered. The arrays have one length; a bucket without a result is absent. */
export const seriesItem = z.object({
  agent: z.string(),
  agent_id: z.int(),
  destination: z.string().nullable(),
  destination_id: z.int().nullable(),
  /** Start of each bucket, ascending. */
  at: z.array(instant),
  /** Results that carry the metric. */
  count: counts,
  /** The metric in the bucket; null where no result of the bucket carries it. */
  mean: figures,
  min: figures,
  max: figures,
  p5: figures,
  p50: figures,
  p95: figures,
  /** Results in the bucket, and how many of them did not succeed. */
  runs: counts,
  failures: counts,
});
export type SeriesItem = z.output<typeof seriesItem>;

/** The answer to `GET /api/series`: one metric over time, one item per agent and destination. */
export const seriesAnswer = z.object({
  metric: z.string(),
  bucket_s: z.number().positive(),
  from: instant,
  to: instant,
  items: z.array(seriesItem),
});
export type SeriesAnswer = z.output<typeof seriesAnswer>;
