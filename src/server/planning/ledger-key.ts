import type { PlannedSeries } from '../../model/run.ts';
import type { Timetable } from '../../model/timetable/timetable.ts';

/** The same for a series of the plan and its row in the ledger, as long as nothing of it changed. */
export function ledgerKey({ jobId, revision, agentId, destinationId, kind, timetable }: PlannedSeries & { readonly timetable: Timetable }): string {
  const { intervalMs, cron, timeZone, windows, since, until } = timetable;
  const times = JSON.stringify([intervalMs, cron, timeZone, windows.map(({ days, from, to }) => [days, from, to]), since, until]);
  return `${jobId}/${revision}/${agentId}/${destinationId ?? ''}/${kind}/${times}`;
}
