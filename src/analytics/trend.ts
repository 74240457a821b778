import { FEWEST_POINTS, MOST_POINTS, mannKendall, SIGNIFICANCE, type Points } from './mann-kendall.ts';

export type Direction = 'increasing' | 'decreasing' | 'stable' | 'not_enough_data';

export interface Trend {
  readonly direction: Direction;
  /** From the first instant to the last along Sen's line, in the values' own unit; null where there are not enough points. */
  readonly change: number | null;
  /** The same in percent of where the line begins; null where it begins at zero. */
  readonly changePct: number | null;
  /** Per millisecond. */
  readonly slope: number | null;
  readonly pValue: number | null;
  /** Points that were tested: means of equal times where there are more than the test takes. */
  readonly points: number;
  readonly isBucketed: boolean;
}

/** Whether values in the order of their instants (epoch milliseconds) rise or fall. NaN is no value. */
export function trendOf(all: Points): Trend {
  const known = withoutGaps(all);
  const isBucketed = known.at.length > MOST_POINTS;
  const points = isBucketed ? bucketMeans(known, MOST_POINTS) : known;
  const count = points.at.length;
  const [first, last] = [points.at[0] ?? NaN, points.at[count - 1] ?? NaN];
  if (count < FEWEST_POINTS || first === last) {
    return { direction: 'not_enough_data', change: null, changePct: null, slope: null, pValue: null, points: count, isBucketed };
  }
  const { pValue, slope, start } = mannKendall(points);
  const change = slope * (last - first);
  const changePct = start === 0 ? null : (change / Math.abs(start)) * 100;
  // A median slope of zero is no direction, however sure the test is that some values differ.
  const direction = pValue >= SIGNIFICANCE || slope === 0 ? 'stable' : slope > 0 ? 'increasing' : 'decreasing';
  return { direction, change, changePct, slope, pValue, points: count, isBucketed };
}

/** Means of values and instants in `count` equal times from the first instant to the last; times without a value are left out. */
export function bucketMeans({ at, value }: Points, count: number): Points {
  const first = at[0] ?? 0;
  const width = ((at[at.length - 1] ?? first) - first) / count;
  const means = { at: new Float64Array(count), value: new Float64Array(count) };
  let [used, current, held] = [-1, -1, 0];
  for (let i = 0; i < at.length; i++) {
    const bucket = width === 0 ? 0 : Math.min(count - 1, Math.floor(((at[i] ?? 0) - first) / width));
    if (bucket !== current) {
      current = bucket;
      used++;
      held = 0;
    }
    held++;
    means.at[used] = (means.at[used] ?? 0) + ((at[i] ?? 0) - (means.at[used] ?? 0)) / held;
    means.value[used] = (means.value[used] ?? 0) + ((value[i] ?? 0) - (means.value[used] ?? 0)) / held;
  }
  return { at: means.at.subarray(0, used + 1), value: means.value.subarray(0, used + 1) };
}

function withoutGaps({ at, value }: Points): Points {
  const isKnown = (_: number, index: number): boolean => !Number.isNaN(value[index] ?? NaN);
  return { at: at.filter(isKnown), value: value.filter((one) => !Number.isNaN(one)) };
}
