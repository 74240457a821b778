import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distributionOf } from './distribution.ts';
import { mannKendall, MOST_POINTS, upperTail, type MannKendall } from './mann-kendall.ts';
import { summariseSorted, type Summary } from './summary.ts';
import { bucketMeans, trendOf } from './trend.ts';

interface Oracle {
  readonly lines: readonly { name: string; at: number[]; value: number[]; expected: MannKendall; summary: Summary }[];
  readonly tails: readonly [z: number, part: number][];
}

// Computed by NumPy and SciPy; the file beside it says how.
const oracle = JSON.parse(readFileSync(new URL('../../test/fixtures/analytics/oracle.json', import.meta.url), 'utf8')) as Oracle;
const lines = oracle.lines.map((line) => [line.name, line] as const);
const line = (at: readonly number[], value: readonly number[]) => ({ at: Float64Array.from(at), value: Float64Array.from(value) });
const ascending = (value: readonly number[]): Float64Array => Float64Array.from(value).sort();

function expectNear(found: number | null, expected: number | null, what: string): void {
  if (expected === null || found === null) expect(found, what).toBe(expected);
  else expect(Math.abs(found - expected), `${what}: expected ${expected}, got ${found}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
}

describe('Mann-Kendall and Sen', () => {
  test.each(lines)('agree with SciPy where a line %s', (_, { at, value, expected }) => {
    const found = mannKendall(line(at, value));
    for (const key of Object.keys(expected) as (keyof MannKendall)[]) expectNear(found[key], expected[key], key);
  });

  test.each(oracle.tails)('the part of a normal above %d', (z, part) => {
    expect(Math.abs(upperTail(z) - part)).toBeLessThanOrEqual(part * 1e-12);
  });

  test('say the opposite of the line turned upside down, and the same of one that is shifted and stretched', () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(values, (value) => {
        const at = value.map((_, index) => index);
        const one = mannKendall(line(at, value));
        const turned = mannKendall(
          line(
            at,
            value.map((each) => -each),
          ),
        );
        const stretched = mannKendall(
          line(
            at.map((each) => each * 1000 + 7),
            value.map((each) => each * 8 + 3),
          ),
        );
        expect(turned.s + one.s).toBe(0);
        expect(turned.pValue).toBe(one.pValue);
        expect(stretched.pValue).toBe(one.pValue);
        expectNear(stretched.slope, (one.slope * 8) / 1000, 'slope');
      }),
    );
  });
});

describe('a trend', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => hour * 3_600_000);

  test('has a direction, and says how much from beginning to end', () => {
    const rising = trendOf(
      line(
        hours,
        hours.map((_, hour) => 10 + hour * 0.5),
      ),
    );
    expect(rising).toMatchObject({ direction: 'increasing', points: 24, isBucketed: false });
    expectNear(rising.change, 11.5, 'change');
    expectNear(rising.changePct, 115, 'percent');
    expect(
      trendOf(
        line(
          hours,
          hours.map((_, hour) => 100 - hour),
        ),
      ).direction,
    ).toBe('decreasing');
  });

  test('is none where values only waver, or are all the same', () => {
    expect(
      trendOf(
        line(
          hours,
          hours.map((_, hour) => 10 + (hour % 2)),
        ),
      ).direction,
    ).toBe('stable');
    expect(
      trendOf(
        line(
          hours,
          hours.map(() => 7),
        ),
      ),
    ).toMatchObject({ direction: 'stable', change: 0, changePct: 0, pValue: 1 });
  });

  test('needs ten values at different instants; NaN is no value', () => {
    const nothing = { direction: 'not_enough_data', change: null, changePct: null, slope: null, pValue: null };
    expect(trendOf(line([], []))).toMatchObject({ ...nothing, points: 0 });
    const few = hours.slice(0, 12).map((_, index) => (index < 3 ? NaN : index));
    expect(trendOf(line(hours.slice(0, 12), few))).toMatchObject({ ...nothing, points: 9 });
    expect(
      trendOf(
        line(
          few.map(() => 5),
          few.map((_, index) => index),
        ),
      ),
    ).toMatchObject({ ...nothing, points: 12 });
  });

  test('has no percentage where it begins at zero', () => {
    expect(
      trendOf(
        line(
          hours,
          hours.map((_, hour) => hour),
        ),
      ),
    ).toMatchObject({ direction: 'increasing', changePct: null });
  });

  test('of many values is that of the means of equal times, and costs no more than the most points do', () => {
    const at = Float64Array.from({ length: 200_000 }, (_, index) => index * 1000);
    const value = at.map((instant, index) => 20 + instant * 1e-7 + (index % 7));
    const found = trendOf({ at, value });
    expect(found).toMatchObject({ direction: 'increasing', isBucketed: true, points: MOST_POINTS });
    expect(Math.abs((found.change ?? 0) - 20)).toBeLessThan(0.2);
  });

  test('the means of equal times keep the mean of all, and leave out times without a value', () => {
    const means = bucketMeans(line([0, 1, 2, 3, 90, 91, 100], [1, 2, 3, 4, 10, 20, 30]), 10);
    expect([...means.at]).toEqual([1.5, (90 + 91 + 100) / 3]);
    expect([...means.value]).toEqual([2.5, 20]);
  });
});

describe('a summary', () => {
  test.each(lines)('agrees with NumPy where a line %s', (_, { value, summary }) => {
    const found = summariseSorted(ascending(value));
    for (const key of Object.keys(summary) as (keyof Summary)[]) expectNear(found[key], summary[key], key);
  });

  test('of nothing is nothing, and of one value has no spread', () => {
    const none = { mean: null, median: null, min: null, max: null, stddev: null, p5: null, p95: null, p99: null };
    expect(summariseSorted(new Float64Array())).toEqual({ count: 0, ...none });
    expect(summariseSorted(Float64Array.of(3))).toEqual({ count: 1, mean: 3, median: 3, min: 3, max: 3, stddev: null, p5: 3, p95: 3, p99: 3 });
  });
});

describe('a distribution', () => {
  test('counts every value in exactly one bin of a readable width', () => {
    const number = fc.double({ min: 0.01, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 300 }), (values) => {
        const bins = distributionOf(ascending(values), 20);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        expect(bins.length).toBeLessThanOrEqual(24);
        for (const [index, { to }] of bins.entries()) if (to !== null && index + 1 < bins.length) expect(bins[index + 1]?.from).toBe(to);
      }),
    );
  });

  test('has one bin without an end for what is beyond the 99th percentile', () => {
    const values = [...Array.from({ length: 199 }, (_, index) => 10 + index / 20), 5000];
    const bins = distributionOf(ascending(values), 20);
    expect(bins[0]).toEqual({ from: 10, to: 10.5, count: 10 });
    expect(bins.at(-1)).toMatchObject({ to: null });
    expect(bins.at(-1)?.count).toBeLessThanOrEqual(10);
    expect(distributionOf(new Float64Array(), 20)).toEqual([]);
    expect(distributionOf(Float64Array.of(5, 5), 20)).toEqual([{ from: 5, to: 5.5, count: 2 }]);
  });
});
