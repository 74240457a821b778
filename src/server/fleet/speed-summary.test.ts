import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Status } from '../../model/result.ts';
import type { Values, ValuesQuery } from '../../store/results/results-store.ts';
import { summariseSpeeds } from './speed-summary.ts';

interface Test {
  readonly agentId: number;
  readonly at: number;
  readonly status: Status;
  readonly download: number | null;
  readonly ping: number | null;
}

const END = 50;

/** A store that answers as the contract says, from these tests; it counts how often it was asked. */
function storeOf(tests: readonly Test[]) {
  const sorted = tests.toSorted((a, b) => a.at - b.at);
  const asked = { times: 0, most: 0 };
  const values = ({ filter, limit }: ValuesQuery): Promise<Values> => {
    asked.times++;
    const matching = sorted.filter((one) => one.at >= filter.from && one.at < filter.to && filter.statuses?.includes(one.status) !== false);
    const rows = matching.slice(0, limit);
    asked.most = Math.max(asked.most, rows.length);
    // One source a result: more than a real store has, and as good.
    return Promise.resolve({
      startedAt: Float64Array.from(rows, (row) => row.at),
      source: Int32Array.from(rows, (_, i) => i),
      sources: rows.map(({ agentId }) => ({ kind: 'speedtest', agentId, destinationId: null, jobId: null, labels: {} })),
      status: rows.map((row) => row.status),
      metrics: [
        Float64Array.from(rows, (row) => row.download ?? NaN),
        Float64Array.from(rows, () => NaN),
        Float64Array.from(rows, (row) => row.ping ?? NaN),
      ],
      complete: matching.length <= limit,
    });
  };
  return { asked, values };
}

const directory = { nameOf: (_: string, id: number) => Promise.resolve(`m${id}`) };
const summarise = (tests: readonly Test[], page: number) => summariseSpeeds(0, END, { results: storeOf(tests), directory, page });

const anyTest = fc.record({
  agentId: fc.integer({ min: 1, max: 4 }),
  at: fc.integer({ min: -5, max: END + 5 }),
  status: fc.constantFrom<Status>('success', 'success', 'success', 'failed', 'timeout', 'skipped'),
  download: fc.option(fc.integer({ min: 1, max: 1000 })),
  ping: fc.option(fc.integer({ min: 1, max: 1000 })),
});

describe('a summary of speed tests', () => {
  test('is what plain sums say, however small the pages are that it is read in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyTest, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), async (tests, page) => {
        const found = await summarise(tests, page);
        const tried = tests.filter(({ at, status }) => at >= 0 && at < END && status !== 'skipped');
        const good = tried.filter(({ status }) => status === 'success');
        const downloads = good.flatMap(({ download }) => (download === null ? [] : [download]));
        expect([found.test_count, found.failed_count]).toEqual([good.length, tried.length - good.length]);
        expect(found.max_download_mbps).toBe(downloads.length === 0 ? null : Math.max(...downloads));
        if (downloads.length > 0) {
          expect(found.avg_download_mbps).toBeCloseTo(downloads.reduce((sum, value) => sum + value, 0) / downloads.length, 9);
        }
        expect(found.avg_upload_mbps).toBeNull();
        expect(found.machines.map((machine) => machine.machine_id).toSorted()).toEqual(
          [...new Set(tried.map(({ agentId }) => `m${agentId}`))].toSorted(),
        );
        for (const machine of found.machines) {
          const own = tried.filter(({ agentId }) => `m${agentId}` === machine.machine_id);
          expect(machine.test_count + machine.failed_count).toBe(own.length);
          expect(machine.last_test).toBe(Math.max(...own.map(({ at }) => at)));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('machines come by download, the fastest first, those without one last', async () => {
    const test = (agentId: number, download: number | null): Test => ({ agentId, at: agentId, status: 'success', download, ping: 1 });
    const { machines } = await summarise([test(1, null), test(2, 10), test(3, 30), test(4, 20)], 10);
    expect(machines.map(({ machine_id }) => machine_id)).toEqual(['m3', 'm4', 'm2', 'm1']);
  });

  test('never holds more than a page, unless more happened at one instant', async () => {
    const tests = Array.from({ length: 100 }, (_, i): Test => ({ agentId: 1, at: Math.floor(i / 2), status: 'success', download: i, ping: 1 }));
    const store = storeOf(tests);
    expect((await summariseSpeeds(0, END, { results: store, directory, page: 10 })).test_count).toBe(100);
    expect(store.asked.most).toBe(10);
    expect(store.asked.times).toBeGreaterThan(10);
  });
});
