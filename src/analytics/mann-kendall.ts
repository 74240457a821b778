import { quantileOfSorted } from './summary.ts';

/** Points of a line, in the order of their instants. Instants may repeat. */
export interface Points {
  readonly at: Float64Array;
  readonly value: Float64Array;
}

export interface MannKendall {
  /** Pairs that grow less pairs that shrink, of all pairs at two instants. */
  readonly s: number;
  /** Of S where nothing changes with time, ties counted. */
  readonly variance: number;
  readonly z: number;
  /** How often chance alone gives a trend at least as clear, either way. */
  readonly pValue: number;
  /** Sen's slope: the median of the slopes of all pairs, per unit of `at`; NaN where no two points differ in time. */
  readonly slope: number;
  /** The line's value at the first instant: the median of what remains of the values (Conover 1980). */
  readonly start: number;
}

/** Below ten values S is not near enough to normal for a p-value (Kendall 1975). */
export const FEWEST_POINTS = 10;
/** The usual level: one line in twenty that only wavers is called a trend. */
export const SIGNIFICANCE = 0.05;
/** Pairs grow with the square: 500 points are 124,750 slopes, a few milliseconds. */
export const MOST_POINTS = 500;

/**
 * The Mann-Kendall test for a trend (Mann 1945, Kendall 1975), two-sided, with the variance of ties among the values
 * and a continuity correction, and Sen's slope (Sen 1968). Cost: the square of the points, so thin long lines before.
 */
export function mannKendall({ at, value }: Points): MannKendall {
  const n = at.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let [s, pairs] = [0, 0];
  for (let i = 0; i < n; i++) {
    const [fromAt, fromValue] = [at[i] ?? NaN, value[i] ?? NaN];
    for (let j = i + 1; j < n; j++) {
      const [distance, step] = [(at[j] ?? NaN) - fromAt, (value[j] ?? NaN) - fromValue];
      // Two values of one instant say nothing of time.
      if (distance === 0) continue;
      s += Math.sign(step);
      slopes[pairs++] = step / distance;
    }
  }
  const variance = varianceOf(n, tiesOf(value), tiesOf(at));
  const z = s === 0 || variance === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  const slope = quantileOfSorted(slopes.subarray(0, pairs).sort(), 0.5);
  const first = at[0] ?? NaN;
  const rest = value.map((one, index) => one - slope * ((at[index] ?? NaN) - first)).sort();
  return { s, variance, z, pValue: Math.min(1, 2 * upperTail(Math.abs(z))), slope, start: quantileOfSorted(rest, 0.5) };
}

/** Variance of Kendall's S where both sides may have ties (Kendall 1975, chapter 4). */
function varianceOf(n: number, values: readonly number[], instants: readonly number[]): number {
  const sum = (ties: readonly number[], of: (size: number) => number): number => ties.reduce((total, size) => total + of(size), 0);
  const pairs = (t: number): number => t * (t - 1);
  const triples = (t: number): number => t * (t - 1) * (t - 2);
  const weighted = (t: number): number => t * (t - 1) * (2 * t + 5);
  const own = (weighted(n) - sum(values, weighted) - sum(instants, weighted)) / 18;
  const crossed = n < 2 ? 0 : (sum(values, pairs) * sum(instants, pairs)) / (2 * pairs(n));
  return own + crossed + (n < 3 ? 0 : (sum(values, triples) * sum(instants, triples)) / (9 * triples(n)));
}

/** Sizes of the sets of equal numbers. */
function tiesOf(numbers: Float64Array): number[] {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts.values()].filter((size) => size > 1);
}

/**
 * The part of a standard normal above z, for z from 0 on. Where z is small, by the series of the distribution function;
 * where it is large, by Laplace's continued fraction (Abramowitz and Stegun 26.2.11 and 26.2.14). Both to about 1e-15.
 */
export function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let [term, sum] = [z, z];
    for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = 0;
  for (let k = 200; k > 0; k--) fraction = k / (z + fraction);
  return density / (z + fraction);
}
