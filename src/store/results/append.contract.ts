import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TachoError } from '../../model/errors.ts';
import type { Subject } from './results-store.contract.ts';
import type { ResultRow } from './results-store.ts';
import { resultRow, resultRows, spoolBatch, START_MS } from './test-rows.ts';

const DAY_MS = 86_400_000;

export function appendContract(subject: Subject): void {
  const ids = async (): Promise<string[]> => (await subject.store.list({ filter: {}, limit: 100_000 })).map((row) => row.id).sort();
  const idsOf = (rows: readonly ResultRow[]): string[] => rows.map((row) => row.id).sort();

  describe('spool batches', () => {
    test('a batch is stored and its mark kept, through a reopening', async () => {
      const rows = resultRows(3);
      expect(await subject.store.appendSpool(spoolBatch(rows, 1))).toEqual({ stored: [0, 1, 2] });
      expect(await subject.store.highWater(1, 'a')).toBe(3);
      const reopened = await subject.reopen();
      expect(await reopened.highWater(1, 'a')).toBe(3);
      expect(await ids()).toEqual(idsOf(rows));
    });

    test('a batch sent again is stored once', async () => {
      const rows = resultRows(3);
      await subject.store.appendSpool(spoolBatch(rows, 1));
      expect(await subject.store.appendSpool(spoolBatch(rows, 1))).toEqual({ stored: [] });
      await subject.reopen();
      expect(await subject.store.appendSpool(spoolBatch(rows, 1))).toEqual({ stored: [] });
      expect(await ids()).toEqual(idsOf(rows));
    });

    test('of a batch that overlaps what is stored only the rest is stored', async () => {
      const rows = resultRows(5);
      await subject.store.appendSpool(spoolBatch(rows.slice(0, 3), 1));
      expect(await subject.store.appendSpool(spoolBatch(rows.slice(1), 2))).toEqual({ stored: [2, 3] });
      expect(await ids()).toEqual(idsOf(rows));
    });

    test('sequence numbers may have gaps, and the mark may pass the last of them', async () => {
      const rows = resultRows(2);
      await subject.store.appendSpool({ agentId: 1, epoch: 'a', rows, seqs: [3, 9], through: 12 });
      expect(await subject.store.highWater(1, 'a')).toBe(12);
      expect(await subject.store.appendSpool({ agentId: 1, epoch: 'a', rows: resultRows(1), seqs: [11], through: 11 })).toEqual({
        stored: [],
      });
      expect(await subject.store.highWater(1, 'a')).toBe(12);
    });

    test('a batch without rows moves the mark', async () => {
      expect(await subject.store.appendSpool({ agentId: 1, epoch: 'a', rows: [], seqs: [], through: 7 })).toEqual({ stored: [] });
      expect(await subject.store.highWater(1, 'a')).toBe(7);
      expect(await (await subject.reopen()).highWater(1, 'a')).toBe(7);
    });

    test('agents and epochs have marks of their own', async () => {
      await subject.store.appendSpool(spoolBatch(resultRows(2), 1));
      await subject.store.appendSpool(spoolBatch(resultRows(1), 1, { epoch: 'b' }));
      await subject.store.appendSpool(spoolBatch(resultRows(3), 1, { agentId: 2 }));
      await subject.store.appendSpool(spoolBatch(resultRows(1), 1, { epoch: "x'; DROP TABLE marks; --" }));
      const store = await subject.reopen();
      expect(await store.highWater(1, 'a')).toBe(2);
      expect(await store.highWater(1, 'b')).toBe(1);
      expect(await store.highWater(2, 'a')).toBe(3);
      expect(await store.highWater(2, 'b')).toBe(0);
      expect(await store.highWater(1, "x'; DROP TABLE marks; --")).toBe(1);
    });

    test('one batch handed in many times at once is stored once', async () => {
      const rows = resultRows(50);
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => subject.store.appendSpool(spoolBatch(rows, 1))));
      expect(outcomes.flatMap((outcome) => outcome.stored)).toHaveLength(50);
      expect(await ids()).toEqual(idsOf(rows));
    });

    test('batches of many agents at once are all stored', async () => {
      const agents = Array.from({ length: 6 }, (_, i) => i + 1);
      const rows = agents.map((agentId) => resultRows(700, () => ({ agentId })));
      await Promise.all(agents.map((agentId, i) => subject.store.appendSpool(spoolBatch(rows[i] ?? [], 1, { agentId }))));
      expect((await subject.store.stats()).results).toBe(4200);
      for (const agentId of agents) expect(await subject.store.highWater(agentId, 'a')).toBe(700);
    });

    test('the largest batch is stored whole', async () => {
      const rows = resultRows(10_000, (i) => ({ metrics: { rtt_avg_ms: i }, destinationId: i % 7 }));
      expect((await subject.store.appendSpool(spoolBatch(rows, 1))).stored).toHaveLength(10_000);
      expect(await subject.store.stats()).toMatchObject({ results: 10_000, samples: 10_000, series: 7 });
      const [newest] = await subject.store.list({ filter: {}, limit: 1 });
      expect(newest).toEqual(rows.at(-1));
    });

    test('a batch of as many series as rows is stored, and each is found again', async () => {
      const rows = resultRows(3000, (i) => ({ labels: { external_ip: `192.0.2.${i}`, n: String(i % 3) } }));
      await subject.store.appendSpool(spoolBatch(rows, 1));
      const store = await subject.reopen();
      expect((await store.stats()).series).toBe(3000);
      expect(await store.list({ filter: { labels: { external_ip: '192.0.2.2999' } }, limit: 5 })).toEqual([rows[2999]]);
    });

    test('batches handed in together are answered in order: a later one sees the mark of an earlier one', async () => {
      const rows = resultRows(6);
      const outcomes = await Promise.all([
        subject.store.appendSpool(spoolBatch(rows.slice(0, 3), 1)),
        subject.store.appendSpool(spoolBatch(rows.slice(2, 5), 3)),
        subject.store.appendSpool(spoolBatch(rows.slice(4), 5)),
      ]);
      expect(outcomes).toEqual([{ stored: [0, 1, 2] }, { stored: [1, 2] }, { stored: [1] }]);
      expect(await ids()).toEqual(idsOf(rows));
    });
  });

  describe('foreign batches', () => {
    test('a row is stored once, within a batch, in another batch and after a reopening', async () => {
      const [first, second] = [resultRow(), resultRow()];
      expect(await subject.store.appendForeign({ rows: [first, second, first] })).toEqual({ stored: [0, 1] });
      expect(await subject.store.appendForeign({ rows: [second, first] })).toEqual({ stored: [] });
      await subject.reopen();
      expect(await subject.store.appendForeign({ rows: [second, resultRow({ id: first.id.toUpperCase() })] })).toEqual({ stored: [] });
      expect(await ids()).toEqual(idsOf([first, second]));
    });

    test('the same id at another instant is another result', async () => {
      const row = resultRow();
      const later = { ...row, startedAt: row.startedAt + 1 };
      expect(await subject.store.appendForeign({ rows: [row, later] })).toEqual({ stored: [0, 1] });
      expect(await subject.store.appendForeign({ rows: [later] })).toEqual({ stored: [] });
    });

    test('a duplicate is found however old it is', async () => {
      const old = resultRows(20, (i) => ({ startedAt: START_MS - (400 + i) * DAY_MS }));
      await subject.store.appendForeign({ rows: old });
      await subject.store.appendForeign({ rows: resultRows(3000) });
      expect(await subject.store.appendForeign({ rows: [...old.slice(5, 9), resultRow({ startedAt: START_MS - 800 * DAY_MS })] })).toEqual({
        stored: [4],
      });
    });

    test('what an agent delivered is not stored again when somebody else posts it', async () => {
      const rows = resultRows(2);
      await subject.store.appendSpool(spoolBatch(rows, 1));
      expect(await subject.store.appendForeign({ rows })).toEqual({ stored: [] });
    });

    test('what an agent and somebody else hand in together is stored once', async () => {
      const rows = resultRows(5);
      const outcomes = await Promise.all([subject.store.appendSpool(spoolBatch(rows, 1)), subject.store.appendForeign({ rows })]);
      expect(outcomes).toEqual([{ stored: [0, 1, 2, 3, 4] }, { stored: [] }]);
    });

    test('the same batch handed in many times at once is stored once', async () => {
      const rows = resultRows(40);
      const outcomes = await Promise.all([
        subject.store.appendSpool(spoolBatch(resultRows(5), 1)),
        ...Array.from({ length: 6 }, () => subject.store.appendForeign({ rows })),
      ]);
      expect(outcomes.map((outcome) => outcome.stored.length).sort((a, b) => b - a)).toEqual([40, 5, 0, 0, 0, 0, 0]);
      expect((await subject.store.stats()).results).toBe(45);
    });

    test('an empty batch stores nothing', async () => {
      expect(await subject.store.appendForeign({ rows: [] })).toEqual({ stored: [] });
    });
  });

  test('a batch that breaks the contract is refused alone, and leaves its companions be', async () => {
    const good = resultRow();
    const outcomes = await Promise.allSettled([
      subject.store.appendForeign({ rows: [resultRow({ id: 'no uuid' })] }),
      subject.store.appendForeign({ rows: [resultRow({ startedAt: 0.5 })] }),
      subject.store.appendSpool({ agentId: 1, epoch: 'a', rows: resultRows(2), seqs: [2, 2], through: 2 }),
      subject.store.appendSpool({ agentId: 1, epoch: 'a', rows: resultRows(1), seqs: [2], through: 1 }),
      subject.store.appendForeign({ rows: [good] }),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(await ids()).toEqual([good.id]);
    expect(await subject.store.highWater(1, 'a')).toBe(0);
  });

  test('closing waits for what was handed in, and refuses what comes after', async () => {
    const rows = resultRows(500);
    const { store } = subject;
    const appended = store.appendSpool(spoolBatch(rows, 1));
    await store.close();
    expect((await appended).stored).toHaveLength(500);
    for (const late of [store.appendForeign({ rows }), store.list({ filter: {}, limit: 1 }), store.stats(), store.highWater(1, 'a')]) {
      await expect(late).rejects.toThrow(TachoError);
    }
    await subject.reopen();
    expect(await ids()).toEqual(idsOf(rows));
  });

  test('random batches with random overlaps end as a plain model says', async () => {
    const instants = fc.integer({ min: 0, max: 5 }).map((hour) => START_MS + hour * 3_600_000);
    const pool = fc.sample(fc.record({ id: fc.uuid(), startedAt: instants }), { seed: 7, numRuns: 40 }).map((row) => resultRow(row));
    const picks = fc.array(fc.nat(pool.length - 1), { maxLength: 12 });
    const step = fc.oneof(
      fc.record({ form: fc.constant('foreign' as const), picks }),
      fc.record({
        form: fc.constant('spool' as const),
        agentId: fc.integer({ min: 1, max: 2 }),
        first: fc.integer({ min: 1, max: 20 }),
        count: fc.nat(8),
      }),
      fc.record({ form: fc.constant('reopen' as const) }),
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        round++;
        const epoch = `round ${round}`;
        const before = new Set((await subject.store.list({ filter: {}, limit: 100_000 })).map((row) => `${row.startedAt} ${row.id}`));
        const model = new Set(before);
        const marks = new Map<number, number>();
        let spooled = 0;
        for (const one of steps) {
          if (one.form === 'reopen') await subject.reopen();
          else if (one.form === 'foreign') {
            const rows = one.picks.map((i) => pool[i] ?? resultRow());
            const expected = rows.flatMap((row, i) => {
              const key = `${row.startedAt} ${row.id}`;
              if (model.has(key)) return [];
              model.add(key);
              return [i];
            });
            expect(await subject.store.appendForeign({ rows })).toEqual({ stored: expected });
          } else {
            const { agentId, first, count } = one;
            const rows = resultRows(count, () => ({ agentId }));
            const mark = marks.get(agentId) ?? 0;
            const expected = rows.flatMap((_, i) => (first + i > mark ? [i] : []));
            expect(await subject.store.appendSpool(spoolBatch(rows, first, { agentId, epoch }))).toEqual({ stored: expected });
            marks.set(agentId, Math.max(mark, first + count - 1));
            spooled += expected.length;
          }
        }
        for (const [agentId, mark] of marks) expect(await subject.store.highWater(agentId, epoch)).toBe(mark);
        const after = (await subject.store.list({ filter: {}, limit: 100_000 })).map((row) => `${row.startedAt} ${row.id}`);
        expect(after).toHaveLength(model.size + spooled);
        for (const key of model) expect(after.filter((other) => other === key)).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });
}
