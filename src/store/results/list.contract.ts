import { describe, expect, test } from 'vitest';
import type { Subject } from './results-store.contract.ts';
import type { ResultFilter, ResultRow } from './results-store.ts';
import { resultRow, resultRows, START_MS } from './test-rows.ts';

const HOUR_MS = 3_600_000;

export function listContract(subject: Subject): void {
  describe('list', () => {
    test('a result comes back as it was given', async () => {
      const full = resultRow({
        run: 'a run with "quotes" and \u0000 and ✓',
        plannedAt: START_MS - 120,
        durationMs: 1043.25,
        clockOffsetMs: -3.5,
        status: 'failed',
        failure: { source: 'resolver', code: 'nxdomain', message: 'no such name: \u0000 "x"' },
        metrics: { rtt_avg_ms: 12.31, packet_loss_pct: 0, negative: -1e-9, large: 1.7976931348623157e308 },
        labels: { isp: 'ExampleNet' },
        details: { replies: [{ seq: 0, rtt_ms: null }], text: '\u0000 ✓' },
      });
      const bare = resultRow({ startedAt: START_MS - 1, destinationId: null, jobId: null, metrics: {}, status: 'skipped' });
      await subject.store.appendForeign({ rows: [bare, full] });
      expect(await subject.store.list({ filter: {}, limit: 10 })).toEqual([full, bare]);
      await subject.reopen();
      expect(await subject.store.list({ filter: {}, limit: 10 })).toEqual([full, bare]);
    });

    test('newest first, and within an instant by id', async () => {
      const rows = resultRows(30, (i) => ({ startedAt: START_MS + (i % 5) * HOUR_MS }));
      await subject.store.appendForeign({ rows });
      expect(await subject.store.list({ filter: {}, limit: 100 })).toEqual(rows.toSorted(newestFirst));
    });

    test('pages join without a gap or an overlap, across years', async () => {
      const rows = resultRows(60, (i) => ({ startedAt: START_MS - Math.floor(i / 4) * 30 * 24 * HOUR_MS }));
      await subject.store.appendForeign({ rows });
      const seen: ResultRow[] = [];
      for (;;) {
        const last = seen.at(-1);
        const after = last === undefined ? undefined : { startedAt: last.startedAt, id: last.id };
        const page = await subject.store.list({ filter: {}, limit: 7, after });
        if (page.length === 0) break;
        seen.push(...page);
      }
      expect(seen).toEqual(rows.toSorted(newestFirst));
    });

    test('an empty store has empty pages', async () => {
      expect(await subject.store.list({ filter: {}, limit: 10 })).toEqual([]);
    });

    test('every filter chooses, and all of them together', async () => {
      const rows = resultRows(48, (i) => ({
        agentId: 1 + (i % 2),
        destinationId: i % 3 === 0 ? null : i % 3,
        jobId: i % 4 === 0 ? null : i % 4,
        kind: i % 5 === 0 ? 'dns' : 'ping',
        ...(i % 6 === 0 ? { status: 'timeout' as const, failure: { source: 'target' as const, code: 'timeout', message: 'no reply' } } : {}),
        labels: i % 7 === 0 ? { site: 'north', isp: 'ExampleNet' } : { site: 'south' },
      }));
      await subject.store.appendForeign({ rows });
      const cases: [ResultFilter, (row: ResultRow) => boolean][] = [
        [{ from: START_MS + 10_000 }, (row) => row.startedAt >= START_MS + 10_000],
        [{ to: START_MS + 10_000 }, (row) => row.startedAt < START_MS + 10_000],
        [{ from: START_MS + 5000.5, to: START_MS + 9000.5 }, (row) => row.startedAt > START_MS + 5000 && row.startedAt < START_MS + 9001],
        [{ kinds: ['dns'] }, (row) => row.kind === 'dns'],
        [{ kinds: ['dns', 'ping'] }, () => true],
        [{ kinds: [] }, () => false],
        [{ kinds: ["'; DROP TABLE results; --"] }, () => false],
        [{ agentIds: [2] }, (row) => row.agentId === 2],
        [{ destinationIds: [1] }, (row) => row.destinationId === 1],
        [{ jobIds: [1, 3] }, (row) => row.jobId === 1 || row.jobId === 3],
        [{ statuses: ['timeout', 'failed'] }, (row) => row.status === 'timeout'],
        [{ labels: { site: 'north' } }, (row) => row.labels['site'] === 'north'],
        [{ labels: { site: 'south', isp: 'ExampleNet' } }, () => false],
        [{ labels: {} }, () => true],
        [
          { agentIds: [1], kinds: ['ping'], statuses: ['success'], labels: { site: 'south' }, jobIds: [2], from: START_MS },
          (row) => row.agentId === 1 && row.kind === 'ping' && row.status === 'success' && row.labels['site'] === 'south' && row.jobId === 2,
        ],
      ];
      for (const [filter, chosen] of cases) {
        const found = await subject.store.list({ filter, limit: 100 });
        expect(found, JSON.stringify(filter)).toEqual(rows.filter(chosen).toSorted(newestFirst));
      }
    });

    test('labels may hold anything', async () => {
      const hostile: Record<string, string>[] = [
        { site: `'; DROP TABLE results; --` },
        { site: `"quoted" \\ {} [] , = : | \u0000 \n ✓` },
        { site: '' },
        { ['__proto__']: 'x' },
        { constructor: 'y', toString: 'z' },
        { 'a.b-c_d': '$1', site: '%_' },
        { a: '1:b', b: '' },
        { a: '1', 'b:': '' },
      ].map((labels) => Object.fromEntries(Object.entries(labels)));
      hostile[3] = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
      const rows = hostile.map((labels, i) => resultRow({ labels, startedAt: START_MS + i }));
      await subject.store.appendForeign({ rows });
      await subject.reopen();
      for (const row of rows) {
        const found = await subject.store.list({ filter: { labels: row.labels }, limit: 10 });
        expect(found).toEqual([row]);
        expect(Object.entries(found[0]?.labels ?? {}).sort()).toEqual(Object.entries(row.labels).sort());
      }
      expect((await subject.store.stats()).series).toBe(rows.length);
    });

    test('metrics may have any name, and any number of them', async () => {
      const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, i + 0.5]));
      const unlucky = JSON.parse('{"__proto__":1,"constructor":2,"a.b:c-d":3}') as Record<string, number>;
      const rows = [
        resultRow({ metrics: many, startedAt: START_MS + 3 }),
        resultRow({ metrics: unlucky, startedAt: START_MS + 2, kind: 'benchmark' }),
        resultRow({ metrics: { rtt_avg_ms: 1, m7: 2, m39: 3 }, startedAt: START_MS + 1 }),
        resultRow({ metrics: {}, startedAt: START_MS }),
      ];
      await subject.store.appendForeign({ rows });
      await subject.reopen();
      const found = await subject.store.list({ filter: {}, limit: 10 });
      expect(found).toEqual(rows);
      expect(Object.entries(found[1]?.metrics ?? {}).sort()).toEqual(Object.entries(unlucky).sort());
      expect((await subject.store.stats()).samples).toBe(46);
    });

    test('a position that is no result id is refused', async () => {
      await subject.store.appendForeign({ rows: [resultRow()] });
      const query = { filter: {}, limit: 1, after: { startedAt: START_MS, id: "' OR 1=1" } };
      await expect(subject.store.list(query)).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('stats', () => {
    test('an empty store says so', async () => {
      expect(await subject.store.stats()).toMatchObject({ results: 0, samples: 0, series: 0, oldest: null, newest: null });
    });

    test('label sets of one content in another order are one series', async () => {
      const rows = [resultRow({ labels: { site: 'a', isp: 'b' } }), resultRow({ labels: { isp: 'b', site: 'a' }, startedAt: START_MS + 5 })];
      await subject.store.appendForeign({ rows });
      await subject.reopen();
      await subject.store.appendForeign({ rows: [resultRow({ labels: { isp: 'b', site: 'a' }, startedAt: START_MS + 9 })] });
      const stats = await subject.store.stats();
      expect(stats).toMatchObject({ results: 3, samples: 6, series: 1, oldest: START_MS, newest: START_MS + 9 });
      expect(stats.bytes).toBeGreaterThan(0);
    });
  });
}

function newestFirst(a: ResultRow, b: ResultRow): number {
  return b.startedAt - a.startedAt || (b.id < a.id ? -1 : 1);
}
