import { quantileOfSorted } from './summary.ts';

/** How many values lie from `from` (inclusive) to `to` (exclusive; null: no end). */
export interface Bin {
  readonly from: number;
  readonly to: number | null;
  readonly count: number;
}

/** Steps that people read easily. */
const STEPS = [1, 2, 2.5, 5, 10] as const;

/**
 * A histogram of ascending numbers in about `bins` bins of one readable width, from the least to the 99th percentile.
 * What is beyond goes into a last bin without an end, so that one outlier does not squeeze all others into the first.
 */
export function distributionOf(sorted: Float64Array, bins: number): Bin[] {
  const least = sorted[0];
  if (least === undefined) return [];
  const most = quantileOfSorted(sorted, 0.99);
  const width = stepFor((most - least) / bins, least);
  const first = Math.floor(least / width);
  const last = Math.max(first, Math.floor(most / width));
  const counts = new Array<number>(last - first + 2).fill(0);
  for (const value of sorted) {
    const bin = Math.min(counts.length - 1, Math.max(0, Math.floor(value / width) - first));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const edge = (index: number): number => Number(((first + index) * width).toPrecision(12));
  const isLast = (index: number): boolean => index === counts.length - 1;
  return counts
    .map((count, index): Bin => ({ from: edge(index), to: isLast(index) ? null : edge(index + 1), count }))
    .filter(({ to, count }) => to !== null || count > 0);
}

/** The least readable step that is not below `width`; where all values are one, a step of their own magnitude. */
function stepFor(width: number, value: number): number {
  const wanted = width > 0 ? width : Math.abs(value) / 10 || 1;
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  // A rounding error must not choose the next step.
  return (STEPS.find((step) => step * magnitude >= wanted * (1 - 1e-9)) ?? 10) * magnitude;
}
