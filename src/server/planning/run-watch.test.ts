import { describe, expect, test } from 'vitest';
import { graceMs } from '../../model/planned-run.ts';
import { nextPlannedAt, type Timetable } from '../../model/timetable/timetable.ts';
import { resultRow } from '../../store/results/test-rows.ts';
import type { OpenSeries, PlanNow } from './planner.ts';
import { RunWatch } from './run-watch.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 22, 12);
const GRACE = graceMs('ping', {});
const timetable = (since = NOON): Timetable => ({ intervalMs: MINUTE, cron: null, timeZone: 'UTC', windows: [], since, until: null });
const series = (agentId: number, change: Partial<OpenSeries> = {}): OpenSeries => ({
  ...{ jobId: 1, revision: 1, agentId, destinationId: 5, kind: 'ping', spec: {}, timetable: timetable() },
  ...change,
});
const plan = (...all: OpenSeries[]): PlanNow => ({
  jobs: [],
  destinations: [],
  agents: new Map(),
  prepared: [],
  series: Map.groupBy(all, ({ jobId }) => jobId),
});
const watching = (...all: OpenSeries[]): RunWatch => {
  const watch = new RunWatch();
  watch.follow(plan(...all), NOON);
  return watch;
};
const row = (one: OpenSeries, plannedAt: number) =>
  resultRow({ run: 'r', plannedAt, jobId: one.jobId, agentId: one.agentId, destinationId: one.destinationId, kind: one.kind });
const second = (one: OpenSeries): number => nextPlannedAt(one, one.timetable, NOON + 1) ?? 0;

describe('the watch over runs', () => {
  test('says that a run is missing once its grace is over, and once only', () => {
    const one = series(7);
    const watch = watching(one);
    expect(watch.sweep(NOON + GRACE - 1)).toEqual([]);
    expect(watch.sweep(NOON + GRACE)).toEqual([
      { run: `j1.1-a7-d5-ping-${NOON}`, job_id: 1, agent_id: 7, destination_id: 5, kind: 'ping', planned_at: NOON, status: 'missing' },
    ]);
    expect(watch.sweep(NOON + GRACE)).toEqual([]);
    expect(watch.missingOf([one])).toEqual([{ series: one, since: NOON }]);
  });

  test('says nothing of a run that reported, and tells of how it ended', () => {
    const one = series(7);
    const watch = watching(one);
    expect(watch.reported([row(one, NOON), resultRow({ run: null })])).toMatchObject([{ run: 'r', planned_at: NOON, status: 'success' }]);
    expect(watch.sweep(NOON + GRACE)).toEqual([]);
    expect(watch.missingOf([one])).toEqual([]);
  });

  test('looks at the newest instant only, however long it did not look', () => {
    const one = series(7);
    const watch = watching(one);
    const events = watch.sweep(NOON + GRACE + 100 * MINUTE);
    expect(events).toHaveLength(1);
    expect(events[0]?.planned_at).toBeGreaterThan(NOON + 98 * MINUTE);
    expect(watch.missingOf([one])).toEqual([{ series: one, since: NOON }]);
  });

  test('a series is missing no more when its newest run comes, late as it may be', () => {
    const one = series(7);
    const watch = watching(one);
    watch.sweep(NOON + GRACE);
    watch.sweep(second(one) + GRACE);
    watch.reported([row(one, NOON)]);
    expect(watch.missingOf([one])).toEqual([{ series: one, since: NOON }]);
    watch.reported([row(one, second(one))]);
    expect(watch.missingOf([one])).toEqual([]);
  });

  test('a new plan keeps what is known of what stays, and begins anew with what changed', () => {
    const [stays, changes] = [series(7), series(8)];
    const watch = watching(stays, changes);
    watch.sweep(NOON + GRACE);
    const changed = series(8, { revision: 2, timetable: timetable(NOON + GRACE) });
    watch.follow(plan(stays, changed), NOON + GRACE + 5);
    expect(watch.missingOf([stays, changed])).toEqual([{ series: stays, since: NOON }]);
    expect(watch.sweep(NOON + 2 * GRACE).map(({ agent_id, planned_at }) => [agent_id, planned_at])).toContainEqual([8, NOON + GRACE]);
  });

  test('of a plan older than the watch waits for what is still to come', () => {
    const one = series(7, { timetable: timetable(NOON - 1000 * MINUTE) });
    const watch = watching(one);
    expect(watch.sweep(NOON + GRACE / 2)).toEqual([]);
    expect(watch.sweep(NOON + GRACE + 2 * MINUTE)[0]?.planned_at).toBeGreaterThanOrEqual(NOON);
  });
});
