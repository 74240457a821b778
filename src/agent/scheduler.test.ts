import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { nextPlannedAt, startOffsetMs } from '../model/run.ts';
import type { Assignment } from '../protocol/messages.ts';
import { defaultPolicy } from './policy.ts';
import type { Run } from './record.ts';
import { Scheduler, type Skip } from './scheduler.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 22, 12);
const AGENT = 3;

function assignment(over: Partial<Assignment> = {}): Assignment {
  return {
    job_id: 1,
    job: 'web',
    revision: 1,
    kind: 'ping',
    destination: { id: 5, name: 'gateway', host: '127.0.0.1' },
    interval_ms: MINUTE,
    since: NOON,
    spec: {},
    ...over,
  };
}

const seriesOf = (a: Assignment) => ({
  jobId: a.job_id,
  revision: a.revision,
  agentId: AGENT,
  destinationId: a.destination?.id ?? null,
  kind: a.kind,
});

class MemoryMarks {
  readonly all = new Set<string>();
  has(mark: string): boolean {
    return this.all.has(mark);
  }
  add(mark: string): void {
    this.all.add(mark);
  }
  retain(marks: ReadonlySet<string>): void {
    for (const mark of this.all) if (!marks.has(mark)) this.all.delete(mark);
  }
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A scheduler on a clock of its own, whose runs take `runMs`. */
function setUp({ at = NOON, runMs = 1000, marks = new MemoryMarks() } = {}) {
  const clock = new ManualClock(at);
  const runs: { run: Run; at: number }[] = [];
  const skips: { run: Run; why: Skip; at: number }[] = [];
  const scheduler = new Scheduler({
    agentId: AGENT,
    clock,
    now: () => clock.now(),
    policy: defaultPolicy,
    marks,
    start: async (run) => {
      runs.push({ run, at: clock.now() });
      await clock.sleep(runMs);
    },
    skip: (run, why) => skips.push({ run, why, at: clock.now() }),
  });
  const controller = new AbortController();
  const running = scheduler.run(controller.signal);
  stops.push(async () => {
    controller.abort();
    await running;
  });
  return { clock, runs, skips, scheduler, marks };
}

describe('scheduler', () => {
  test('runs a new assignment at once, then at its own offset of every interval', async () => {
    const { clock, runs, scheduler } = setUp({ at: NOON + 400 });
    const ping = assignment();
    scheduler.apply([ping]);
    await clock.advance(0);
    expect(runs).toMatchObject([{ run: { plannedAt: NOON }, at: NOON + 400 }]);
    await clock.advance(10 * MINUTE);
    const planned = runs.slice(1).map(({ run }) => run.plannedAt ?? 0);
    expect(planned.length).toBeGreaterThanOrEqual(9);
    for (const instant of planned) expect(instant % MINUTE).toBe(startOffsetMs(seriesOf(ping), MINUTE));
    for (const { run, at } of runs.slice(1)) expect(at).toBe(run.plannedAt);
  });

  test('gives every run the id that the plan gives it', async () => {
    const { clock, runs, scheduler } = setUp();
    scheduler.apply([assignment()]);
    await clock.advance(0);
    expect(runs[0]?.run.id).toBe(`j1.1-a3-d5-ping-${NOON}`);
  });

  test('does not repeat a first run after a restart', async () => {
    const first = setUp();
    first.scheduler.apply([assignment()]);
    await first.clock.advance(2000);
    expect(first.runs).toHaveLength(1);
    const second = setUp({ at: NOON + 5000, marks: first.marks });
    second.scheduler.apply([assignment()]);
    await second.clock.advance(1000);
    expect(second.runs).toHaveLength(0);
    expect(second.skips).toHaveLength(0);
  });

  test('a first run that never ended is done after the restart', async () => {
    const first = setUp({ runMs: HOUR });
    first.scheduler.apply([assignment()]);
    await first.clock.advance(2000);
    const second = setUp({ at: NOON + 5000, marks: first.marks });
    second.scheduler.apply([assignment()]);
    await second.clock.advance(0);
    expect(second.runs).toMatchObject([{ run: { plannedAt: NOON } }]);
  });

  test('joins an old plan at its next instant, without a first run', async () => {
    const { clock, runs, skips, scheduler } = setUp({ at: NOON + 5 * HOUR + 1 });
    const old = assignment();
    scheduler.apply([old]);
    await clock.advance(MINUTE);
    expect(runs.map(({ run }) => run.plannedAt)).toEqual([nextPlannedAt(seriesOf(old), { since: NOON, intervalMs: MINUTE }, NOON + 5 * HOUR + 1)]);
    expect(skips).toEqual([]);
  });

  test('an assignment that measures the machine itself has destination 0 in its run id', async () => {
    const { clock, runs, scheduler } = setUp();
    scheduler.apply([assignment({ kind: 'system', destination: null })]);
    await clock.advance(0);
    expect(runs[0]?.run.id).toBe(`j1.1-a3-d0-system-${NOON}`);
  });

  test('a run that is still going on at its next instant makes that one skipped', async () => {
    const { clock, runs, skips, scheduler } = setUp({ runMs: 2.5 * MINUTE });
    scheduler.apply([assignment()]);
    await clock.advance(4 * MINUTE);
    expect(runs).toHaveLength(2);
    expect(skips.length).toBeGreaterThanOrEqual(2);
    expect(new Set(skips.map(({ why }) => why.code))).toEqual(new Set(['still_running']));
    const all = [...runs, ...skips].map(({ run }) => run.id);
    expect(new Set(all).size).toBe(all.length);
  });

  test('after a sleep of hours it records one missed result an assignment, and goes on at the next instant', async () => {
    const { clock, runs, skips, scheduler } = setUp();
    scheduler.apply([assignment(), assignment({ job_id: 2 }), assignment({ job_id: 3 })]);
    await clock.advance(MINUTE * 3);
    const before = runs.length;
    clock.step(3 * HOUR);
    await clock.advance(5000);
    expect(skips.map(({ run }) => run.assignment.job_id).sort()).toEqual([1, 2, 3]);
    for (const { why } of skips) {
      expect(why.code).toBe('missed');
      expect(why.details?.['missed']).toBeGreaterThanOrEqual(179);
      expect(why.details?.['missed']).toBeLessThanOrEqual(181);
    }
    expect(runs.length - before).toBeLessThanOrEqual(3);
    await clock.advance(MINUTE);
    expect(runs.length - before).toBeGreaterThanOrEqual(3);
    expect(runs.length - before).toBeLessThanOrEqual(6);
    expect(skips).toHaveLength(3);
  });

  test('a short delay is not a miss', async () => {
    const { clock, runs, skips, scheduler } = setUp();
    scheduler.apply([assignment()]);
    await clock.advance(MINUTE);
    const next = nextPlannedAt(seriesOf(assignment()), { since: NOON, intervalMs: MINUTE }, clock.now() + 1);
    clock.step(next - clock.now() + 10_000);
    const before = runs.length;
    await clock.advance(5000);
    expect(skips).toEqual([]);
    expect(runs.slice(before).map(({ run }) => run.plannedAt)).toEqual([next]);
  });

  test.each([10, 90, 3 * 3600, 30 * 86_400])('a clock set back %i s stops measuring for two intervals at most', async (seconds) => {
    const { clock, runs, scheduler } = setUp();
    scheduler.apply([assignment()]);
    await clock.advance(3 * MINUTE);
    const before = runs.length;
    clock.step(-seconds * 1000);
    await clock.advance(2 * MINUTE);
    expect(runs.length).toBeGreaterThan(before);
    const settled = runs.length;
    await clock.advance(10 * MINUTE);
    expect(runs.length - settled).toBeGreaterThanOrEqual(9);
    expect(runs.length - settled).toBeLessThanOrEqual(11);
  });

  test('a plan that begins in a week by our clock is measured meanwhile', async () => {
    const { clock, runs, scheduler } = setUp({ at: NOON - 7 * 24 * HOUR });
    scheduler.apply([assignment()]);
    await clock.advance(3 * MINUTE);
    expect(runs).toHaveLength(3);
  });

  test('a new schedule keeps the pace of what stays and drops what went', async () => {
    const { clock, runs, scheduler } = setUp();
    scheduler.apply([assignment(), assignment({ job_id: 2 })]);
    await clock.advance(1000);
    expect(runs).toHaveLength(2);
    scheduler.apply([assignment({ job: 'renamed' })]);
    expect(scheduler.scheduled).toBe(1);
    await clock.advance(5 * MINUTE);
    expect(runs.slice(2).length).toBeGreaterThanOrEqual(4);
    expect(new Set(runs.slice(2).map(({ run }) => run.assignment.job))).toEqual(new Set(['renamed']));
  });

  test('a new revision runs at once', async () => {
    const { clock, runs, scheduler } = setUp();
    scheduler.apply([assignment()]);
    await clock.advance(5 * MINUTE);
    const since = clock.now();
    const before = runs.length;
    scheduler.apply([assignment({ revision: 2, since })]);
    await clock.advance(0);
    expect(runs.slice(before)).toMatchObject([{ run: { plannedAt: since } }]);
  });

  test('run now runs every assignment of the job once, beside the plan', async () => {
    const { clock, runs, scheduler } = setUp({ at: NOON + HOUR });
    scheduler.apply([assignment(), assignment({ kind: 'dns' }), assignment({ job_id: 2 })]);
    scheduler.runNow([1]);
    scheduler.runNow([1]);
    await settle();
    const extra = runs.filter(({ run }) => run.plannedAt === null);
    expect(extra.map(({ run }) => run.assignment.kind)).toEqual(['ping', 'dns']);
    await clock.advance(2000);
    scheduler.runNow([1]);
    expect(runs.filter(({ run }) => run.plannedAt === null)).toHaveLength(4);
  });

  test.each([
    ['of a kind it does not know', { kind: 'teleport' }, 'unknown_kind'],
    ['with options that do not fit', { spec: { count: -4 } }, 'refused_by_policy'],
    ['of the machine itself with a destination', { kind: 'system' }, 'refused_by_policy'],
    ['of a destination without one', { destination: null }, 'refused_by_policy'],
  ])('an assignment %s is skipped once, also after a restart', async (_, over, code) => {
    const first = setUp();
    const bad = assignment(over);
    first.scheduler.apply([bad]);
    await first.clock.advance(5 * MINUTE);
    first.scheduler.apply([bad, assignment({ job_id: 9 })]);
    expect(first.skips.map(({ why }) => why.code)).toEqual([code]);
    expect(first.scheduler.scheduled).toBe(1);
    const second = setUp({ marks: first.marks });
    second.scheduler.apply([bad]);
    expect(second.skips).toEqual([]);
  });

  test('sleeps between runs: an hour of two hundred jobs wakes it once a run, or each few seconds', async () => {
    const { clock, runs, scheduler } = setUp({ runMs: 0 });
    let sleeps = 0;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (ms, signal) => {
      if (signal !== undefined) sleeps += 1;
      return sleep(ms, signal);
    };
    scheduler.apply(Array.from({ length: 200 }, (_, i) => assignment({ job_id: i + 1 })));
    await clock.advance(5 * MINUTE);
    expect(runs.length).toBeGreaterThanOrEqual(1000);
    expect(sleeps).toBeLessThanOrEqual(runs.length + (5 * MINUTE) / 5000 + 2);
  });
});
