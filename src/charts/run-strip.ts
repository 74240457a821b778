import type { RunsSummary, RunStatus } from '../model/planned-run.ts';
import { countText } from './number-text.ts';

/** From the foot of a column to its top: what was done as planned carries what was not. */
export const stripOrder: readonly RunStatus[] = ['success', 'failed', 'timeout', 'skipped', 'missing', 'pending'];

/** A status's part of its column, as fractions of the column's height from its foot. */
export interface StripPart {
  readonly status: RunStatus;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** One bucket of time. */
export interface StripColumn {
  readonly at: number;
  readonly until: number;
  readonly planned: number;
  /** Empty where nothing was planned. */
  readonly parts: readonly StripPart[];
}

/** A part that is there must be seen: this share of the height at least. */
const LEAST_SHARE = 0.12;

/** Planned against done over time: a column for every bucket of the range, also for those in which nothing was planned. */
export function runStrip({ from, to, bucket_s, buckets }: Pick<RunsSummary, 'from' | 'to' | 'bucket_s' | 'buckets'>): StripColumn[] {
  const bucketMs = (bucket_s ?? 0) * 1000;
  if (bucketMs === 0 || buckets === null) return [];
  const byStart = new Map(buckets.map((bucket) => [bucket.at, bucket]));
  const columns: StripColumn[] = [];
  for (let at = Math.floor(from / bucketMs) * bucketMs; at < to; at += bucketMs) {
    const bucket = byStart.get(at);
    columns.push({ at, until: at + bucketMs, planned: bucket?.planned ?? 0, parts: bucket === undefined ? [] : partsOf(bucket) });
  }
  return columns;
}

function partsOf(counts: Record<RunStatus, number>): StripPart[] {
  const there = stripOrder.filter((status) => counts[status] > 0);
  const weights = sharesOf(there.map((status) => counts[status]));
  let from = 0;
  return there.map((status, i) => {
    const to = i === there.length - 1 ? 1 : from + (weights[i] ?? 0);
    const part = { status, from, to, count: counts[status] };
    from = to;
    return part;
  });
}

/** Shares of a whole, none smaller than can be seen; the larger ones give way. */
function sharesOf(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const raised = counts.map((count) => Math.max(LEAST_SHARE, count / all));
  const whole = raised.reduce((sum, share) => sum + share, 0);
  return raised.map((share) => share / whole);
}

/** A column in words: `12 planned: 10 success, 2 missing`. */
export function columnText({ planned, parts }: Pick<StripColumn, 'planned' | 'parts'>): string {
  if (planned === 0) return 'nothing planned';
  return `${countText(planned, 'run')} planned: ${parts.map(({ status, count }) => `${count.toLocaleString('en')} ${status}`).join(', ')}`;
}
