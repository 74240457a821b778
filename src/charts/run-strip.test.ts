import { describe, expect, test } from 'vitest';
import { noRuns } from '../model/planned-run.ts';
import { columnText, runStrip } from './run-strip.ts';

const HOUR_MS = 3_600_000;
const from = Date.UTC(2026, 10, 22, 8);

function summary(buckets: { hour: number; change: Partial<ReturnType<typeof noRuns>> }[]) {
  return {
    from: from + 600_000,
    to: from + 3 * HOUR_MS,
    bucket_s: 3600,
    buckets: buckets.map(({ hour, change }) => {
      const counts = { ...noRuns(), ...change };
      return { at: from + hour * HOUR_MS, planned: Object.values(counts).reduce((a, b) => a + b, 0), ...counts };
    }),
  };
}

describe('the strip of planned against done', () => {
  test('has a column for each bucket, also where nothing was planned', () => {
    const columns = runStrip(summary([{ hour: 1, change: { success: 4 } }]));
    expect(columns.map(({ at, planned }) => [(at - from) / HOUR_MS, planned])).toEqual([
      [0, 0],
      [1, 4],
      [2, 0],
    ]);
    expect(columns[1]?.parts).toEqual([{ status: 'success', from: 0, to: 1, count: 4 }]);
  });

  test('fills a column from its foot, and shows one failure among a thousand runs', () => {
    const parts = runStrip(summary([{ hour: 0, change: { success: 999, failed: 1, missing: 0 } }]))[0]?.parts ?? [];
    expect(parts.map(({ status }) => status)).toEqual(['success', 'failed']);
    expect(parts[0]?.to).toBe(parts[1]?.from);
    expect(parts[1]?.to).toBe(1);
    expect(1 - (parts[1]?.from ?? 1)).toBeGreaterThan(0.1);
  });

  test('is empty where no buckets were asked for', () => {
    expect(runStrip({ from, to: from + HOUR_MS, bucket_s: null, buckets: null })).toEqual([]);
  });

  test('says each column in words', () => {
    const [first, second] = runStrip(summary([{ hour: 0, change: { success: 10, missing: 2 } }]));
    expect(first === undefined ? '' : columnText(first)).toBe('12 runs planned: 10 success, 2 missing');
    expect(second === undefined ? '' : columnText(second)).toBe('nothing planned');
  });
});
