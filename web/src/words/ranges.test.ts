import { describe, expect, test } from 'vitest';
import { NOW } from '../../test/fixtures.ts';
import { rangeKeys, ranges, suitableRange, windowOfRange, windowOfAll, windowOfSpan } from './ranges.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** So many instants, newest first, the newest a moment ago. */
const every = (stepMs: number, count: number): number[] => Array.from({ length: count }, (_, i) => NOW - 1000 - i * stepMs);

describe('the range a chart begins with', () => {
  test('is an hour, or 15 minutes where all there is is younger', () => {
    expect(suitableRange(every(MINUTE, 5), true, NOW)).toBe('15m');
    expect(suitableRange(every(MINUTE, 5), false, NOW)).toBe('1h');
    expect(suitableRange(every(MINUTE, 200), false, NOW)).toBe('1h');
  });

  test('holds twenty of the newest results where they are few and far between', () => {
    expect(suitableRange(every(60 * MINUTE, 200), false, NOW)).toBe('24h');
    expect(suitableRange(every(DAY, 200), false, NOW)).toBe('30d');
    expect(suitableRange([NOW - 700 * DAY], true, NOW)).toBe('5y');
    expect(suitableRange([NOW - 3000 * DAY], true, NOW)).toBe('all');
  });

  test('waits for the first result', () => {
    expect(suitableRange([], true, NOW)).toBeNull();
  });
});

test.each(rangeKeys.filter((key) => key !== 'all'))('%s has as many points as a chart can show', (key) => {
  const { rangeS, bucketS } = ranges[key];
  expect(rangeS / bucketS).toBeGreaterThanOrEqual(15);
  expect(rangeS / bucketS).toBeLessThanOrEqual(170);
});

test.each([1, 30, 400, 2000, 5000])('all there is of %d days has no more points than a chart can show', (days) => {
  const { from, to, bucketS } = windowOfAll({ first: NOW - days * DAY, last: NOW }, NOW);
  expect({ from, to }).toEqual({ from: NOW - days * DAY, to: NOW });
  expect((to - from) / 1000 / bucketS).toBeLessThanOrEqual(180);
});

test('all there is of nothing is the last hour', () => {
  expect(windowOfRange('all')).toEqual({ all: true });
  expect(windowOfAll(null, NOW)).toEqual(windowOfSpan({ from: NOW - 60 * MINUTE, to: NOW }));
});

test('a history that ended long ago is shown to its own end, one that still goes on up to now', () => {
  const first = NOW - 3000 * DAY;
  expect(windowOfAll({ first, last: NOW - 2500 * DAY }, NOW)).toMatchObject({ from: first, to: NOW - 2499 * DAY });
  expect(windowOfAll({ first, last: NOW - 10 * DAY }, NOW)).toMatchObject({ from: first, to: NOW });
});
