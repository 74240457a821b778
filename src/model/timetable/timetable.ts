import * as z from 'zod';
import { TachoError } from '../errors.ts';
import { instant } from '../instant.ts';
import { startOffsetMs, type PlannedSeries } from '../run.ts';
import { planOf, SEARCHED_MS, type Plan } from './plan.ts';
import { timeWindow, type OpenSpan, type TimeWindow } from './windows.ts';

const MINUTE_MS = 60_000;
/** A cron's instant that would follow the first run by less is left out. */
const CRON_FIRST_GAP_MS = 30_000;
/** Instants answered at once, unless told otherwise. */
const MOST_INSTANTS = 10_000;

/** When the runs of one series are due. */
export interface Timetable {
  /** Fixed distance between runs, or null where `cron` says. With neither there is the first run alone. */
  readonly intervalMs: number | null;
  /** Five fields: minute hour day-of-month month day-of-week; lists, ranges, steps, names (mon, jan), @hourly @daily @weekly @monthly @yearly. */
  readonly cron: string | null;
  /** IANA zone for cron and windows. */
  readonly timeZone: string;
  /** Recurring windows; empty = always. */
  readonly windows: readonly TimeWindow[];
  /** Instant of the first planned run (the plan began, or the job's start_time). */
  readonly since: number;
  /** Exclusive end (end_time); null = none. */
  readonly until: number | null;
}

/**
 * A timetable on the wire. The expression and the zone are read as they stand: an agent that does not know a zone that
 * the server knows refuses that one assignment (`timetableProblem`), not the whole schedule.
 */
export const timetable = z.codec(
  z.object({
    interval_ms: z.int().positive().nullable(),
    cron: z.string().max(256).nullable(),
    time_zone: z.string().max(64),
    windows: z.array(timeWindow).max(64),
    since: instant,
    until: instant.nullable(),
  }),
  z.object({
    intervalMs: z.number().nullable(),
    cron: z.string().nullable(),
    timeZone: z.string(),
    windows: z.array(z.custom<TimeWindow>()).readonly(),
    since: z.number(),
    until: z.number().nullable(),
  }),
  {
    decode: ({ interval_ms: intervalMs, time_zone: zone, ...same }): Timetable => ({ ...same, intervalMs, timeZone: zone }),
    encode: ({ intervalMs, timeZone: zone, windows, ...same }) => ({
      ...same,
      interval_ms: intervalMs,
      time_zone: zone,
      windows: windows.map((one) => ({ ...one, days: [...one.days] })),
    }),
  },
);

/** Why a timetable cannot be followed here, in words, or null where it can. */
export function timetableProblem(timetable: Timetable): string | null {
  try {
    planOf(timetable);
    return null;
  } catch (error) {
    if (error instanceof TachoError) return error.message;
    throw error;
  }
}

/** Whether two timetables say the same. */
export function isSameTimetable(a: Timetable, b: Timetable): boolean {
  const same = a.intervalMs === b.intervalMs && a.cron === b.cron && a.timeZone === b.timeZone && a.since === b.since && a.until === b.until;
  return same && a.windows.length === b.windows.length && JSON.stringify(a.windows) === JSON.stringify(b.windows);
}

/** What of a job says when it runs. Instants are epoch milliseconds. */
export interface JobTimes {
  /** Seconds between runs, or null where `cron` says. */
  readonly interval: number | null;
  readonly cron: string | null;
  readonly time_zone: string;
  readonly windows: readonly TimeWindow[];
  readonly start_time: number | null;
  readonly end_time: number | null;
  /** When all that the plan needs was there. */
  readonly since: number;
}

export function timetableOf(job: JobTimes): Timetable {
  return {
    // A cron expression wins: the interval beside it is what another reader shows.
    intervalMs: job.interval === null || job.cron !== null ? null : job.interval * 1000,
    cron: job.cron,
    timeZone: job.time_zone,
    windows: job.windows,
    since: Math.max(job.since, job.start_time ?? -Infinity),
    until: job.end_time,
  };
}

/**
 * The first planned instant at or after `from`; null where none is left.
 *
 * - `since` itself, where a window is open: a new plan's first run is at once.
 * - An interval without windows: every interval at the series' own offset, counted from the epoch so that it survives
 *   restarts. An instant that would follow the first run by less than half an interval is left out.
 * - An interval with windows: each time a window opens the plan begins anew, at the series' offset within the interval
 *   or the window, whichever is shorter, and goes on until the window closes. So a long interval in a short window
 *   still runs once a window.
 * - Cron: each minute it means in its zone, plus the series' offset within that minute. Windows leave minutes out.
 *
 * A search ends after eight years: what is not due until then never is.
 */
export function nextPlannedAt(series: PlannedSeries, timetable: Timetable, from: number): number | null {
  const at = nextWithoutEnd(series, timetable, from);
  return at === null || at >= endOf(timetable) ? null : at;
}

