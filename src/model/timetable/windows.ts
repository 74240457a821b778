import * as z from 'zod';
import type { LocalMs, TimeZone } from './time-zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1440;
const MINUTES_A_WEEK = 7 * MINUTES_A_DAY;
const WEEK_MS = 7 * DAY_MS;
/** Weeks remembered of one set of windows. */
const MOST_WEEKS = 64;
/** Days from a Monday to the epoch's first day, a Thursday. */
const EPOCH_IN_ITS_WEEK_MS = 3 * DAY_MS;

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** A time of the week, again every week. */
export interface TimeWindow {
  /** The days on which it opens. */
  readonly days: readonly Weekday[];
  /** Wall clock, HH:MM. */
  readonly from: string;
  /** Exclusive. Earlier than `from`: on the next day. `24:00` is the day's end. */
  readonly to: string;
}

/** A stretch of time in which runs may be: [open, close). */
export interface OpenSpan {
  readonly open: number;
  readonly close: number;
}

const dayWords: Readonly<Record<string, readonly Weekday[]>> = { daily: weekdays, weekdays: weekdays.slice(0, 5), weekend: weekdays.slice(5) };

const days = z
  .codec(z.array(z.string()).min(1, 'invalid days: expected at least one, such as mon or weekdays, got none').max(32), z.array(z.enum(weekdays)), {
    decode: (words, ctx) => {
      const chosen = new Set<Weekday>();
      for (const word of words) {
        const known = daysOf(word.trim().toLowerCase());
        if (known === null) {
          const message = `invalid day: expected ${weekdays.join(', ')}, a range such as mon-fri, weekdays, weekend or daily, got ${JSON.stringify(word.slice(0, 64))}`;
          ctx.issues.push({ code: 'custom', input: word, message });
          continue;
        }
        for (const day of known) chosen.add(day);
      }
      return weekdays.filter((day) => chosen.has(day));
    },
    encode: (chosen) => [...chosen],
  })
  .meta({ description: `days on which it opens: ${weekdays.join(', ')}, a range such as mon-fri, weekdays, weekend or daily` });

const timeOfDay = (name: 'from' | 'to') =>
  z
    .string({
      error: ({ input }) => `invalid ${name}: expected a time such as "09:00", got ${input === undefined ? 'nothing' : JSON.stringify(input)}`,
    })
    .superRefine((text, ctx) => {
      if (minuteOf(text) === null || (name === 'from' && text === '24:00')) {
        ctx.addIssue({
          code: 'custom',
          message: `invalid ${name}: expected 00:00 to ${name === 'to' ? '24:00' : '23:59'}, got ${JSON.stringify(text.slice(0, 64))}`,
        });
      }
    });

/** A recurring window as jobs carry it. `days` also takes ranges and words; what is kept is the list of days. */
export const timeWindow = z
  .object({ days, from: timeOfDay('from'), to: timeOfDay('to') })
  .superRefine(({ from, to }, ctx) => {
    if (from !== to) return;
    ctx.addIssue({
      code: 'custom',
      path: ['to'],
      message: `invalid to: expected another time than from; a whole day is 00:00 to 24:00, got ${JSON.stringify(to)}`,
    });
  })
  .meta({ description: 'days on which it opens, and local times HH:MM; a `to` before `from` is on the next day' });

/** The weekly windows of one plan in its zone, overlaps merged. */
export class WeeklyWindows {
  readonly #zone: TimeZone;
  /** Minutes of the week from Monday 00:00 on, ascending, apart from each other; the last may reach into the next week. */
  readonly #template: readonly { readonly from: number; readonly to: number }[];
  readonly #weeks = new Map<number, readonly OpenSpan[]>();

  constructor(windows: readonly TimeWindow[], zone: TimeZone) {
    this.#zone = zone;
    this.#template = merged(windows);
  }

