import { describe, expect, test } from 'vitest';
import type { Subject } from './results-store.contract.ts';
import type { SeriesQuery } from './results-store.ts';
import { resultRow, resultRows, START_MS } from './test-rows.ts';

const HOUR_MS = 3_600_000;

export function seriesContract(subject: Subject): void {
  const query = (changes: Partial<SeriesQuery> = {}): SeriesQuery => ({
    filter: { from: START_MS, to: START_MS + 24 * HOUR_MS },
    metric: 'rtt_avg_ms',
    bucketMs: HOUR_MS,
    ...changes,
  });

  describe('series', () => {
    test('a bucket has count, mean, extremes and quantiles of the metric, and its runs', async () => {
      const rows = resultRows(21, (i) => ({ metrics: { rtt_avg_ms: i } }));
      const failed = resultRow({
        startedAt: START_MS + 30_000,
        metrics: {},
        status: 'failed',
        failure: { source: 'network', code: 'unreachable', message: 'no route' },
      });
      await subject.store.appendForeign({ rows: [...rows, failed] });
      expect(await subject.store.series(query())).toEqual([
        {
          agentId: 1,
          destinationId: 1,
          at: [START_MS],
          count: [21],
          mean: [10],
          min: [0],
          max: [20],
          p5: [1],
          p50: [10],
          p95: [19],
          runs: [22],
          failures: [1],
        },
      ]);
    });

    test('more buckets than the question allows, over all lines, are refused', async () => {
      const hours = [0, 1, 2];
      const rows = [1, 2].flatMap((destinationId) => hours.map((hour) => resultRow({ destinationId, startedAt: START_MS + hour * HOUR_MS })));
      await subject.store.appendForeign({ rows });
      await expect(subject.store.series(query({ mostBuckets: 5 }))).rejects.toMatchObject({ code: 'invalid_request' });
      expect(await subject.store.series(query({ mostBuckets: 6 }))).toHaveLength(2);
    });

    test('buckets begin at multiples of their width since the epoch, and empty ones are absent', async () => {
      const width = 7 * 60_000;
      const at = [0, 1, 500, 501, 1439].map((minute) => START_MS + minute * 60_000);
      await subject.store.appendForeign({ rows: at.map((startedAt) => resultRow({ startedAt })) });
      const [line] = await subject.store.series(query({ bucketMs: width }));
      const expected = [...new Set(at.map((ms) => Math.floor(ms / width) * width))];
      expect(line?.at).toEqual(expected);
      expect(line?.runs.reduce((sum, runs) => sum + runs, 0)).toBe(5);
    });

    test('each agent and destination has a line of its own', async () => {
      const rows = resultRows(12, (i) => ({ agentId: 1 + (i % 2), destinationId: i % 3 === 0 ? null : i % 3, metrics: { rtt_avg_ms: i } }));
      await subject.store.appendForeign({ rows });
      const lines = await subject.store.series(query());
      expect(lines.map((line) => [line.agentId, line.destinationId])).toEqual([
        [1, null],
        [1, 1],
        [1, 2],
        [2, null],
        [2, 1],
        [2, 2],
      ]);
      for (const line of lines) {
        const own = rows.filter((row) => row.agentId === line.agentId && row.destinationId === line.destinationId);
        expect(line.count).toEqual([own.length]);
        expect(line.max).toEqual([Math.max(...own.map((row) => row.metrics['rtt_avg_ms'] ?? 0))]);
      }
    });

    test('the range includes its beginning and excludes its end', async () => {
      const rows = [-1, 0, HOUR_MS - 1, HOUR_MS].map((ms) => resultRow({ startedAt: START_MS + ms }));
      await subject.store.appendForeign({ rows });
      const [line] = await subject.store.series(query({ filter: { from: START_MS, to: START_MS + HOUR_MS } }));
      expect(line?.runs).toEqual([2]);
    });

    test('runs that carry no metric leave its numbers null', async () => {
      await subject.store.appendForeign({ rows: [resultRow({ metrics: {}, status: 'skipped' }), resultRow({ metrics: { other: 1 } })] });
      for (const metric of ['rtt_avg_ms', 'other', 'never seen', "'; DROP TABLE results; --"]) {
        const [line] = await subject.store.series(query({ metric }));
        const carries = metric === 'other';
        expect(line).toMatchObject({
          count: [carries ? 1 : 0],
          mean: [carries ? 1 : null],
          p50: [carries ? 1 : null],
          runs: [2],
          failures: [1],
        });
      }
    });

    test('a metric of one name in several kinds is one metric, however many others a kind has', async () => {
      const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`m${i}`, i]));
      const rows = [
        resultRow({ kind: 'ping', metrics: { jitter_ms: 1, shared_ms: 2 } }),
        resultRow({ kind: 'throughput', metrics: { shared_ms: 4, jitter_ms: 9 } }),
        resultRow({ kind: 'benchmark', metrics: { ...many, shared_ms: 6 } }),
      ];
      await subject.store.appendForeign({ rows });
      const [line] = await subject.store.series(query({ metric: 'shared_ms' }));
      expect(line).toMatchObject({ count: [3], mean: [4], min: [2], max: [6], runs: [3] });
      const [one] = await subject.store.series(query({ metric: 'm29' }));
      expect(one).toMatchObject({ count: [1], mean: [29], runs: [3] });
    });

    test('filters choose what is counted', async () => {
      const rows = resultRows(20, (i) => ({
        metrics: { rtt_avg_ms: i },
        kind: i < 10 ? 'ping' : 'http',
        labels: i % 2 === 0 ? { site: 'north' } : {},
        jobId: i % 5,
      }));
      await subject.store.appendForeign({ rows });
      const filter = {
        from: START_MS,
        to: START_MS + HOUR_MS,
        kinds: ['ping'],
        labels: { site: 'north' },
        jobIds: [0, 4],
        statuses: ['success' as const],
      };
      const [line] = await subject.store.series(query({ filter }));
      expect(line).toMatchObject({ count: [2], mean: [2], min: [0], max: [4] });
      expect(await subject.store.series(query({ filter: { ...filter, agentIds: [9] } }))).toEqual([]);
    });

    test('what was acknowledged is in the next answer', async () => {
      for (let i = 1; i <= 5; i++) {
        await subject.store.appendForeign({ rows: [resultRow({ startedAt: START_MS + i })] });
        const [line] = await subject.store.series(query());
        expect(line?.runs).toEqual([i]);
        expect(await subject.store.list({ filter: {}, limit: 10 })).toHaveLength(i);
      }
    });

    test('a width that is no whole number of milliseconds is refused', async () => {
      for (const bucketMs of [0, -1, 0.5, NaN]) {
        await expect(subject.store.series(query({ bucketMs }))).rejects.toMatchObject({ code: 'invalid_request' });
      }
    });
  });
}
