import * as z from 'zod';
import { TachoError } from '../errors.ts';
import type { LocalMs, TimeZone } from './time-zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1440;
/** Months searched for a matching day: 29 February on a given weekday is at most 40 years away (over the year 2100). */
const MONTHS_SEARCHED = 40 * 12 + 1;
/** More than any offset and any change of one. */
const WIDEST_SHIFT_MS = 2 * DAY_MS;
const LONGEST_EXPRESSION = 256;

interface FieldRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Words for numbers, from `min` on. */
  readonly words: readonly string[];
}

const MINUTE: FieldRule = { name: 'minute', min: 0, max: 59, words: [] };
const HOUR: FieldRule = { name: 'hour', min: 0, max: 23, words: [] };
const DAY_OF_MONTH: FieldRule = { name: 'day-of-month', min: 1, max: 31, words: [] };
const MONTH: FieldRule = {
  name: 'month',
  min: 1,
  max: 12,
  words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
/** 0 and 7 are Sunday. */
const DAY_OF_WEEK: FieldRule = { name: 'day-of-week', min: 0, max: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] };

const shorthands: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** For each number, the next allowed one from it on, or null. */
type Allowed = readonly (number | null)[];

/** A parsed expression: which local minutes it means. */
export interface Cron {
  readonly minutes: Allowed;
  readonly hours: Allowed;
  readonly daysOfMonth: Allowed;
  readonly months: Allowed;
  readonly daysOfWeek: Allowed;
  /** Both days are restricted: either suffices, as in Vixie's cron. A field that begins with `*` restricts nothing in this sense. */
  readonly eitherDay: boolean;
  /** The hour begins with `*`: runs follow elapsed time over a change of the clocks. */
  readonly everyHour: boolean;
}

/**
 * Five fields, minute hour day-of-month month day-of-week: numbers, lists, ranges, steps and English names of three
 * letters; or one of `@hourly @daily @weekly @monthly @yearly`.
 *
 * @throws {TachoError} invalid_request, which says what is wrong with which field
 */
export function parseCron(text: string): Cron {
  const trimmed = text.trim().toLowerCase();
  if (trimmed.startsWith('@') && !Object.hasOwn(shorthands, trimmed)) {
    throw invalid(`expected one of @hourly, @daily, @weekly, @monthly, @yearly, or five fields`, text);
  }
  const expression = Object.hasOwn(shorthands, trimmed) ? (shorthands[trimmed] ?? trimmed) : trimmed;
  const fields = expression.length > LONGEST_EXPRESSION ? [] : expression.split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (minute === undefined || hour === undefined || dayOfMonth === undefined || month === undefined || dayOfWeek === undefined || fields.length > 5) {
    const got = expression === '' ? 'none' : expression.length > LONGEST_EXPRESSION ? `${expression.length} characters` : String(fields.length);
    throw invalid(`expected five fields (minute hour day-of-month month day-of-week), got ${got}`, text);
  }
  return {
    minutes: allowed(minute, MINUTE, text),
    hours: allowed(hour, HOUR, text),
    daysOfMonth: allowed(dayOfMonth, DAY_OF_MONTH, text),
    months: allowed(month, MONTH, text),
    daysOfWeek: allowed(dayOfWeek, DAY_OF_WEEK, text),
    eitherDay: !dayOfMonth.startsWith('*') && !dayOfWeek.startsWith('*'),
    everyHour: hour.startsWith('*'),
  };
}

/** A cron expression as jobs carry it. */
export const cronExpression = z
  .string()
  .trim()
  .superRefine((text, ctx) => {
    try {
      parseCron(text);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: error instanceof TachoError ? error.message : 'invalid cron' });
    }
  })
  .meta({
    description: 'five fields: minute hour day-of-month month day-of-week; or @hourly, @daily, @weekly, @monthly, @yearly',
    examples: ['*/15 8-17 * * mon-fri'],
  });

