import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupMoments, mergeMoments, noMoments, type Moments } from './moments.ts';
import { mean, median, sampleStandardDeviation, summarise } from './stats.ts';

/** What Python 3's statistics module says of the values: fmean, median, stdev. */
const oracle: { values: number[]; mean: number; median: number; stdev: number | null; min: number; max: number }[] = [
  { values: [7], mean: 7, median: 7, stdev: null, min: 7, max: 7 },
  { values: [1, 2], mean: 1.5, median: 1.5, stdev: 0.7071067811865476, min: 1, max: 2 },
  { values: [2.5, 2.5, 2.5], mean: 2.5, median: 2.5, stdev: 0, min: 2.5, max: 2.5 },
  { values: [1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4], mean: 1e9 + 2.5, median: 1e9 + 2.5, stdev: 1.2909944487358056, min: 1e9 + 1, max: 1e9 + 4 },
  { values: [-5, 3.25, 0, 18.125, 2, 2, -7.5], mean: 1.8392857142857142, median: 2, stdev: 8.212260361075703, min: -7.5, max: 18.125 },
  { values: new Array<number>(10).fill(0.1), mean: 0.1, median: 0.1, stdev: 0, min: 0.1, max: 0.1 },
  {
    values: [
      283.546, 104.998, 102.48, 54.213, 75.322, 123.292, 112.776, 156.346, 153.299, 57.452, 97.987, 15.033, 33.54, 54.137, 69.999, 13.857, 39.313,
      79.981, 143.948, 58.845, 40.248, 32.22, 133.676, 17.119, 64.605,
    ],
    mean: 84.72928,
    median: 69.999,
    stdev: 59.97271754828746,
    min: 13.857,
    max: 283.546,
  },
  { values: [1e16, 1, -1e16], mean: 1 / 3, median: 1, stdev: 1e16, min: -1e16, max: 1e16 },
];

/** Equal but for the last bits of the larger. */
function near(actual: number, expected: number, scale = Math.abs(expected)): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12 * Math.max(scale, 1e-300));
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe('statistics of numbers', () => {
  test.each(oracle)('agree with Python of $values.length numbers, the first $values.0', (known) => {
    near(mean(known.values), known.mean);
    near(median(known.values), known.median);
    const stdev = sampleStandardDeviation(known.values);
    if (known.stdev === null) expect(stdev).toBeNull();
    else near(stdev ?? NaN, known.stdev, known.max - known.min);
    expect(summarise(known.values)).toMatchObject({ count: known.values.length, min: known.min, max: known.max, median: known.median });
  });

  test('nothing has no mean and no median', () => {
    expect([mean([]), median([]), sampleStandardDeviation([]), summarise([])]).toEqual([NaN, NaN, null, null]);
  });

  test('the values are left as they were, and their order means nothing to the median', () => {
    const values = [3, 1, 2];
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), (some) => {
        expect(median(some.toReversed())).toBe(median(some));
        const below = some.filter((value) => value < median(some)).length;
        expect(below).toBeLessThanOrEqual(some.length / 2);
      }),
    );
  });
});

describe('moments', () => {
  const of = (values: number[]): Moments => groupMoments({ groups: values.map(() => 0), values, count: 1 })[0] ?? noMoments;

  test.each(oracle.slice(0, -1))('of a group agree with Python, $values.length numbers', (known) => {
    const found = of(known.values);
    near(found.mean, known.mean);
    expect(found).toMatchObject({ count: known.values.length, min: known.min, max: known.max });
    if (known.stdev !== null) near(Math.sqrt(found.squares / (found.count - 1)), known.stdev, known.max - known.min);
  });

  test('each group has its own; NaN and strange groups count nowhere', () => {
    const [first, second, third] = groupMoments({ groups: [1, 0, 1, 1, 7, -1], values: [1, 5, 3, NaN, 9, 9], count: 3 });
    expect(first).toEqual({ count: 1, mean: 5, squares: 0, min: 5, max: 5 });
    expect(second).toEqual({ count: 2, mean: 2, squares: 2, min: 1, max: 3 });
    expect(third).toEqual(noMoments);
  });

  test('of parts merge to those of the whole, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 60 }), fc.nat(60), (values, cut) => {
        const whole = of(values);
        const merged = mergeMoments(of(values.slice(0, cut)), of(values.slice(cut)));
        expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
        near(merged.mean, whole.mean, 1e6);
        near(merged.squares, whole.squares, 1e13);
      }),
    );
  });
});
