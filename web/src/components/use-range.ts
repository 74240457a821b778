import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RecentOf } from '../api/queries.ts';
import { useServices } from '../services.tsx';
import { windowOf, type LatencyView } from '../pages/view-search.ts';
import { ranges, suitableRange, type RangeKey, type TimeWindow } from '../words/ranges.ts';
import { spanText } from '../words/time.ts';

/**
 * The range chosen, or the one that suits the results shown; once found it stays, so that nothing moves under the hand.
 * Before the first result there is nothing to suit: what comes then decides.
 */
function useRange(chosen: RangeKey | null, of: RecentOf): RangeKey {
  const { queries } = useServices();
  const recent = useQuery(queries.recent(of)).data;
  const [found, setFound] = useState<RangeKey | null>(null);
  const suits =
    found === null && recent !== undefined
      ? suitableRange(
          recent.items.map((result) => result.started_at),
          recent.complete,
          Date.now(),
        )
      : null;
  if (suits !== null) setFound(suits);
  return chosen ?? found ?? '1h';
}

export interface ShownWindow {
  readonly range: RangeKey;
  readonly window: TimeWindow;
  /** What it covers: `the last hour`. */
  readonly words: string;
}

const everything: RecentOf = {};

/** What the charts of a page cover. */
export function useWindow(view: Pick<LatencyView, 'range' | 'span'>, of: RecentOf = everything): ShownWindow {
  const range = useRange(view.range, of);
  return { range, window: windowOf(view, range), words: view.span === null ? ranges[range].words : spanText(view.span) };
}
