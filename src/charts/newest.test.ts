import { describe, expect, test } from 'vitest';
import { newestOf, newestText, type ReadAt } from './newest.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 22, 10);
const read: ReadAt = { now: NOW, bucketMs: MINUTE, utc: true };

/** Points every so often, the newest so long ago. */
function line(ageMs: number, stepMs = MINUTE): { points: { at: number; p50: number | null }[] } {
  return { points: [3, 2, 1, 0].map((i) => ({ at: NOW - ageMs - i * stepMs, p50: 10 + i })) };
}

describe('the newest of a line', () => {
  test('is how things are now as long as the line usually says', () => {
    expect(newestOf(line(4 * MINUTE), read)).toMatchObject({ value: 10, isNow: true });
    expect(newestOf(line(7 * MINUTE), read)).toMatchObject({ isNow: false });
    expect(newestOf(line(2 * HOUR, HOUR), read)).toMatchObject({ isNow: true });
    expect(newestOf(line(3 * HOUR, HOUR), read)).toMatchObject({ isNow: false });
  });

  test('is the newest that has a median', () => {
    const { points } = line(MINUTE);
    expect(newestOf({ points: [...points, { at: NOW, p50: null }] }, read)).toMatchObject({ value: 10, at: NOW - MINUTE });
    expect(newestOf({ points: [{ at: NOW, p50: null }] }, read)).toBeNull();
    expect(newestOf({ points: [] }, read)).toBeNull();
  });

  test('is not now where what it was measured of is gone, or where a bucket is a day', () => {
    expect(newestOf({ ...line(MINUTE), ended: true }, read)?.isNow).toBe(false);
    expect(newestOf(line(0), { ...read, bucketMs: 24 * HOUR })?.isNow).toBe(false);
  });

  test.each([
    [MINUTE, MINUTE, true, 'is X now'],
    [9 * HOUR, MINUTE, false, 'was X at 01:00'],
    [11 * HOUR, MINUTE, false, 'was X on 21 Nov, 23:00'],
    [400 * 24 * HOUR, MINUTE, false, 'was X on 18 Oct 2025, 10:00'],
    [4 * HOUR, 6 * HOUR, false, 'was X on 22 Nov, 06:00 to 12:00'],
    [24 * HOUR, 24 * HOUR, false, 'was X on 21 Nov'],
    [400 * 24 * HOUR, 14 * 24 * HOUR, false, 'was X in the 14 days from 18 Oct 2025'],
  ])('%d ms ago in buckets of %d ms is said with its time', (ageMs, bucketMs, isNow, words) => {
    expect(newestText({ at: NOW - ageMs, isNow }, 'X', { ...read, bucketMs })).toBe(words);
  });
});
