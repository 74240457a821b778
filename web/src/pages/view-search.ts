import { isRange, type RangeKey } from '../words/ranges.ts';

/** What a chart shows, as its address says. */
export interface LatencyView {
  readonly destination: string | null;
  /** null: what suits the data. */
  readonly range: RangeKey | null;
  readonly scale: 'linear' | 'log';
}

/** The state of a view in its address. What is absent is the default, so that addresses stay short. */
export interface ViewSearch {
  readonly destination?: string;
  readonly range?: RangeKey;
  readonly scale?: 'log';
}

/** Reads an address; what it does not know is left out. */
export function viewSearch(search: Readonly<Record<string, unknown>>): ViewSearch {
  const { destination, range, scale } = search;
  return {
    // An all-digit destination is read as a number by the router.
    ...(typeof destination === 'string' || typeof destination === 'number' ? { destination: String(destination) } : {}),
    ...(isRange(range) ? { range } : {}),
    ...(scale === 'log' ? { scale } : {}),
  };
}

export function viewOf(search: ViewSearch): LatencyView {
  return { destination: search.destination ?? null, range: search.range ?? null, scale: search.scale ?? 'linear' };
}

export function changedSearch(old: ViewSearch, change: Partial<LatencyView>): ViewSearch {
  return viewSearch({ ...old, ...change });
}
