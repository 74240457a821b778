import { describe, expect, test } from 'vitest';
import { aJob, NOW } from '../../test/fixtures.ts';
import { freshMs, isFresh, periodText, shortestInterval } from './freshness.ts';

const MINUTE = 60_000;

describe('how long a result says how things are now', () => {
  test('is two and a half intervals of its job, and at least five minutes', () => {
    expect(freshMs(60)).toBe(5 * MINUTE);
    expect(freshMs(120)).toBe(5 * MINUTE);
    expect(freshMs(300)).toBe(13 * MINUTE);
    expect(freshMs(3600)).toBe(150 * MINUTE);
    expect(freshMs(null)).toBe(5 * MINUTE);
  });

  test('ends', () => {
    expect(isFresh(NOW - 12 * MINUTE, 300, NOW)).toBe(true);
    expect(isFresh(NOW - 13 * MINUTE, 300, NOW)).toBe(false);
    expect(isFresh(NOW - 6 * MINUTE, null, NOW)).toBe(false);
  });
});

test('the shortest interval is that of a running job', () => {
  expect(shortestInterval([aJob({ interval: 300 }), aJob({ interval: 60, enabled: false }), aJob({ interval: 900 })])).toBe(300);
  expect(shortestInterval([])).toBeNull();
  expect(shortestInterval([aJob({ interval: null, cron: '0 * * * *' }), aJob({ end_time: NOW })])).toBeNull();
});

test.each([
  [5 * MINUTE, '5 minutes'],
  [13 * MINUTE, '13 minutes'],
  [150 * MINUTE, '2.5 hours'],
  [180 * MINUTE, '3 hours'],
  [2.5 * 86_400_000, '2.5 days'],
])('%d ms are %s', (ms, text) => {
  expect(periodText(ms)).toBe(text);
});