function nextWithoutEnd(series: PlannedSeries, timetable: Timetable, from: number): number | null {
  const { since, intervalMs } = timetable;
  const plan = planOf(timetable);
  if (from <= since && plan.isOpen(since)) return since;
  if (plan.cron !== null) return nextByCron(series, plan, Math.max(from, plan.isOpen(since) ? since + CRON_FIRST_GAP_MS : since));
  if (intervalMs === null) return null;
  if (plan.windows !== null) return firstInWindows(series, timetable, from)?.at ?? null;
  const earliest = Math.max(from, since + intervalMs / 2);
  const offset = startOffsetMs(series, intervalMs);
  return Math.ceil((earliest - offset) / intervalMs) * intervalMs + offset;
}

function nextByCron(series: PlannedSeries, plan: Plan, earliest: number): number | null {
  const offset = startOffsetMs(series, MINUTE_MS);
  const minute = plan.nextMinute(earliest - offset);
  return minute === null ? null : minute + offset;
}

/** The first instant of the interval's own grid, at or after `from` and `since`, with the window it is in. */
function firstInWindows(series: PlannedSeries, timetable: Timetable, from: number): { at: number; span: OpenSpan } | null {
  const { intervalMs, since } = timetable;
  const { windows } = planOf(timetable);
  if (intervalMs === null || windows === null) return null;
  const start = Math.max(from, since);
  const end = Math.min(endOf(timetable), start + SEARCHED_MS);
  for (let at = start; at < end;) {
    const span = windows.spanAfter(at);
    if (span === null) return null;
    const { open, close } = span;
    const first = open + startOffsetMs(series, Math.min(intervalMs, close - open));
    const begunHere = open <= since && since < close;
    const earliest = Math.max(at, begunHere ? since + intervalMs / 2 : open);
    const planned = first + Math.max(0, Math.ceil((earliest - first) / intervalMs)) * intervalMs;
    if (planned < close) return { at: planned, span };
    at = close;
  }
  return null;
}

/** The last planned instant before `before`, or null. Costs about forty times `nextPlannedAt`, however long ago it was. */
export function previousPlannedAt(series: PlannedSeries, timetable: Timetable, before: number): number | null {
  const next = (from: number): number | null => {
    const at = nextPlannedAt(series, timetable, from);
    return at === null || at >= before ? null : at;
  };
  // Steps back, doubling, to where an instant follows; then halves what lies between.
  let from = before;
  let none = before;
  let found: number | null = null;
  for (let stepMs = MINUTE_MS; found === null; stepMs *= 2) {
    if (from <= timetable.since || stepMs > 2 * SEARCHED_MS) return null;
    none = from;
    from = Math.max(before - stepMs, timetable.since);
    found = next(from);
  }
  while (none - found > 1) {
    const middle = found + Math.ceil((none - found) / 2);
    const later = next(middle);
    if (later === null) none = middle;
    else found = later;
  }
  return found;
}

/** Planned instants in [from, to), ascending; no more than `limit`. */
export function plannedBetween(series: PlannedSeries, timetable: Timetable, span: { from: number; to: number; limit?: number }): number[] {
  const { from, to, limit = MOST_INSTANTS } = span;
  const instants: number[] = [];
  for (let at = nextPlannedAt(series, timetable, from); at !== null && at < to && instants.length < limit;) {
    instants.push(at);
    at = nextPlannedAt(series, timetable, at + 1);
  }
  return instants;
}

/**
 * How many instants are planned in [from, to). An interval costs one step, or one a window; cron one step a day, or
 * one a run on the days around a change of the clocks and where there are windows.
 */
export function countPlannedBetween(series: PlannedSeries, timetable: Timetable, span: { from: number; to: number }): number {
  const { since, intervalMs } = timetable;
  const to = Math.min(span.to, endOf(timetable));
  const first = nextPlannedAt(series, timetable, span.from);
  if (first === null || first >= to) return 0;
  if (first === since) return 1 + countPlannedBetween(series, timetable, { from: since + 1, to: span.to });
  const plan = planOf(timetable);
  if (plan.cron !== null) {
    const offset = startOffsetMs(series, MINUTE_MS);
    return plan.countMinutes(first - offset, to - offset);
  }
  if (intervalMs === null) return 0;
  if (plan.windows === null) return Math.ceil((to - first) / intervalMs);
  let count = 0;
  for (let next = firstInWindows(series, timetable, first); next !== null && next.at < to;) {
    count += Math.ceil((Math.min(to, next.span.close) - next.at) / intervalMs);
    next = firstInWindows(series, timetable, next.span.close);
  }
  return count;
}

/** Whether runs may be at an instant: the plan has begun, has not ended, and a window is open. */
export function isOpen(timetable: Timetable, at: number): boolean {
  return at >= timetable.since && at < endOf(timetable) && planOf(timetable).isOpen(at);
}

function endOf({ until }: Timetable): number {
  return until ?? Infinity;
}
