import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { PlannedSeries } from '../run.ts';
import {
  countPlannedBetween,
  isOpen,
  nextPlannedAt,
  plannedBetween,
  previousPlannedAt,
  timetable,
  timetableOf,
  type Timetable,
} from './timetable.ts';
import { weekdays, type TimeWindow } from './windows.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const series: PlannedSeries = { jobId: 3, revision: 2, agentId: 7, destinationId: 11, kind: 'ping' };
const NOON = Date.UTC(2026, 10, 22, 12);

function plan(over: Partial<Timetable> = {}): Timetable {
  return { intervalMs: MINUTE, cron: null, timeZone: 'UTC', windows: [], since: NOON, until: null, ...over };
}
const workdays: TimeWindow = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' };

const anySeries = fc.record({
  jobId: fc.integer({ min: 1, max: 1e6 }),
  revision: fc.integer({ min: 1, max: 1000 }),
  agentId: fc.integer({ min: 1, max: 1e6 }),
  destinationId: fc.option(fc.integer({ min: 1, max: 1e6 })),
  kind: fc.constantFrom('ping', 'dns', 'http', 'system'),
});
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Apia',
];
const timeOfDay = fc
  .integer({ min: 0, max: 1439 })
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
const anyWindow = fc
  .record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: timeOfDay, to: fc.oneof(timeOfDay, fc.constant('24:00')) })
  .filter(({ from, to }) => from !== to);
const anyCron = fc.constantFrom(
  '*/10 * * * *',
  '30 2 * * *',
  '15 1-4 * * *',
  '*/20 */2 * * mon-fri',
  '0 0 1 * *',
  '5,35 0-3 * 3,10 sun',
  '0 12 13 * fri',
);
/** Half of them around a change of the clocks. */
const anyInstant = fc.oneof(
  fc.integer({ min: Date.UTC(2009, 0, 1), max: Date.UTC(2030, 0, 1) }),
  fc.integer({ min: Date.UTC(2026, 2, 27), max: Date.UTC(2026, 3, 6) }),
  fc.integer({ min: Date.UTC(2026, 9, 2), max: Date.UTC(2026, 9, 27) }),
  fc.integer({ min: Date.UTC(2011, 11, 28), max: Date.UTC(2012, 0, 2) }),
);
const anyTimetable = fc
  .record({
    every: fc.oneof(
      fc.record({ intervalMs: fc.integer({ min: MINUTE, max: 3 * DAY }), cron: fc.constant(null) }),
      fc.record({ intervalMs: fc.constant(null), cron: anyCron }),
    ),
    timeZone: fc.constantFrom(...zones),
    windows: fc.array(anyWindow, { maxLength: 3 }),
    since: anyInstant,
    lastsMs: fc.option(fc.integer({ min: 1, max: 30 * DAY })),
  })
  .map(({ every, lastsMs, ...same }): Timetable => ({ ...same, ...every, until: lastsMs === null ? null : same.since + lastsMs }));

/** What a zone's clock shows, by `Intl` alone. */
function shown(timeZone: string, at: number): { weekday: number; minute: number } {
  const text = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(at);
  const [, day = '', hour, minute] = /^(\w{3}),? (\d\d):(\d\d)$/.exec(text) ?? [];
  return { weekday: (weekdays as readonly string[]).indexOf(day.toLowerCase()), minute: Number(hour) * 60 + Number(minute) };
}

/** Whether a window shows open by the wall clock. Only right away from changes of the clocks. */
function showsOpen({ windows, timeZone }: Timetable, at: number): boolean {
  const { weekday, minute } = shown(timeZone, at);
  const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return windows.some(({ days, from, to }) => {
    const [start, end] = [minuteOf(from), minuteOf(to)];
    const has = (day: number): boolean => days.some((name) => weekdays.indexOf(name) === (day + 7) % 7);
    return end > start ? has(weekday) && start <= minute && minute < end : (has(weekday) && minute >= start) || (has(weekday - 1) && minute < end);
  });
}

