/** Time ranges a chart offers, with buckets that give it between 15 and 170 points. */
export const ranges = {
  '15m': { label: '15 min', words: 'the last 15 minutes', rangeS: 900, bucketS: 60 },
  '1h': { label: '1 h', words: 'the last hour', rangeS: 3600, bucketS: 60 },
  '6h': { label: '6 h', words: 'the last 6 hours', rangeS: 21_600, bucketS: 300 },
  '24h': { label: '24 h', words: 'the last 24 hours', rangeS: 86_400, bucketS: 900 },
  '7d': { label: '7 d', words: 'the last 7 days', rangeS: 604_800, bucketS: 3600 },
} as const;

export type RangeKey = keyof typeof ranges;

export const rangeKeys = Object.keys(ranges) as RangeKey[];

/** The range to begin with: an hour, or less where all there is began a few minutes ago. */
export function suitableRange(oldest: number | null, now: number): RangeKey {
  return oldest !== null && oldest > now - ranges['15m'].rangeS * 1000 ? '15m' : '1h';
}

export function isRange(text: unknown): text is RangeKey {
  return typeof text === 'string' && Object.hasOwn(ranges, text);
}

/** What a chart covers: the time up to now, or between two instants. Each in buckets of so many seconds. */
export type TimeWindow =
  { readonly rangeS: number; readonly bucketS: number } | { readonly from: number; readonly to: number; readonly bucketS: number };

/** A part of the past that was zoomed into, epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function spanOf(window: TimeWindow, now: number): Span {
  return 'rangeS' in window ? { from: now - window.rangeS * 1000, to: now } : { from: window.from, to: window.to };
}

/** Widths a bucket may have, seconds: those that clocks are divided by. */
const BUCKETS_S = [1, 5, 10, 30, 60, 300, 900, 3600, 10_800, 86_400];
/** A chart this wide in points still shows each. */
const MOST_POINTS = 180;
/** Shorter than this, nothing more is seen. */
const SHORTEST_SPAN_MS = 10_000;

/** The finest buckets that give a part of the past no more points than a chart can show. */
export function windowOfSpan({ from, to }: Span): TimeWindow {
  const bucketS = BUCKETS_S.find((width) => (to - from) / 1000 / width <= MOST_POINTS) ?? 86_400;
  return { from, to, bucketS };
}

export function windowOfRange(key: RangeKey): TimeWindow {
  const { rangeS, bucketS } = ranges[key];
  return { rangeS, bucketS };
}

/** What was drawn over, as a span of whole seconds; null where it is too short to be meant. */
export function spanBetween(a: number, b: number): Span | null {
  const from = Math.floor(Math.min(a, b) / 1000) * 1000;
  const to = Math.ceil(Math.max(a, b) / 1000) * 1000;
  return to - from < SHORTEST_SPAN_MS ? null : { from, to };
}