/**
 * The first instant at or after `from` at which the expression is due in a zone, or null where there is none within
 * 40 years.
 *
 * Where the hour is named, a local time that clocks jump over is due once, at the end of the gap, and one that they
 * show twice is due the first time. Where the hour is `*` or `*` with a step, what counts is elapsed time: both
 * passes of a repeated hour are due, and nothing is in a gap.
 */
export function nextCronInstant(cron: Cron, zone: TimeZone, from: number): number | null {
  return cron.everyHour ? nextElapsed(cron, zone, from) : nextNamed(cron, zone, from);
}

function nextElapsed(cron: Cron, zone: TimeZone, from: number): number | null {
  for (let at = from; ;) {
    const stretch = zone.stretchAt(at);
    const local = nextLocalMinute(cron, at + stretch.offsetMs);
    if (local !== null && local - stretch.offsetMs < stretch.to) return local - stretch.offsetMs;
    // Nothing of what the clock shows from a little earlier on matches before `reach`, so nothing does until just before it.
    const reach = nextLocalMinute(cron, at + stretch.offsetMs - WIDEST_SHIFT_MS);
    if (reach === null) return null;
    at = Math.max(stretch.to, Math.ceil((reach - WIDEST_SHIFT_MS) / MINUTE_MS) * MINUTE_MS);
  }
}

function nextNamed(cron: Cron, zone: TimeZone, from: number): number | null {
  // The reading just before, so that what a gap ending at `from` swallowed is found.
  let local = nextLocalMinute(cron, Math.min(from + zone.offsetAt(from), from + zone.offsetAt(from - 1)));
  while (local !== null) {
    const at = zone.instantOf(local, 'first');
    // Earlier only within a repeated hour, whose first pass is over.
    if (at >= from) return at;
    local = nextLocalMinute(cron, local + MINUTE_MS);
  }
  return null;
}

/** The first reading of a wall clock, at or after `from`, that the fields mean. */
export function nextLocalMinute(cron: Cron, from: LocalMs): LocalMs | null {
  const minute = Math.ceil(from / MINUTE_MS);
  const today = Math.floor(minute / MINUTES_A_DAY);
  const day = nextDay(cron, today);
  if (day === null) return null;
  if (day === today) {
    const time = nextTime(cron, minute - today * MINUTES_A_DAY);
    if (time !== null) return day * DAY_MS + time * MINUTE_MS;
  }
  const later = day === today ? nextDay(cron, today + 1) : day;
  const first = nextTime(cron, 0);
  return later === null || first === null ? null : later * DAY_MS + first * MINUTE_MS;
}

/** Whether the day that begins at a reading (midnight) is one of the expression's. */
export function isMatchingDay(cron: Cron, midnight: LocalMs): boolean {
  const date = new Date(midnight);
  return cron.months[date.getUTCMonth() + 1] === date.getUTCMonth() + 1 && matchesDay(cron, date.getUTCDate(), midnight / DAY_MS);
}

/** Runs on a matching day without a change of the clocks. */
export function runsADay({ minutes, hours }: Cron): number {
  const size = (set: Allowed): number => set.filter((next, n) => next === n).length;
  return size(minutes) * size(hours);
}

/** The next minute of a day, or null where the rest of the day has none. */
function nextTime(cron: Cron, minuteOfDay: number): number | null {
  const hour = Math.floor(minuteOfDay / 60);
  if (cron.hours[hour] === hour) {
    const minute = cron.minutes[minuteOfDay - hour * 60] ?? null;
    if (minute !== null) return hour * 60 + minute;
  }
  const later = cron.hours[hour + 1] ?? null;
  const first = cron.minutes[0] ?? null;
  return later === null || first === null ? null : later * 60 + first;
}

