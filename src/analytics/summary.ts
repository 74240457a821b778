/** What describes many numbers. Every figure but `count` is null where there is none to describe. */
export interface Summary {
  readonly count: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Of a sample (divided by count - 1); null below two values. */
  readonly stddev: number | null;
  readonly p5: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/**
 * The quantile `q` (0 to 1) of ascending numbers, between two of them by linear interpolation: definition 7 of
 * Hyndman and Fan 1996, the default of NumPy, R and Excel's PERCENTILE.INC. NaN where there are none.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (high - low) * (position - below);
}

/** Describes ascending numbers without NaN. Two passes: the second takes the distances from the mean, so nothing cancels. */
export function summariseSorted(sorted: Float64Array): Summary {
  const count = sorted.length;
  if (count === 0) return { count, mean: null, median: null, min: null, max: null, stddev: null, p5: null, p95: null, p99: null };
  // A running mean stays within the values' own range, where a sum of huge ones would not.
  let mean = 0;
  for (const [index, value] of sorted.entries()) mean += (value - mean) / (index + 1);
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  const quantile = (q: number): number => quantileOfSorted(sorted, q);
  return {
    count,
    mean,
    median: quantile(0.5),
    min: quantile(0),
    max: quantile(1),
    stddev: count < 2 ? null : Math.sqrt(squares / (count - 1)),
    p5: quantile(0.05),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
}
