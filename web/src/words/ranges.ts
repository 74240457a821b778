/** Time ranges a chart offers, with buckets that give it between 15 and 170 points; of all there is, as many as suit it. */
export const ranges = {
  '15m': { label: '15 min', words: 'the last 15 minutes', rangeS: 900, bucketS: 60 },
  '1h': { label: '1 h', words: 'the last hour', rangeS: 3600, bucketS: 60 },
  '6h': { label: '6 h', words: 'the last 6 hours', rangeS: 21_600, bucketS: 300 },
  '24h': { label: '24 h', words: 'the last 24 hours', rangeS: 86_400, bucketS: 900 },
  '7d': { label: '7 d', words: 'the last 7 days', rangeS: 604_800, bucketS: 3600 },
  '30d': { label: '30 d', words: 'the last 30 days', rangeS: 2_592_000, bucketS: 21_600 },
  '1y': { label: '1 y', words: 'the last year', rangeS: 31_536_000, bucketS: 259_200 },
  '5y': { label: '5 y', words: 'the last 5 years', rangeS: 157_766_400, bucketS: 1_209_600 },
  all: { label: 'all', words: 'all there is', rangeS: null, bucketS: null },
} as const;

export type RangeKey = keyof typeof ranges;

export const rangeKeys = Object.keys(ranges) as RangeKey[];

/** So many of the newest results a first view shows where they are few and far between. */
const SHOWN_AT_FIRST = 20;

/**
 * The range to begin with: an hour; less where all there is began a few minutes ago; more where the newest results do
 * not fit into it. Null where there is no result to judge by.
 * @param newest When results began, newest first; `complete` where there is none before them.
 */
export function suitableRange(newest: readonly number[], complete: boolean, now: number): RangeKey | null {
  const oldest = newest.at(-1);
  const shown = newest[Math.min(newest.length, SHOWN_AT_FIRST) - 1];
  if (oldest === undefined || shown === undefined) return null;
  const holds = (key: RangeKey): boolean => ranges[key].rangeS === null || shown > now - ranges[key].rangeS * 1000;
  if (complete && oldest > now - ranges['15m'].rangeS * 1000) return '15m';
  return rangeKeys.slice(1).find(holds) ?? 'all';
}

export function isRange(text: unknown): text is RangeKey {
  return typeof text === 'string' && Object.hasOwn(ranges, text);
}

/** What a chart covers: the time up to now, all there is, or between two instants. Where it is known before, in buckets of so many seconds. */
export type TimeWindow =
  | { readonly rangeS: number; readonly bucketS: number }
  | { readonly all: true }
  | { readonly from: number; readonly to: number; readonly bucketS: number };

/** Whether it ends now, and so moves on. */
export function movesOn(window: TimeWindow): boolean {
  return !('from' in window);
}

/** A part of the past that was zoomed into, epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Nothing was measured before. */
export const BEGINNING = Date.UTC(2000, 0, 1);

export function spanOf(window: Exclude<TimeWindow, { all: true }>, now: number): Span {
  return 'rangeS' in window ? { from: now - window.rangeS * 1000, to: now } : { from: window.from, to: window.to };
}

/** Widths a bucket may have, seconds: those that clocks are divided by. */
const BUCKETS_S = [1, 5, 10, 30, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 259_200, 604_800, 1_209_600];
const WIDEST_BUCKET_S = 2_592_000;
/** A chart this wide in points still shows each. */
const MOST_POINTS = 180;
/** Shorter than this, nothing more is seen. */
const SHORTEST_SPAN_MS = 10_000;

/** The finest buckets that give a part of the past no more points than a chart can show. */
export function windowOfSpan({ from, to }: Span): Span & { readonly bucketS: number } {
  const bucketS = BUCKETS_S.find((width) => (to - from) / 1000 / width <= MOST_POINTS) ?? WIDEST_BUCKET_S;
  return { from, to, bucketS };
}

/** A history that ended longer ago than this share of its length is shown to its own end: up to now most would be empty. */
const MOST_EMPTY = 0.25;

/** All there is, from its first day to now, or to the end of its last day where that was long ago. */
export function windowOfAll(days: { readonly first: number; readonly last: number } | null, now: number): Span & { readonly bucketS: number } {
  if (days === null) return windowOfSpan({ from: now - ranges['1h'].rangeS * 1000, to: now });
  const end = days.last + DAY_MS;
  const isOver = now - end > (end - days.first) * MOST_EMPTY;
  return windowOfSpan({ from: days.first, to: isOver ? end : now });
}

const DAY_MS = 86_400_000;

export function windowOfRange(key: RangeKey): TimeWindow {
  const { rangeS, bucketS } = ranges[key];
  return rangeS === null ? { all: true } : { rangeS, bucketS };
}

/** What was drawn over, as a span of whole seconds; null where it is too short to be meant. */
export function spanBetween(a: number, b: number): Span | null {
  const from = Math.floor(Math.min(a, b) / 1000) * 1000;
  const to = Math.ceil(Math.max(a, b) / 1000) * 1000;
  return to - from < SHORTEST_SPAN_MS ? null : { from, to };
}