/** The next matching day, counted from the epoch. */
function nextDay(cron: Cron, from: number): number | null {
  const date = new Date(from * DAY_MS);
  let year = date.getUTCFullYear();
  let month = date.getUTCMonth() + 1;
  let dayOfMonth = date.getUTCDate();
  for (let i = 0; i < MONTHS_SEARCHED; i++) {
    if (cron.months[month] === month) {
      const first = dayNumber(year, month, 1);
      const length = dayNumber(year, month + 1, 1) - first;
      for (; dayOfMonth <= length; dayOfMonth++) {
        if (matchesDay(cron, dayOfMonth, first + dayOfMonth - 1)) return first + dayOfMonth - 1;
      }
    }
    dayOfMonth = 1;
    month += 1;
    if (month > 12) {
      month = 1;
      year += 1;
    }
  }
  return null;
}

function matchesDay(cron: Cron, dayOfMonth: number, day: number): boolean {
  const ofMonth = cron.daysOfMonth[dayOfMonth] === dayOfMonth;
  // The epoch's first day was a Thursday.
  const weekday = (((day + 4) % 7) + 7) % 7;
  const ofWeek = cron.daysOfWeek[weekday] === weekday;
  return cron.eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
}

function dayNumber(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS;
}

function allowed(field: string, rule: FieldRule, text: string): Allowed {
  const set = new Set<number>();
  for (const item of field.split(',')) {
    const [from, to, step] = itemOf(item, rule, text);
    for (let n = from; n <= to; n += step) set.add(n);
  }
  if (rule === DAY_OF_WEEK && set.has(7)) set.add(0);
  const next: (number | null)[] = [];
  for (let n = rule.max, after: number | null = null; n >= 0; n--) {
    if (set.has(n)) after = n;
    next[n] = after;
  }
  return next;
}

function itemOf(item: string, rule: FieldRule, text: string): [from: number, to: number, step: number] {
  const [range = '', stepText, ...rest] = item.split('/');
  const step = stepText === undefined ? 1 : /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0;
  if (step < 1 || rest.length > 0) throw invalid(`${rule.name}: expected a step such as */5, got ${JSON.stringify(item)}`, text);
  // With a step, `*` in the days of the week does not count Sunday twice.
  if (range === '*') return [rule.min, rule === DAY_OF_WEEK ? 6 : rule.max, step];
  const [fromText = '', toText, ...more] = range.split('-');
  if (more.length > 0) throw invalid(`${rule.name}: expected a range such as ${rule.min}-${rule.max}, got ${JSON.stringify(item)}`, text);
  const from = numberOf(fromText, rule, text);
  if (toText === undefined) {
    if (stepText !== undefined) throw invalid(`${rule.name}: expected * or a range before the step, got ${JSON.stringify(item)}`, text);
    return [from, from, 1];
  }
  const last = numberOf(toText, rule, text);
  // Sunday ends a week as well as it begins one: fri-sun.
  const to = rule === DAY_OF_WEEK && last === 0 && from > 0 ? 7 : last;
  if (to < from) throw invalid(`${rule.name}: expected a range that grows, got ${JSON.stringify(item)}`, text);
  return [from, to, step];
}

function numberOf(word: string, rule: FieldRule, text: string): number {
  const index = rule.words.indexOf(word);
  if (index >= 0) return rule.min + index;
  const value = /^\d{1,4}$/.test(word) ? Number(word) : NaN;
  if (value >= rule.min && value <= rule.max) return value;
  const words = rule.words.length === 0 ? '' : ` or ${rule.words[0]} to ${rule.words.at(-1)}`;
  const got = word === '' ? 'nothing' : Number.isNaN(value) ? JSON.stringify(word) : word;
  throw invalid(`${rule.name}: expected ${rule.min} to ${rule.max}${words}, got ${got}`, text);
}

function invalid(problem: string, text: string): TachoError {
  return new TachoError('invalid_request', `invalid cron: ${problem} (${JSON.stringify(text.slice(0, LONGEST_EXPRESSION))})`);
}
