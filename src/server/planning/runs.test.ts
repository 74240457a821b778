import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graceMs, noRuns, type RunStatus } from '../../model/planned-run.ts';
import { runId } from '../../model/run.ts';
import { plannedBetween, type Timetable } from '../../model/timetable/timetable.ts';
import type { PlannedSeriesRow } from '../../store/control/control-store.ts';
import type { RunCount, RunCountsQuery, RunOutcome, RunsQuery } from '../../store/results/results-store.ts';
import { listRuns, type FoundRun, type RunsQuestion } from './list-runs.ts';
import { summarizeRuns } from './summarize-runs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 22, 12);
const every = (intervalMs: number, since = NOON - 48 * HOUR): Timetable => ({
  intervalMs,
  cron: null,
  timeZone: 'UTC',
  windows: [],
  since,
  until: null,
});
const row = (agentId: number, change: Partial<PlannedSeriesRow> = {}): PlannedSeriesRow => ({
  ...{ id: agentId, jobId: 1, revision: 1, agentId, destinationId: 5, kind: 'ping', timetable: every(MINUTE) },
  begunAt: NOON - 48 * HOUR,
  endedAt: null,
  ...change,
});
const outcome = (series: PlannedSeriesRow, plannedAt: number, change: Partial<RunOutcome> = {}): RunOutcome => ({
  ...{ id: `${series.agentId}-${plannedAt}`, run: runId(series, plannedAt), plannedAt, startedAt: plannedAt + 5, jobId: 1 },
  ...{ agentId: series.agentId, destinationId: series.destinationId, kind: series.kind, status: 'success', failure: null },
  ...change,
});

/** What a results store answers, over a list. */
function storeOf(outcomes: readonly RunOutcome[]) {
  const asked = { runs: 0 };
  return {
    asked,
    runs: ({ from, to, unplanned = false, limit }: RunsQuery): Promise<RunOutcome[]> => {
      asked.runs += 1;
      const at = (one: RunOutcome): number => one.plannedAt ?? (unplanned ? one.startedAt : Infinity);
      return Promise.resolve(outcomes.filter((one) => at(one) >= from && at(one) < to).slice(0, limit));
    },
    counts: ({ from, to, bucketMs, filter }: RunCountsQuery): Promise<RunCount[]> => {
      const best = new Map<string, RunOutcome>();
      for (const one of outcomes) {
        const { plannedAt, run } = one;
        if (plannedAt === null || run === null || plannedAt < from || plannedAt >= to || filter.kinds?.includes(one.kind) !== true) continue;
        if (best.get(run) === undefined || one.status !== 'skipped') best.set(run, one);
      }
      const groups = Map.groupBy(best.values(), (one) => {
        const at = bucketMs === null ? null : Math.floor((one.plannedAt ?? 0) / bucketMs) * bucketMs;
        return JSON.stringify([one.agentId, one.destinationId, one.kind, at]);
      });
      return Promise.resolve(
        [...groups].map(([key, ones]) => {
          const [agentId, destinationId, kind, at] = JSON.parse(key) as [number, number | null, string, number | null];
          const count = (status: RunStatus): number => ones.filter((one) => one.status === status).length;
          const byStatus = { success: count('success'), failed: count('failed'), timeout: count('timeout'), skipped: count('skipped') };
          return { agentId, destinationId, kind, at, ...byStatus };
        }),
      );
    },
  };
}

const question = (series: PlannedSeriesRow[], change: Partial<RunsQuestion> = {}): RunsQuestion => ({
  ...{ series, options: {}, filter: {}, statuses: null, unplanned: false, limit: 1000, after: null },
  ...{ from: NOON - HOUR, to: NOON, now: NOON },
  ...change,
});

async function everyPage(outcomes: readonly RunOutcome[], asked: RunsQuestion): Promise<FoundRun[]> {
  const all: FoundRun[] = [];
  for (let after = asked.after; ;) {
    const { items, next } = await listRuns(storeOf(outcomes), { ...asked, after });
    all.push(...items);
    if (next === null) return all;
    after = next;
  }
}
const statusesOf = (runs: readonly FoundRun[]) => {
  const counts = noRuns();
  for (const { status } of runs) counts[status] += 1;
  return counts;
};

