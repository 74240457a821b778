import { isMatchingDay, nextCronInstant, parseCron, runsADay, type Cron } from './cron.ts';
import { timeZoneOf, type TimeZone } from './time-zone.ts';
import { WeeklyWindows, type TimeWindow } from './windows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far ahead is searched: eight years, so that 29 February is found across the year 2100. */
export const SEARCHED_MS = (8 * 365 + 3) * DAY_MS;
/** How long the finding that nothing is due for `SEARCHED_MS` is trusted. */
const BARREN_MS = 365 * DAY_MS;
/** Plans remembered: jobs differ in far fewer ways. */
const MOST_PLANS = 1000;
/** Answers of one plan that are remembered. */
const MOST_COUNTS = 256;

/** What of a timetable is the same for every series and every beginning. */
interface PlanSource {
  readonly cron: string | null;
  readonly timeZone: string;
  readonly windows: readonly TimeWindow[];
}

/**
 * A timetable's cron and windows, read once. Thousands of series share one plan and ask about nearly the same instants,
 * so it remembers its last answers.
 */
export class Plan {
  readonly cron: Cron | null;
  /** null: always open. */
  readonly windows: WeeklyWindows | null;
  readonly #zone: TimeZone;
  #asked = Infinity;
  #answer: number | null = null;
  readonly #counts = new Map<string, number>();

  constructor({ cron, timeZone, windows }: PlanSource) {
    this.#zone = timeZoneOf(timeZone);
    this.cron = cron === null ? null : parseCron(cron);
    const weekly = new WeeklyWindows(windows, this.#zone);
    this.windows = windows.length === 0 || weekly.always ? null : weekly;
  }

  isOpen(instant: number): boolean {
    // The beginning of a plan that has no known one.
    if (instant === -Infinity) return false;
    return this.windows === null || this.windows.isOpen(instant);
  }

  /** The first minute at or after `from` that the cron means and a window lets through. */
  nextMinute(from: number): number | null {
    const until = this.#answer ?? this.#asked + BARREN_MS;
    if (from >= this.#asked && from <= until) return this.#answer;
    this.#answer = this.#searchMinute(from);
    this.#asked = from;
    return this.#answer;
  }

  #searchMinute(from: number): number | null {
    if (this.cron === null) return null;
    let at = nextCronInstant(this.cron, this.#zone, from);
    while (at !== null && at < from + SEARCHED_MS) {
      const span = this.windows?.spanAfter(at) ?? null;
      if (this.windows === null) return at;
      if (span === null) return null;
      if (span.open <= at) return at;
      at = nextCronInstant(this.cron, this.#zone, span.open);
    }
    return null;
  }

  /** How many minutes in [from, to) the cron means and a window lets through. */
  countMinutes(from: number, to: number): number {
    // Whole minutes, so that series whose offsets differ share the answer: nothing is due within one.
    const first = this.nextMinute(from);
    const key = `${first ?? 0} ${Math.ceil(to / MINUTE_MS)}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    if (this.#counts.size >= MOST_COUNTS) this.#counts.clear();
    const count = this.#countMinutes(from, to);
    this.#counts.set(key, count);
    return count;
  }

  #countMinutes(from: number, to: number): number {
    let count = 0;
    for (let at = this.nextMinute(from); at !== null && at < to;) {
      const day = this.#plainDay(at);
      if (day !== null && day.end <= to) {
        count += day.count;
        at = this.nextMinute(day.end);
      } else {
        count += 1;
        at = this.nextMinute(at + 1);
      }
    }
    return count;
  }

  /** The local day that begins at `at`, where no window and no change of the clocks is near it. */
  #plainDay(at: number): { end: number; count: number } | null {
    if (this.cron === null || this.windows !== null) return null;
    const offset = this.#zone.offsetAt(at);
    const local = at + offset;
    const midnight = Math.floor(local / DAY_MS) * DAY_MS;
    if (!isMatchingDay(this.cron, midnight)) return null;
    const start = midnight - offset;
    // The first run of the day is at `at`: everything of the day is still to come.
    if (nextCronInstant(this.cron, this.#zone, start) !== at) return null;
    for (let edge = start - DAY_MS; edge <= start + 2 * DAY_MS; edge += DAY_MS) if (this.#zone.offsetAt(edge) !== offset) return null;
    return { end: start + DAY_MS, count: runsADay(this.cron) };
  }
}

const bySource = new WeakMap<PlanSource, Plan>();
const byText = new Map<string, Plan>();

/** The plan of a timetable; equal ones share it. */
export function planOf(source: PlanSource): Plan {
  const known = bySource.get(source);
  if (known !== undefined) return known;
  const text = JSON.stringify([source.cron, source.timeZone, source.windows]);
  let plan = byText.get(text);
  if (plan === undefined) {
    plan = new Plan(source);
    if (byText.size >= MOST_PLANS) byText.clear();
    byText.set(text, plan);
  }
  bySource.set(source, plan);
  return plan;
}
