import { useState } from 'react';

/** How a list stands: keys in order, and for which choice of the reader that order was made. */
export interface Steady {
  readonly choice: string;
  readonly keys: readonly string[];
}

interface Ordering<T> {
  readonly keyOf: (row: T) => string;
  readonly compare: (a: T, b: T) => number;
  /** What the reader chose: only another choice puts rows that are there in another order. */
  readonly choice: string;
}

/** Rows in an order that stays while their contents change: new ones come where they belong, nothing else moves. */
export function steadyOrder<T>(before: Steady | null, rows: readonly T[], { keyOf, compare, choice }: Ordering<T>): Steady {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  if (before?.choice !== choice) return { choice, keys: [...rows].sort(compare).map(keyOf) };
  const keys = before.keys.filter((key) => byKey.has(key));
  const known = new Set(keys);
  for (const row of [...rows].sort(compare)) {
    if (known.has(keyOf(row))) continue;
    const place = keys.findIndex((key) => {
      const other = byKey.get(key);
      return other !== undefined && compare(row, other) < 0;
    });
    keys.splice(place === -1 ? keys.length : place, 0, keyOf(row));
  }
  return { choice, keys };
}

export function useSteadyOrder<T>(rows: readonly T[], ordering: Ordering<T>): T[] {
  const [steady, setSteady] = useState<Steady | null>(null);
  const next = steadyOrder(steady, rows, ordering);
  if (steady?.choice !== next.choice || steady.keys.join('\n') !== next.keys.join('\n')) setSteady(next);
  const byKey = new Map(rows.map((row) => [ordering.keyOf(row), row]));
  return next.keys.flatMap((key) => byKey.get(key) ?? []);
}
