import { describe, expect, test } from 'vitest';
import type { Subject } from './results-store.contract.ts';
import type { ResultRow, RunCountsQuery, RunsQuery } from './results-store.ts';
import { resultRow, START_MS } from './test-rows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const failure = { source: 'agent', code: 'missed', message: 'the agent slept' } as const;

/** A run of every minute that began a little after its instant. */
const planned = (minute: number, changes: Partial<ResultRow> = {}): ResultRow => {
  const plannedAt = START_MS + minute * MINUTE_MS;
  return resultRow({ run: `r${minute}`, plannedAt, startedAt: plannedAt + 20, ...changes });
};

export function runsContract(subject: Subject): void {
  const runs = (changes: Partial<RunsQuery> = {}) =>
    subject.store.runs({ filter: {}, from: START_MS, to: START_MS + 24 * HOUR_MS, limit: 1000, ...changes });
  const counts = (changes: Partial<RunCountsQuery> = {}) =>
    subject.store.counts({ filter: {}, from: START_MS, to: START_MS + 24 * HOUR_MS, bucketMs: null, ...changes });

  describe('runs', () => {
    test('are answered by planned instant, newest first, with how they ended', async () => {
      const late = planned(2, { startedAt: START_MS + 5 * HOUR_MS, status: 'skipped', failure });
      const rows = [planned(0), late, planned(1, { destinationId: null, kind: 'system' }), planned(3, { status: 'timeout', failure })];
      await subject.store.appendForeign({ rows });
      expect((await runs()).map(({ run, status }) => [run, status])).toEqual([
        ['r3', 'timeout'],
        ['r2', 'skipped'],
        ['r1', 'success'],
        ['r0', 'success'],
      ]);
      const [skipped] = await runs({ from: START_MS + 2 * MINUTE_MS, to: START_MS + 3 * MINUTE_MS });
      const { id, plannedAt, startedAt } = late;
      expect(skipped).toEqual({
        ...{ id, run: 'r2', plannedAt, startedAt, agentId: 1, destinationId: 1, jobId: 1, kind: 'ping', status: 'skipped', failure },
      });
      expect((await runs({ limit: 2 })).map(({ run }) => run)).toEqual(['r3', 'r2']);
      expect((await runs({ filter: { kinds: ['system'] } })).map(({ destinationId }) => destinationId)).toEqual([null]);
    });

    test('that nobody planned are answered when they are asked for, by when they began', async () => {
      const asked = resultRow({ startedAt: START_MS + 90_000 });
      await subject.store.appendForeign({ rows: [planned(1), asked, planned(2), resultRow({ startedAt: START_MS - 1 })] });
      expect((await runs()).map(({ run }) => run)).toEqual(['r2', 'r1']);
      expect((await runs({ unplanned: true })).map(({ id, plannedAt }) => plannedAt ?? id)).toEqual([
        START_MS + 2 * MINUTE_MS,
        asked.id,
        START_MS + MINUTE_MS,
      ]);
    });

    test('are counted by how they ended, by agent, destination, kind and bucket', async () => {
      const rows = Array.from({ length: 180 }, (_, minute) =>
        planned(minute, { agentId: 1 + (minute % 2), ...(minute % 10 === 3 ? { status: 'failed', failure } : {}) }),
      );
      await subject.store.appendForeign({ rows: [...rows, planned(0, { kind: 'system', destinationId: null })] });
      const none = { success: 0, failed: 0, timeout: 0, skipped: 0 };
      expect(await counts()).toEqual([
        { ...none, agentId: 1, destinationId: null, kind: 'system', at: null, success: 1 },
        { ...none, agentId: 1, destinationId: 1, kind: 'ping', at: null, success: 90 },
        { ...none, agentId: 2, destinationId: 1, kind: 'ping', at: null, success: 72, failed: 18 },
      ]);
      const hourly = await counts({ filter: { agentIds: [2], jobIds: [1] }, bucketMs: HOUR_MS, from: START_MS + 30 * MINUTE_MS });
      expect(hourly.map(({ at, success, failed }) => [at, success, failed])).toEqual([
        [START_MS, 12, 3],
        [START_MS + HOUR_MS, 24, 6],
        [START_MS + 2 * HOUR_MS, 24, 6],
      ]);
    });

    test('are counted once each: a real result that came late is worth more than that it was skipped', async () => {
      const skipped = { status: 'skipped', failure } as const;
      await subject.store.appendForeign({ rows: [planned(0, skipped), planned(1, skipped), planned(1, { startedAt: START_MS + HOUR_MS })] });
      expect(await counts()).toMatchObject([{ success: 1, skipped: 1 }]);
      await subject.store.appendForeign({ rows: [planned(0, { status: 'failed', failure, startedAt: START_MS + HOUR_MS })] });
      expect(await counts()).toMatchObject([{ success: 1, failed: 1, skipped: 0 }]);
    });

    test('of no plan are not counted, and of a store without results there are none', async () => {
      expect([await runs(), await counts()]).toEqual([[], []]);
      await subject.store.appendForeign({ rows: [resultRow()] });
      expect([await runs(), await counts()]).toEqual([[], []]);
    });

    test('a limit or a bucket that is none is refused', async () => {
      await expect(runs({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(counts({ bucketMs: 0 })).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });
}
