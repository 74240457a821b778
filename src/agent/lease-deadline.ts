import { nextPlannedAt } from '../model/timetable/timetable.ts';
import { LONGEST_LEASE_WAIT_MS } from '../protocol/messages.ts';
import type { Run } from './record.ts';
import { seriesOf } from './scheduler.ts';

/** A run that waits gives up so long before the next one is planned, so that the next one is not in its way. */
const BEFORE_NEXT_MS = 1000;

/** Until when a run may wait to be alone: the assignment's next planned run, an hour at most. */
export function leaseDeadline({ assignment }: Run, agentId: number, now: number): number {
  const next = nextPlannedAt(seriesOf(assignment, agentId), assignment.timetable, now + 1);
  return Math.min(next === null ? Infinity : next - BEFORE_NEXT_MS, now + LONGEST_LEASE_WAIT_MS);
}