describe('the plan of any timetable', () => {
  test('ascends, stays within its beginning, its end and its windows, and is the same however it is asked', () => {
    fc.assert(
      fc.property(anySeries, anyTimetable, fc.integer({ min: -HOUR, max: 5 * DAY }), (one, any, later) => {
        const from = any.since + later;
        const to = from + 4 * DAY;
        const planned = plannedBetween(one, any, { from, to });
        for (const [i, at] of planned.entries()) {
          expect(at).toBeGreaterThan(planned[i - 1] ?? from - 1);
          expect(isOpen(any, at)).toBe(true);
          expect(nextPlannedAt(one, any, at)).toBe(at);
        }
        const limited = plannedBetween(one, any, { from, to, limit: 3 });
        expect(limited).toEqual(planned.slice(0, 3));
        if (planned.length < 10_000) expect(countPlannedBetween(one, any, { from, to })).toBe(planned.length);
        const last = planned.at(-1);
        if (last !== undefined) expect(previousPlannedAt(one, any, to)).toBe(last);
        const [first] = planned;
        expect(nextPlannedAt(one, any, from) ?? Infinity)[first === undefined ? 'toBeGreaterThanOrEqual' : 'toBe'](first ?? to);
      }),
      { numRuns: 150 },
    );
  });

  test('has every instant between two neighbours outside, so none is left out', () => {
    fc.assert(
      fc.property(anySeries, anyTimetable, fc.double({ min: 0, max: 1, noNaN: true }), (one, any, share) => {
        const [first, second] = plannedBetween(one, any, { from: any.since, to: any.since + 40 * DAY, limit: 2 });
        if (first === undefined || second === undefined) return;
        expect(nextPlannedAt(one, any, first + 1 + Math.floor((second - first - 1) * share))).toBe(second);
        expect(previousPlannedAt(one, any, second)).toBe(first);
        expect(previousPlannedAt(one, any, first)).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  test('opens its windows as the wall clock shows, where clocks do not change', () => {
    const quiet = fc.integer({ min: Date.UTC(2026, 5, 1) / MINUTE, max: Date.UTC(2026, 8, 1) / MINUTE }).map((minute) => minute * MINUTE);
    fc.assert(
      fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 3 }), fc.constantFrom(...zones), quiet, (windows, timeZone, at) => {
        const any = plan({ windows, timeZone, since: 0 });
        expect(isOpen(any, at)).toBe(showsOpen(any, at));
      }),
    );
  });
});

describe('an interval', () => {
  test('without windows: at once, then every interval at the offset of the series', () => {
    const [first, ...rest] = plannedBetween(series, plan(), { from: 0, to: NOON + 10 * MINUTE });
    expect(first).toBe(NOON);
    expect(rest.length).toBeGreaterThanOrEqual(9);
    for (const [i, at] of rest.entries()) if (i > 0) expect(at - (rest[i - 1] ?? 0)).toBe(MINUTE);
  });

  test('leaves half an interval between the first run and the next', () => {
    fc.assert(
      fc.property(anySeries, fc.integer({ min: MINUTE, max: DAY }), (one, intervalMs) => {
        const second = nextPlannedAt(one, plan({ intervalMs }), NOON + 1) ?? 0;
        expect(second - NOON).toBeGreaterThanOrEqual(intervalMs / 2);
        expect(second - NOON).toBeLessThanOrEqual(intervalMs * 1.5);
      }),
    );
  });

  test('longer than its window still runs once a window', () => {
    fc.assert(
      fc.property(anySeries, (one) => {
        const daily = plan({ intervalMs: 2 * DAY, windows: [workdays] });
        // 2026-11-23 is a Monday.
        for (let day = 0; day < 5; day++) {
          const nine = Date.UTC(2026, 10, 23 + day, 9);
          expect(plannedBetween(one, daily, { from: nine - 9 * HOUR, to: nine + 15 * HOUR })).toHaveLength(1);
          expect(plannedBetween(one, daily, { from: nine, to: nine + 8 * HOUR })).toHaveLength(1);
        }
        expect(countPlannedBetween(one, daily, { from: Date.UTC(2026, 10, 28), to: Date.UTC(2026, 10, 30) })).toBe(0);
      }),
    );
  });

  test('whose plan begins outside its windows waits for the first to open', () => {
    // 2026-11-22 is a Sunday.
    const first = nextPlannedAt(series, plan({ windows: [workdays] }), 0) ?? 0;
    expect(first).toBeGreaterThanOrEqual(Date.UTC(2026, 10, 23, 9));
    expect(first).toBeLessThan(Date.UTC(2026, 10, 23, 9, 1));
  });

  test('counts a month of a long plan in a moment', () => {
    const far = NOON + 3650 * DAY;
    expect(countPlannedBetween(series, plan(), { from: far, to: far + 30 * DAY })).toBe(43_200);
    expect(countPlannedBetween(series, plan({ windows: [workdays] }), { from: far, to: far + 28 * DAY })).toBe(20 * 8 * 60);
  });
});

describe('cron', () => {
  const cron = (expression: string, over: Partial<Timetable> = {}): Timetable => plan({ intervalMs: null, cron: expression, ...over });

  test('runs at once, then in each of its minutes at the same second, which is not always :00', () => {
    const planned = plannedBetween(series, cron('*/15 * * * *', { since: NOON + 5 * MINUTE }), { from: 0, to: NOON + 2 * HOUR });
    expect(planned[0]).toBe(NOON + 5 * MINUTE);
    const offsets = planned.slice(1).map((at) => at % (15 * MINUTE));
    expect(offsets).toHaveLength(7);
    expect(new Set(offsets).size).toBe(1);
    expect(offsets[0]).toBeLessThan(MINUTE);
    const seconds = new Set(
      Array.from({ length: 50 }, (_, i) => (nextPlannedAt({ ...series, agentId: i }, cron('0 * * * *'), NOON + HOUR) ?? 0) % MINUTE),
    );
    expect(seconds.size).toBeGreaterThan(45);
  });

  test('leaves out what would follow the first run within half a minute', () => {
    for (let agentId = 1; agentId < 50; agentId++) {
      const second = nextPlannedAt({ ...series, agentId }, cron('* * * * *'), NOON + 1) ?? 0;
      expect(second - NOON).toBeGreaterThanOrEqual(30 * SECOND);
      expect(second - NOON).toBeLessThan(90 * SECOND);
    }
  });

  test('runs in the minutes that windows let through', () => {
    const both = cron('0 */6 * * *', { windows: [workdays], timeZone: 'America/New_York', since: Date.UTC(2026, 10, 21) });
    const planned = plannedBetween(series, both, { from: 0, to: Date.UTC(2026, 10, 29) });
    expect(planned.map((at) => Math.floor(at / HOUR))).toEqual([23, 24, 25, 26, 27].map((day) => Date.UTC(2026, 10, day, 17) / HOUR));
  });

  test('that no window ever lets through never runs', () => {
    const never = cron('0 3 * * *', { windows: [workdays] });
    expect(nextPlannedAt(series, never, NOON)).toBeNull();
    expect(previousPlannedAt(series, never, NOON + DAY)).toBeNull();
    expect(countPlannedBetween(series, never, { from: 0, to: NOON + 100 * DAY })).toBe(0);
  });

  test('counts a month of minutes without walking them, over a change of the clocks too', () => {
    const every = cron('* * * * *', { timeZone: 'Europe/Berlin', since: 0 });
    const october = { from: Date.UTC(2026, 8, 30, 22), to: Date.UTC(2026, 9, 31, 23) };
    expect(countPlannedBetween(series, every, october)).toBe((31 * 24 + 1) * 60);
    const workHours = cron('*/5 8-17 * * mon-fri', { timeZone: 'Europe/Berlin', since: 0 });
    expect(countPlannedBetween(series, workHours, october)).toBe(22 * 10 * 12);
  });
});

describe('a plan with an end', () => {
  test('has no run at or after it', () => {
    const until = NOON + 10 * MINUTE;
    const planned = plannedBetween(series, plan({ until }), { from: 0, to: Infinity });
    expect(planned.at(-1)).toBeLessThan(until);
    expect(planned.length).toBeGreaterThanOrEqual(10);
    expect(nextPlannedAt(series, plan({ until }), until)).toBeNull();
    expect([isOpen(plan({ until }), until - 1), isOpen(plan({ until }), until), isOpen(plan({ until }), NOON - 1)]).toEqual([true, false, false]);
  });

  test('that is past when it begins has none at all', () => {
    for (const over of [{}, { intervalMs: null, cron: '* * * * *' }, { windows: [workdays] }]) {
      const past = plan({ ...over, until: NOON - DAY });
      expect(nextPlannedAt(series, past, 0)).toBeNull();
      expect(previousPlannedAt(series, past, NOON + DAY)).toBeNull();
      expect(countPlannedBetween(series, past, { from: 0, to: NOON + DAY })).toBe(0);
    }
  });
});

describe('the last planned instant before another', () => {
  test('is found without walking what lies between', () => {
    const old = plan({ since: 0, until: Date.UTC(2000, 0, 1) });
    const last = previousPlannedAt(series, old, Date.UTC(2000, 0, 1)) ?? 0;
    expect(Date.UTC(2000, 0, 1) - last).toBeLessThanOrEqual(MINUTE);
    expect(previousPlannedAt(series, plan(), NOON + 1)).toBe(NOON);
    expect(previousPlannedAt(series, plan(), NOON)).toBeNull();
  });

  test('of a plan without a known beginning is on its grid', () => {
    const at = previousPlannedAt(series, plan({ since: -Infinity }), NOON) ?? 0;
    expect(NOON - at).toBeLessThanOrEqual(MINUTE);
    expect(nextPlannedAt(series, plan({ since: -Infinity }), at)).toBe(at);
  });
});

describe('a timetable', () => {
  test('is read from and written to the wire', () => {
    const wire = {
      interval_ms: null,
      cron: '*/5 * * * *',
      time_zone: 'Europe/Berlin',
      windows: [{ days: ['mon', 'tue'], from: '22:00', to: '06:00' }],
      since: '2026-11-22T12:00:00.000Z',
      until: null,
    };
    const read = timetable.parse(wire);
    expect(read).toEqual({ intervalMs: null, cron: '*/5 * * * *', timeZone: 'Europe/Berlin', windows: wire.windows, since: NOON, until: null });
    expect(z.encode(timetable, read)).toEqual(wire);
  });

  test('of a job begins at its start time, if that is later than all it needs', () => {
    const job = { interval: 300, cron: null, time_zone: 'UTC', windows: [], start_time: null, end_time: null, since: NOON };
    expect(timetableOf(job)).toEqual(plan({ intervalMs: 300_000 }));
    expect(timetableOf({ ...job, start_time: NOON - DAY }).since).toBe(NOON);
    expect(timetableOf({ ...job, start_time: NOON + DAY, end_time: NOON + 2 * DAY })).toMatchObject({ since: NOON + DAY, until: NOON + 2 * DAY });
    expect(timetableOf({ ...job, cron: '@daily' })).toMatchObject({ intervalMs: null, cron: '@daily' });
  });
});
