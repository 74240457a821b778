import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServices } from '../services.tsx';
import { suitableRange, type RangeKey } from '../words/ranges.ts';

/** The range chosen, or the one that suits the data; once found it stays, so that nothing moves under the hand. */
export function useRange(chosen: RangeKey | null): RangeKey {
  const { queries } = useServices();
  const recent = useQuery(queries.recent()).data;
  const [found, setFound] = useState<RangeKey | null>(null);
  if (found === null && recent !== undefined) setFound(suitableRange(recent.complete ? (recent.items.at(-1)?.started_at ?? null) : null, Date.now()));
  return chosen ?? found ?? '1h';
}
