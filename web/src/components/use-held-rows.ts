import { useState } from 'react';

export interface HeldRows<T> {
  /** What to show: the newest rows, or those at the moment of holding. */
  readonly rows: readonly T[];
  /** How many newer ones wait. */
  readonly waiting: number;
  readonly paused: boolean;
  readonly hold: (why: 'pointer' | 'focus') => void;
  readonly release: (why: 'pointer' | 'focus') => void;
  readonly setPaused: (paused: boolean) => void;
  /** Shows the newest now, and goes on holding. */
  readonly refresh: () => void;
}

type Why = 'pointer' | 'focus' | 'pause';

/** Live rows that stand still while anybody holds them. */
export function useHeldRows<T extends { readonly id: string }>(newest: readonly T[]): HeldRows<T> {
  const [reasons, setReasons] = useState<ReadonlySet<Why>>(new Set());
  const [snapshot, setSnapshot] = useState<readonly T[]>(newest);
  const held = reasons.size > 0;
  const add = (why: Why): void => {
    if (!held) setSnapshot(newest);
    setReasons(reasons.union(new Set([why])));
  };
  const remove = (why: Why): void => {
    setReasons(reasons.difference(new Set([why])));
  };
  const rows = held ? snapshot : newest;
  const shown = new Set(rows.map((row) => row.id));
  return {
    rows,
    waiting: held ? newest.filter((row) => !shown.has(row.id)).length : 0,
    paused: reasons.has('pause'),
    hold: add,
    release: remove,
    setPaused: (paused) => {
      if (paused) add('pause');
      else remove('pause');
    },
    refresh: () => {
      setSnapshot(newest);
    },
  };
}