describe('runs as they were planned', () => {
  test('without a result are missing once they are overdue, and pending until then', async () => {
    const series = row(1);
    const runs = await everyPage([], question([series], { to: NOON + 10 * MINUTE }));
    expect(runs).toHaveLength(70);
    const grace = graceMs('ping', {});
    for (const { status, plannedAt, latePossible } of runs) {
      expect(status).toBe((plannedAt ?? 0) + grace > NOON ? 'pending' : 'missing');
      expect(latePossible).toBe(status === 'missing');
    }
    const [old] = await everyPage([], question([series], { now: NOON + 15 * 24 * HOUR }));
    expect(old).toMatchObject({ status: 'missing', latePossible: false });
  });

  test('show how their result says they ended; a real one counts more than that it was skipped', async () => {
    const series = row(1);
    const [a = 0, b = 0, c = 0] = plannedBetween(series, series.timetable, { from: NOON - HOUR, to: NOON });
    const failure = { source: 'agent', code: 'still_running', message: 'the run before was still going on' } as const;
    const outcomes = [
      outcome(series, a, { status: 'skipped', failure }),
      outcome(series, b, { status: 'skipped', failure }),
      outcome(series, b, { id: 'late', startedAt: NOON - 1 }),
      outcome(series, c, { status: 'timeout', failure }),
    ];
    const runs = (await everyPage(outcomes, question([series]))).slice(-3);
    expect(runs.map(({ status, result }) => [status, result])).toEqual([
      ['timeout', `1-${c}`],
      ['success', 'late'],
      ['skipped', `1-${a}`],
    ]);
    expect(runs[2]).toMatchObject({ failure, startedAt: a + 5, run: runId(series, a) });
  });

  test('are those of the time in which the series was planned', async () => {
    const series = row(1, { begunAt: NOON - 30 * MINUTE, endedAt: NOON - 20 * MINUTE });
    expect(await everyPage([], question([series]))).toHaveLength(10);
  });

  test('begin with the first of a new plan, although the ledger hears of it a moment later', async () => {
    const since = NOON - 10 * MINUTE;
    const series = row(1, { timetable: every(HOUR, since), begunAt: since + 40 });
    expect((await everyPage([], question([series]))).at(-1)?.plannedAt).toBe(since);
  });

  test('that an agent did by a plan we do not know are shown all the same', async () => {
    const other = row(9);
    expect(await everyPage([outcome(other, NOON - 5 * MINUTE)], question([]))).toMatchObject([{ agentId: 9, status: 'success' }]);
  });

  test('that nobody planned are shown when they are asked for', async () => {
    const asked = outcome(row(1), 0, { run: null, plannedAt: null, startedAt: NOON - MINUTE });
    expect(await everyPage([asked], question([], { unplanned: true }))).toMatchObject([{ run: null, plannedAt: null, startedAt: NOON - MINUTE }]);
    expect(await everyPage([asked], question([]))).toEqual([]);
  });

  test('of a status that is rare are found a page at a time, with bounded work for each', async () => {
    const series = Array.from({ length: 40 }, (_, agent) => row(agent + 1));
    const outcomes = [outcome(row(1), NOON - 47 * HOUR, { status: 'failed' })];
    const store = storeOf(outcomes);
    const first = await listRuns(store, question(series, { from: NOON - 48 * HOUR, statuses: ['failed'] }));
    expect(first.items).toEqual([]);
    expect(first.next).not.toBeNull();
    expect(store.asked.runs).toBeLessThan(100);
    expect(await everyPage(outcomes, question(series, { from: NOON - 48 * HOUR, statuses: ['failed'] }))).toHaveLength(1);
  });

  test('come each once, newest first, whatever the page; and the summary counts the same', async () => {
    const intervals = [MINUTE, 5 * MINUTE, HOUR];
    const chances = fc.record({
      agents: fc.integer({ min: 1, max: 6 }),
      interval: fc.constantFrom(...intervals),
      limit: fc.integer({ min: 1, max: 50 }),
      hours: fc.integer({ min: 1, max: 6 }),
      reported: fc.array(fc.constantFrom('success', 'failed', 'timeout', 'skipped', null), { minLength: 1, maxLength: 30 }),
      bucket: fc.constantFrom(null, 10 * MINUTE, HOUR),
    });
    await fc.assert(
      fc.asyncProperty(chances, async ({ agents, interval, limit, hours, reported, bucket }) => {
        const series = Array.from({ length: agents }, (_, index) =>
          row(index + 1, { timetable: every(interval), begunAt: NOON - (index + 1) * HOUR }),
        );
        const outcomes = series.flatMap((one) =>
          plannedBetween(one, one.timetable, { from: Math.max(one.begunAt, NOON - hours * HOUR), to: NOON }).flatMap((at, index) => {
            const status = reported[index % reported.length] ?? null;
            return status === null ? [] : [outcome(one, at, { status })];
          }),
        );
        const asked = question(series, { from: NOON - hours * HOUR, limit });
        const runs = await everyPage(outcomes, asked);
        expect(new Set(runs.map(({ run }) => run)).size).toBe(runs.length);
        expect(runs.map(({ plannedAt }) => plannedAt)).toEqual(runs.map(({ plannedAt }) => plannedAt ?? 0).sort((a, b) => b - a));
        const { lines, buckets } = await summarizeRuns(storeOf(outcomes), { ...asked, kinds: ['ping'], bucketMs: bucket });
        const total = (counts: readonly Partial<Record<RunStatus, number>>[], status: RunStatus): number =>
          counts.reduce((sum, one) => sum + (one[status] ?? 0), 0);
        const expected = statusesOf(runs);
        for (const status of Object.keys(expected) as RunStatus[]) {
          expect([status, total(lines, status)]).toEqual([status, expected[status]]);
          if (buckets !== null) expect([status, total(buckets, status)]).toEqual([status, expected[status]]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a summary of runs', () => {
  test('refuses more cells than it can count quickly', async () => {
    const asked = { ...question([row(1)], { from: NOON - 4000 * HOUR }), kinds: ['ping'], bucketMs: MINUTE };
    await expect(summarizeRuns(storeOf([]), asked)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('of a time before anything was in the ledger counts what was reported', async () => {
    const before = row(1, { begunAt: NOON });
    const { lines } = await summarizeRuns(storeOf([outcome(before, NOON - 5 * MINUTE)]), { ...question([before]), kinds: ['ping'], bucketMs: null });
    expect(lines).toMatchObject([{ success: 1, missing: 0 }]);
  });
});
