import type { RefusalCode } from '../../model/errors.ts';
import { isResultInstant } from '../../model/result.ts';

/** A clock this far from the server's is wrong, and its instants are corrected; below it, the measure of it is no better. */
export const CLOCK_TOLERANCE_MS = 1000;
/** What may lie ahead of the server's clock: imports and foreign posts come from clocks that nobody measured. */
export const FUTURE_TOLERANCE_MS = 10 * 60_000;
/** How late an agent's result may come. */
export const LATEST_ARRIVAL_MS = 14 * 86_400_000;

/** An instant of a clock that is `offsetMs` ahead of the server's, as the server would have said it. */
export function correctedInstant(at: number, offsetMs: number | null): number {
  return offsetMs === null || Math.abs(offsetMs) < CLOCK_TOLERANCE_MS ? at : Math.round(at - offsetMs);
}

/** Why an instant cannot be taken, or null where it can. */
export function instantRefusal(startedAt: number, now: number, fromAgent: boolean): { code: RefusalCode; message: string } | null {
  if (!isResultInstant(startedAt))
    return { code: 'invalid_result', message: 'started_at: expected a year from 1990 to 2099 after the correction by clock_offset_ms' };
  const iso = (ms: number): string => new Date(ms).toISOString();
  if (startedAt > now + FUTURE_TOLERANCE_MS) {
    return {
      code: 'in_the_future',
      message: `started_at is in the future: expected at most 10 minutes after the server's ${iso(now)}, got ${iso(startedAt)}`,
    };
  }
  if (fromAgent && startedAt < now - LATEST_ARRIVAL_MS) {
    return { code: 'too_late', message: `started_at is too old: expected at most 14 days before the server's ${iso(now)}, got ${iso(startedAt)}` };
  }
  return null;
}
