import * as z from 'zod';
import { breakerChange, MOST_EARLIER_CHANGES } from '../../model/breaker.ts';
import { isResultInstant } from '../../model/result.ts';
import type { BreakerTransition } from '../../store/control/control-store.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import { correctedInstant } from '../ingest/instants.ts';

const earlierChanges = z.array(breakerChange).max(MOST_EARLIER_CHANGES);

/** The changes of breakers that an agent's results carry. What does not fit is left where it is: in the details. */
export function changesIn(rows: readonly ResultRow[]): BreakerTransition[] {
  const changes: BreakerTransition[] = [];
  for (const { agentId, destinationId, clockOffsetMs, details } of rows) {
    const { breaker, breaker_earlier: earlier } = details;
    // Nearly every result carries none: this is all they cost.
    if (destinationId === null || (breaker === undefined && earlier === undefined)) continue;
    const before = earlierChanges.safeParse(earlier);
    const own = breakerChange.safeParse(breaker);
    for (const { at, ...change } of [...(before.data ?? []), ...(own.data === undefined ? [] : [own.data])]) {
      const corrected = correctedInstant(at, clockOffsetMs);
      if (isResultInstant(corrected)) changes.push({ agentId, destinationId, at: corrected, ...change });
    }
  }
  return changes;
}
