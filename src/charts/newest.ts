import { usualStepMs } from './gaps.ts';

/** However often something is measured, what is younger than this is not old. */
const LEAST_FRESH_MS = 5 * 60_000;
/** One may be missed, and the next be half a step late, before the newest is old. */
const FRESH_STEPS = 2.5;
/** The median of a wider bucket says how it was, not how it is. */
const WIDEST_NOW_MS = 3_600_000;
/** From here on a day and a month may mean two of them. */
const NEEDS_YEAR_MS = 300 * 86_400_000;
const DAY_MS = 86_400_000;

/** A line whose newest point is asked for. */
export interface NewestFrom<P> {
  readonly points: readonly P[];
  /** What was measured, or what measured it, is gone: its last value is no present one, however young. */
  readonly ended?: boolean | undefined;
}

/** When a chart is read, and how wide its buckets are. */
export interface ReadAt {
  readonly now: number;
  readonly bucketMs: number;
  /** Instants as UTC; else as the reader's own time. */
  readonly utc: boolean;
}

export interface Newest {
  readonly value: number;
  readonly at: number;
  /** Whether it says how things are now: by the usual step of the line itself. */
  readonly isNow: boolean;
}

/** The newest median of a line; null where it has none. */
export function newestOf<P extends { readonly at: number; readonly p50: number | null }>(
  line: NewestFrom<P>,
  { now, bucketMs }: ReadAt,
): Newest | null {
  const point = line.points.findLast((candidate) => candidate.p50 !== null);
  if (point === undefined || point.p50 === null) return null;
  const step = usualStepMs(
    line.points.map((one) => one.at),
    bucketMs,
  );
  const ageMs = now - (point.at + bucketMs);
  const isNow = line.ended !== true && bucketMs <= WIDEST_NOW_MS && ageMs < Math.max(LEAST_FRESH_MS, FRESH_STEPS * step);
  return { value: point.p50, at: point.at, isNow };
}

/** `is 12 ms now`, `was 12 ms at 10:03`, `was 12 ms on 21 Nov, 10:03`: the value in words, and when that was. */
export function newestText(newest: Pick<Newest, 'at' | 'isNow'>, value: string, read: ReadAt): string {
  return newest.isNow ? `is ${value} now` : `was ${value} ${momentText(newest.at, read)}`;
}

function momentText(at: number, { now, bucketMs, utc }: ReadAt): string {
  const zone = utc ? ({ timeZone: 'UTC' } as const) : {};
  const day = new Intl.DateTimeFormat('en-GB', {
    ...zone,
    day: 'numeric',
    month: 'short',
    ...(now - at > NEEDS_YEAR_MS && { year: 'numeric' }),
  });
  if (bucketMs > DAY_MS) return `in the ${Math.round(bucketMs / DAY_MS)} days from ${day.format(at)}`;
  if (bucketMs === DAY_MS) return `on ${day.format(at)}`;
  const clock = new Intl.DateTimeFormat('en-GB', { ...zone, hour: '2-digit', minute: '2-digit' });
  const time = clock.format(at);
  if (bucketMs > WIDEST_NOW_MS) return `on ${day.format(at)}, ${time} to ${clock.format(at + bucketMs)}`;
  return day.format(at) === day.format(now) ? `at ${time}` : `on ${day.format(at)}, ${time}`;
}
