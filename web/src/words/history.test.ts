import { expect, test } from 'vitest';
import type { SeriesAnswer } from '../../../src/model/series.ts';
import { chartedMetrics, historyWords, kindHistory } from './history.ts';

const DAY = 86_400_000;

function answerOf(days: readonly number[], failures = 0): SeriesAnswer {
  const none = days.map(() => null);
  const item = {
    ...{ agent: 'a', agent_id: 1, destination: null, destination_id: null, at: days.map((day) => day * DAY), count: days.map(() => 4) },
    ...{ mean: none, min: none, max: none, p5: none, p50: none, p95: none, runs: days.map(() => 4), failures: days.map(() => failures) },
  };
  return { metric: 'download_mbps', bucket_s: 86_400, from: 0, to: 99 * DAY, items: days.length === 0 ? [] : [item] };
}

test('the history of a kind counts its results once, and knows its first day', () => {
  expect(kindHistory([answerOf([3, 4, 9], 1), answerOf([3, 9], 1)])).toEqual({ count: 12, failures: 3, firstDay: 3 * DAY });
  expect(kindHistory([answerOf([])])).toBeNull();
  expect(kindHistory([])).toBeNull();
});

test('the history in words', () => {
  expect(historyWords({ count: 1, failures: 0, firstDay: 0 })).toBe('1 result');
  expect(historyWords({ count: 1200, failures: 3, firstDay: 0 })).toBe('1,200 results, 3 failed');
});

test('metrics of one unit share a chart, whatever the kind', () => {
  expect(chartedMetrics('speedtest')).toEqual([['download_mbps', 'upload_mbps'], ['ping_ms']]);
  expect(chartedMetrics('benchmark')).toEqual([]);
});
