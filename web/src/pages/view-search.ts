import { isRange, windowOfRange, windowOfSpan, type RangeKey, type Span, type TimeWindow } from '../words/ranges.ts';

/** What the charts of a page show, as its address says. */
export interface LatencyView {
  readonly destination: string | null;
  /** null: what suits the data. */
  readonly range: RangeKey | null;
  /** The part of the past that was zoomed into; null: the range up to now. */
  readonly span: Span | null;
  readonly scale: 'linear' | 'log';
}

/** The state of a view in its address. What is absent is the default, so that addresses stay short. */
export interface ViewSearch {
  readonly destination?: string;
  readonly range?: RangeKey;
  /** Instants of a zoom, ISO 8601 UTC; both or neither. */
  readonly from?: string;
  readonly to?: string;
  readonly scale?: 'log';
}

/** Reads an address; what it does not know is left out. */
export function viewSearch(search: Readonly<Record<string, unknown>>): ViewSearch {
  const { destination, range, scale } = search;
  const span = spanIn(search['from'], search['to']);
  return {
    // An all-digit destination is read as a number by the router.
    ...(typeof destination === 'string' || typeof destination === 'number' ? { destination: String(destination) } : {}),
    ...(isRange(range) ? { range } : {}),
    ...(span === null ? {} : addressOf(span)),
    ...(scale === 'log' ? { scale } : {}),
  };
}

export function viewOf(search: ViewSearch): LatencyView {
  return {
    destination: search.destination ?? null,
    range: search.range ?? null,
    span: spanIn(search.from, search.to),
    scale: search.scale ?? 'linear',
  };
}

/** Another range ends a zoom. */
export function changedSearch(old: ViewSearch, change: Partial<LatencyView>): ViewSearch {
  const { span, ...rest } = change.range === undefined ? change : { ...change, span: null };
  if (span === undefined) return viewSearch({ ...old, ...rest });
  const { from: _from, to: _to, ...without } = old;
  return viewSearch({ ...without, ...rest, ...(span === null ? {} : addressOf(span)) });
}

/** What to ask for: the zoom where there is one, else the range. */
export function windowOf(view: Pick<LatencyView, 'span'>, range: RangeKey): TimeWindow {
  return view.span === null ? windowOfRange(range) : windowOfSpan(view.span);
}

function addressOf({ from, to }: Span): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function spanIn(from: unknown, to: unknown): Span | null {
  if (typeof from !== 'string' || typeof to !== 'string') return null;
  const span = { from: Date.parse(from), to: Date.parse(to) };
  return span.from < span.to ? span : null;
}