  /** Open all the week, without a break. */
  get always(): boolean {
    const [first] = this.#template;
    return first !== undefined && first.to - first.from >= MINUTES_A_WEEK;
  }

  /** The first span that closes after an instant, or null where none ever does. */
  spanAfter(instant: number): OpenSpan | null {
    if (this.always) return { open: -Infinity, close: Infinity };
    if (this.#template.length === 0) return null;
    const week = Math.floor((instant + this.#zone.offsetAt(instant) + EPOCH_IN_ITS_WEEK_MS) / WEEK_MS);
    // A span is shorter than a week, so none that began before the last but one reaches here. Around a change of the
    // clocks neighbours may overlap: they are one.
    let open = -Infinity;
    let close = -Infinity;
    for (let number = week - 2; ; number++) {
      for (const span of this.#week(number)) {
        if (span.open <= close) {
          close = Math.max(close, span.close);
          continue;
        }
        if (close > instant) return { open, close };
        open = span.open;
        close = span.close;
      }
    }
  }

  isOpen(instant: number): boolean {
    const span = this.spanAfter(instant);
    return span !== null && span.open <= instant;
  }

  #week(number: number): readonly OpenSpan[] {
    const known = this.#weeks.get(number);
    if (known !== undefined) return known;
    if (this.#weeks.size >= MOST_WEEKS) this.#weeks.clear();
    const monday: LocalMs = number * WEEK_MS - EPOCH_IN_ITS_WEEK_MS;
    const spans = this.#template
      .map(({ from, to }) => ({
        open: this.#zone.instantOf(monday + from * MINUTE_MS, 'first'),
        close: this.#zone.instantOf(monday + to * MINUTE_MS, 'last'),
      }))
      .filter(({ open, close }) => close > open);
    this.#weeks.set(number, spans);
    return spans;
  }
}

/** The windows as minutes of the week, merged also where Sunday meets Monday. */
function merged(windows: readonly TimeWindow[]): { from: number; to: number }[] {
  const pieces: { from: number; to: number }[] = [];
  for (const window of windows) {
    const from = minuteOf(window.from);
    const end = minuteOf(window.to);
    if (from === null || end === null || from === end) continue;
    const to = end < from ? end + MINUTES_A_DAY : end;
    for (const day of window.days) {
      const midnight = weekdays.indexOf(day) * MINUTES_A_DAY;
      pieces.push({ from: midnight + from, to: midnight + to });
    }
  }
  pieces.sort((a, b) => a.from - b.from);
  const spans: { from: number; to: number }[] = [];
  for (const piece of pieces) {
    const last = spans.at(-1);
    if (last !== undefined && piece.from <= last.to) last.to = Math.max(last.to, piece.to);
    else spans.push(piece);
  }
  // The end of the week runs into its beginning: what it covers there is part of the last span.
  for (let [first, last] = [spans[0], spans.at(-1)]; first !== undefined && last !== undefined; [first, last] = [spans[0], spans.at(-1)]) {
    if (first === last) {
      if (last.to - last.from < MINUTES_A_WEEK) break;
      return [{ from: 0, to: MINUTES_A_WEEK }];
    }
    if (first.from + MINUTES_A_WEEK > last.to) break;
    last.to = Math.max(last.to, first.to + MINUTES_A_WEEK);
    spans.shift();
  }
  return spans;
}

function minuteOf(text: string): number | null {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  if (match === null) return null;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return minute <= MINUTES_A_DAY ? minute : null;
}

function daysOf(word: string): readonly Weekday[] | null {
  if (Object.hasOwn(dayWords, word)) return dayWords[word] ?? null;
  const [from = '', to = from, ...rest] = word.split('-');
  const first = weekdays.indexOf(from as Weekday);
  const last = weekdays.indexOf(to as Weekday);
  if (first < 0 || last < 0 || rest.length > 0) return null;
  return first <= last ? weekdays.slice(first, last + 1) : [...weekdays.slice(first), ...weekdays.slice(0, last + 1)];
}
