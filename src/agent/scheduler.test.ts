import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { startOffsetMs } from '../model/run.ts';
import { nextPlannedAt, type Timetable } from '../model/timetable/timetable.ts';
import { weekdays } from '../model/timetable/windows.ts';
import type { Assignment } from '../protocol/messages.ts';
import { defaultPolicy } from './policy/policy.ts';
import type { Run } from './record.ts';
import { Scheduler, type Skip } from './scheduler.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 22, 12);
const AGENT = 3;

function times(over: Partial<Timetable> = {}): Timetable {
  return { intervalMs: MINUTE, cron: null, timeZone: 'UTC', windows: [], since: NOON, until: null, ...over };
}

function assignment(over: Partial<Assignment> = {}): Assignment {
  return {
    job_id: 1,
    job: 'web',
    revision: 1,
    kind: 'ping',
    destination: { id: 5, name: 'gateway', host: '127.0.0.1' },
    made_at: NOON,
    timetable: times(),
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
    expect(runs.map(({ run }) => run.plannedAt)).toEqual([nextPlannedAt(seriesOf(old), times(), NOON + 5 * HOUR + 1)]);
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
    const next = nextPlannedAt(seriesOf(assignment()), times(), clock.now() + 1) ?? 0;
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
    scheduler.apply([assignment({ revision: 2, made_at: since, timetable: times({ since }) })]);
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

  describe('with cron, windows and an end', () => {
    const quarter = { intervalMs: null, cron: '*/15 * * * *' };
    const night = { windows: [{ days: [...weekdays], from: '22:00', to: '02:00' }] };

    test('runs at once, then in the minutes of the expression', async () => {
      const { clock, runs, scheduler } = setUp();
      scheduler.apply([assignment({ timetable: times(quarter) })]);
      await clock.advance(2 * HOUR);
      const planned = runs.map(({ run }) => run.plannedAt ?? 0);
      expect(planned[0]).toBe(NOON);
      expect(planned.slice(1).every((at) => at % (15 * MINUTE) < MINUTE)).toBe(true);
      expect(planned.length).toBeGreaterThanOrEqual(8);
      expect(runs.slice(1).every(({ run, at }) => at === run.plannedAt)).toBe(true);
    });

    test('a fixed hour keeps its local time when the clocks change', async () => {
      const before = Date.UTC(2026, 9, 23, 12);
      const { clock, runs, scheduler } = setUp({ at: before });
      const berlin = times({ intervalMs: null, cron: '0 9 * * *', timeZone: 'Europe/Berlin', since: before });
      scheduler.apply([assignment({ made_at: before, timetable: berlin })]);
      await clock.advance(4 * 24 * HOUR);
      const hours = runs.slice(1).map(({ run }) => new Date(run.plannedAt ?? 0).toISOString().slice(8, 16));
      expect(hours).toEqual(['24T07:00', '25T08:00', '26T08:00', '27T08:00']);
    });

    test('after a sleep of a month there is one missed result with count and range, and the next run is in time', async () => {
      const { clock, runs, skips, scheduler } = setUp();
      scheduler.apply([assignment({ timetable: times(quarter) })]);
      await clock.advance(HOUR);
      const before = runs.length;
      const last = runs.at(-1)?.run.plannedAt ?? 0;
      clock.step(30 * 24 * HOUR + 5 * MINUTE);
      await clock.advance(5000);
      expect(skips).toHaveLength(1);
      expect(skips[0]?.run.plannedAt).toBe(last + 15 * MINUTE);
      const { missed, from, to } = skips[0]?.why.details ?? {};
      expect([missed, from]).toEqual([30 * 24 * 4 + 1, new Date(last + 15 * MINUTE).toISOString()]);
      expect(to).toBe(new Date(last + 15 * MINUTE + 30 * 24 * HOUR).toISOString());
      expect(runs.length).toBe(before);
      await clock.advance(15 * MINUTE);
      expect(runs.length).toBe(before + 1);
    });

    test('what was not planned while windows were closed was not missed', async () => {
      // The last run before 02:00, then a sleep until 20:00.
      const { clock, runs, skips, scheduler } = setUp({ at: NOON + 10 * HOUR });
      scheduler.apply([assignment({ timetable: times(night) })]);
      await clock.advance(4 * HOUR);
      const inWindow = runs.length;
      expect(inWindow).toBeGreaterThanOrEqual(239);
      clock.step(18 * HOUR);
      await clock.advance(HOUR);
      expect([runs.length, skips]).toEqual([inWindow, []]);
      await clock.advance(2 * HOUR);
      expect(runs.length).toBeGreaterThan(inWindow);
    });

    test('a first run whose news comes when the window has closed waits for the next window', async () => {
      const { clock, runs, skips, scheduler } = setUp({ at: NOON + HOUR });
      scheduler.apply([assignment({ timetable: times({ intervalMs: 24 * HOUR, windows: [{ days: [...weekdays], from: '11:00', to: '12:30' }] }) })]);
      await clock.advance(HOUR);
      expect([runs, skips]).toEqual([[], []]);
      await clock.advance(24 * HOUR);
      expect(runs).toHaveLength(1);
    });

    test('ends when its time is past, and can still be run by hand', async () => {
      const { clock, runs, skips, scheduler } = setUp();
      scheduler.apply([assignment({ timetable: times({ until: NOON + 10 * MINUTE }) })]);
      await clock.advance(HOUR);
      const count = runs.length;
      expect(count).toBeGreaterThanOrEqual(10);
      expect(runs.every(({ run }) => (run.plannedAt ?? 0) < NOON + 10 * MINUTE)).toBe(true);
      expect(skips).toEqual([]);
      scheduler.runNow([1]);
      await settle();
      expect(runs).toHaveLength(count + 1);
    });

    test('one that was past before it came has no runs and is no error', async () => {
      const { clock, runs, skips, scheduler } = setUp();
      scheduler.apply([
        assignment({ timetable: times({ until: NOON - HOUR }) }),
        assignment({ job_id: 2, timetable: times({ ...night, until: NOON - HOUR }) }),
      ]);
      await clock.advance(24 * HOUR);
      expect([runs, skips]).toEqual([[], []]);
    });

    test('one that is to begin later is waited for, and begins on time', async () => {
      const { clock, runs, scheduler } = setUp();
      scheduler.apply([assignment({ timetable: times({ since: NOON + 2 * HOUR }) })]);
      await clock.advance(2 * HOUR - 1);
      expect(runs).toEqual([]);
      await clock.advance(1);
      expect(runs.map(({ run }) => run.plannedAt)).toEqual([NOON + 2 * HOUR]);
    });

    test('one whose zone is not known here is skipped once, and the others go on', async () => {
      const { clock, runs, skips, scheduler } = setUp();
      scheduler.apply([assignment({ timetable: times({ timeZone: 'Mars/Olympus' }) }), assignment({ job_id: 2 })]);
      await clock.advance(MINUTE * 5);
      expect(skips.map(({ why }) => [why.code, why.message])).toEqual([
        ['unknown_timetable', 'unknown time zone: expected an IANA name such as Europe/Berlin, got "Mars/Olympus"'],
      ]);
      expect(runs.length).toBeGreaterThanOrEqual(5);
    });

    test('the one run of a day is not repeated after a small step back', async () => {
      const { clock, runs, scheduler } = setUp();
      scheduler.apply([assignment({ timetable: times({ intervalMs: null, cron: '0 18 * * *' }) })]);
      await clock.advance(7 * HOUR);
      const evening = runs.at(-1)?.at ?? 0;
      expect(runs).toHaveLength(2);
      clock.step(evening - 3 - clock.now());
      await clock.advance(HOUR);
      expect(runs).toHaveLength(2);
      clock.step(-2 * HOUR);
      await clock.advance(3 * HOUR);
      expect(runs).toHaveLength(3);
    });
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
