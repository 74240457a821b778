import type { PlannedSeriesRow } from '../../store/control/control-store.ts';

/**
 * A plan begins a moment before the ledger hears of it: the job is stored, then the plan is made. So the first run of a
 * new plan counts although the ledger begins after it.
 */
const HEARD_LATE_MS = 60_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When the runs of a row of the ledger were planned, within a range. */
export function spanOf({ begunAt, endedAt, timetable }: PlannedSeriesRow, range: Span): Span {
  const isNew = timetable.since <= begunAt && begunAt - timetable.since <= HEARD_LATE_MS;
  return { from: Math.max(range.from, isNew ? timetable.since : begunAt), to: Math.min(range.to, endedAt ?? Infinity) };
}
