/** What is known of many numbers without keeping them: exact for count, least and greatest, and to rounding for the rest. */
export interface Moments {
  readonly count: number;
  /** 0 where count is 0. */
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
  readonly min: number;
  readonly max: number;
}

export const noMoments: Moments = { count: 0, mean: 0, squares: 0, min: Infinity, max: -Infinity };

/** Two sets of numbers as one. Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances". */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const distance = b.mean - a.mean;
  return {
    count,
    mean: a.mean + distance * (b.count / count),
    squares: a.squares + b.squares + distance * distance * ((a.count * b.count) / count),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/** Values in groups: `groups[i]` is the group of `values[i]`, from 0 to below `count`. */
export interface Grouped {
  readonly groups: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly count: number;
}

/** Moments of each group, in one pass (Welford 1962). NaN means no value and is passed over. */
export function groupMoments({ groups, values, count }: Grouped): Moments[] {
  const all = Array.from({ length: count }, () => ({ ...noMoments }));
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    const own = all[groups[i] ?? -1];
    if (Number.isNaN(value) || own === undefined) continue;
    own.count++;
    const distance = value - own.mean;
    own.mean += distance / own.count;
    own.squares += distance * (value - own.mean);
    if (value < own.min) own.min = value;
    if (value > own.max) own.max = value;
  }
  return all;
}
