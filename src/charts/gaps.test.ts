import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segmentsOf, usualStepMs } from './gaps.ts';

const ones = (n: number): number[] => Array.from({ length: n }, () => 1);

describe('gaps', () => {
  test('one missing bucket of a steady series ends the line', () => {
    expect(segmentsOf([0, 60, 120, 240, 300, 360, 420], ones(7), 60)).toEqual([
      { first: 0, last: 2 },
      { first: 3, last: 6 },
    ]);
  });

  test('a job that runs less often than a bucket is wide has no gaps', () => {
    expect(segmentsOf([0, 300, 600, 900], ones(4), 60)).toEqual([{ first: 0, last: 3 }]);
  });

  test('a beat of one and a half buckets has no gaps', () => {
    expect(usualStepMs([0, 60, 180, 240, 360], 60)).toBe(120);
    expect(segmentsOf([0, 60, 180, 240, 360], ones(5), 60)).toEqual([{ first: 0, last: 4 }]);
  });

  test('a bucket without the metric ends the line', () => {
    expect(segmentsOf([0, 60, 120], [1, null, 1], 60)).toEqual([
      { first: 0, last: 0 },
      { first: 2, last: 2 },
    ]);
  });

  test('nothing measured is no line', () => {
    expect(segmentsOf([], [], 60)).toEqual([]);
    expect(segmentsOf([0, 60], [null, null], 60)).toEqual([]);
  });

  test('segments hold every present value once, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.option(fc.integer())), { maxLength: 60 }), (steps) => {
        let now = 0;
        const at = steps.map(([step]) => (now += step * 60));
        const values = steps.map(([, value]) => value);
        const covered = segmentsOf(at, values, 60).flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
        expect(covered).toEqual(values.flatMap((value, i) => (value === null ? [] : [i])));
      }),
    );
  });
});
