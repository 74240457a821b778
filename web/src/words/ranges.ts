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
