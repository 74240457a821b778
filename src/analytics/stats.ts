/** Numbers that can be gone through and counted. */
export type Numbers = readonly number[] | Float64Array;

/** What a set of numbers is described by. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Null where there are fewer than two numbers. */
  readonly stdev: number | null;
}

/** The description of some numbers, or null where there are none. Sorts a copy: n log n. */
export function summarise(values: Numbers): Summary | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    mean: mean(sorted),
    median: medianOfSorted(sorted),
    min: sorted[0] ?? NaN,
    max: sorted[sorted.length - 1] ?? NaN,
    stdev: sampleStandardDeviation(sorted),
  };
}

/** Arithmetic mean: the sum over the count, summed without the rounding errors adding up (Neumaier 1974). NaN where there are none. */
export function mean(values: Numbers): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return (sum + lost) / values.length;
}

/** The middle number, or the mean of the two in the middle. NaN where there are none. */
export function median(values: Numbers): number {
  return medianOfSorted(Float64Array.from(values).sort());
}

/** Square root of the squared distances from the mean over n - 1 (the sample one, not the population's); null below two numbers. */
export function sampleStandardDeviation(values: Numbers): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

function medianOfSorted(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}
