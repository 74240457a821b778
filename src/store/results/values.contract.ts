import { describe, expect, test } from 'vitest';
import type { Subject } from './results-store.contract.ts';
import type { ResultRow, Values, ValuesQuery } from './results-store.ts';
import { resultRow, resultRows, START_MS } from './test-rows.ts';

const HOUR_MS = 3_600_000;
const failure = { source: 'network', code: 'test_failed', message: 'no test' } as const;

export function valuesContract(subject: Subject): void {
  const query = (changes: Partial<ValuesQuery> = {}): ValuesQuery => ({
    filter: { from: START_MS, to: START_MS + 24 * HOUR_MS },
    metrics: ['rtt_avg_ms', 'packet_loss_pct'],
    limit: 100_000,
    ...changes,
  });
  /** The same as the rows that went in, for comparison. */
  const described = (values: Values) =>
    [...values.startedAt].map((startedAt, i) => ({
      startedAt,
      ...values.sources[values.source[i] ?? -1],
      status: values.status[i],
      metrics: values.metrics.map((column) => column[i]),
    }));
  const expected = (rows: readonly ResultRow[], metrics: readonly string[]) =>
    rows.map(({ startedAt, kind, agentId, destinationId, jobId, labels, status, metrics: own }) => ({
      startedAt,
      kind,
      agentId,
      destinationId,
      jobId,
      labels,
      status,
      metrics: metrics.map((name) => own[name] ?? NaN),
    }));

  describe('values', () => {
    test('every matching result with the metrics asked for, by time', async () => {
      const rows = resultRows(5000, (i) => ({
        agentId: 1 + (i % 3),
        labels: i % 2 === 0 ? {} : { isp: `isp ${i % 5}` },
        metrics: i % 7 === 0 ? { packet_loss_pct: i } : { rtt_avg_ms: i / 3, packet_loss_pct: 0 },
        ...(i % 11 === 0 ? { status: 'failed', failure } : {}),
      }));
      await subject.store.appendForeign({ rows: rows.toReversed() });
      const values = await subject.store.values(query());
      expect(described(values)).toEqual(expected(rows, ['rtt_avg_ms', 'packet_loss_pct']));
      expect(values.complete).toBe(true);
      expect(values.sources.length).toBeLessThan(40);
    });

    test('a filter chooses', async () => {
      const rows = resultRows(60, (i) => ({ agentId: 1 + (i % 2), kind: i % 3 === 0 ? 'speedtest' : 'ping', labels: { site: `s${i % 2}` } }));
      await subject.store.appendForeign({ rows });
      const chosen = rows.slice(10, 50).filter((row) => row.agentId === 2 && row.kind === 'speedtest');
      expect(chosen.length).toBeGreaterThan(0);
      const [from, to] = [START_MS + 10_000, START_MS + 50_000];
      for (const filter of [
        { from, to, agentIds: [2], kinds: ['speedtest'] },
        { from, to, labels: { site: 's1' }, kinds: ['speedtest'], statuses: ['success'] as const },
      ]) {
        expect(described(await subject.store.values(query({ filter })))).toEqual(expected(chosen, ['rtt_avg_ms', 'packet_loss_pct']));
      }
    });

    test('a limit keeps the earliest and says that there are more', async () => {
      const rows = resultRows(30);
      await subject.store.appendForeign({ rows });
      const some = await subject.store.values(query({ limit: 29 }));
      expect([...some.startedAt]).toEqual(rows.slice(0, 29).map((row) => row.startedAt));
      expect(some.complete).toBe(false);
      expect((await subject.store.values(query({ limit: 30 }))).complete).toBe(true);
      await expect(subject.store.values(query({ limit: 0 }))).rejects.toMatchObject({ code: 'invalid_request' });
    });

    test('one metric of several kinds, metrics beyond the first dozen of a kind, and metrics nobody knows', async () => {
      const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, i]));
      const rows = [
        resultRow({ kind: 'benchmark', metrics: many }),
        resultRow({ kind: 'other', startedAt: START_MS + 1, metrics: { m19: -19, x: 1 } }),
        resultRow({ startedAt: START_MS + 2 }),
      ];
      await subject.store.appendForeign({ rows });
      const metrics = ['m0', 'm18', 'm19', 'unknown', 'm0'];
      expect(described(await subject.store.values(query({ metrics })))).toEqual(expected(rows, metrics));
    });

    test('nothing stored, and no metric asked for', async () => {
      expect(await subject.store.values(query())).toMatchObject({ sources: [], status: [], complete: true });
      await subject.store.appendForeign({ rows: resultRows(3) });
      const values = await subject.store.values(query({ metrics: [] }));
      expect([values.startedAt.length, values.metrics]).toEqual([3, []]);
    });

    test('timers run while a large answer is read', async () => {
      await subject.store.appendForeign({ rows: resultRows(10_000) });
      let turns = 0;
      let reading = true;
      const turn = (): void => {
        turns++;
        if (reading) setImmediate(turn);
      };
      setImmediate(turn);
      const values = await subject.store.values(query());
      reading = false;
      expect(values.startedAt.length).toBe(10_000);
      expect(turns).toBeGreaterThan(4);
    });
  });
}
