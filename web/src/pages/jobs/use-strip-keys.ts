import { useState, type KeyboardEvent } from 'react';
import type { StripColumn } from '../../../../src/charts/run-strip.ts';

interface StripKeyParts {
  readonly onOpen: (column: StripColumn) => void;
  readonly onLeave: () => void;
}

/** Left and right go from column to column, Enter opens one, Escape goes back to all. */
export function useStripKeys(columns: readonly StripColumn[], { onOpen, onLeave }: StripKeyParts) {
  // The column's time is remembered, not its place: columns move on while one is read.
  const [at, setAt] = useState<number | null>(null);
  const found = columns.findIndex((column) => column.at === at);
  const index = found === -1 ? null : found;
  const column = index === null ? null : (columns[index] ?? null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = columns.length - 1;
    const next: Readonly<Record<string, number>> = {
      ArrowLeft: index === null ? last : Math.max(0, index - 1),
      ArrowRight: index === null ? last : Math.min(last, index + 1),
      Home: 0,
      End: last,
    };
    const to = next[event.key];
    if (event.key === 'Enter' && column !== null) onOpen(column);
    if (event.key === 'Escape') {
      setAt(null);
      onLeave();
    }
    if (to === undefined) return;
    event.preventDefault();
    setAt(columns[to]?.at ?? null);
  };
  return {
    index,
    column,
    handlers: {
      onKeyDown,
      onBlur: () => {
        setAt(null);
      },
    },
  };
}
