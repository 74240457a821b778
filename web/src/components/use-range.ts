import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServices } from '../services.tsx';
import { windowOf, type LatencyView } from '../pages/view-search.ts';
import { ranges, suitableRange, type RangeKey, type TimeWindow } from '../words/ranges.ts';
import { spanText } from '../words/time.ts';

/** The range chosen, or the one that suits the data; once found it stays, so that nothing moves under the hand. */
export function useRange(chosen: RangeKey | null): RangeKey {
  const { queries } = useServices();
  const recent = useQuery(queries.recent()).data;
  const [found, setFound] = useState<RangeKey | null>(null);
  if (found === null && recent !== undefined) setFound(suitableRange(recent.complete ? (recent.items.at(-1)?.started_at ?? null) : null, Date.now()));
  return chosen ?? found ?? '1h';
}

export interface ShownWindow {
  readonly range: RangeKey;
  readonly window: TimeWindow;
  /** What it covers: `the last hour`. */
  readonly words: string;
}

/** What the charts of a page cover. */
export function useWindow(view: Pick<LatencyView, 'range' | 'span'>): ShownWindow {
  const range = useRange(view.range);
  return { range, window: windowOf(view, range), words: view.span === null ? ranges[range].words : spanText(view.span) };
}
