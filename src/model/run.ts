import { hash32 } from '../util/hash.ts';

/** One line of an agent's schedule: this kind, against this destination, for this job's revision. */
export interface PlannedSeries {
  readonly jobId: number;
  readonly revision: number;
  readonly agentId: number;
  /** null where the agent measures itself. */
  readonly destinationId: number | null;
  readonly kind: string;
}

/** The deterministic id of a planned run. Two machines that know the plan agree on it without speaking. */
export function runId(series: PlannedSeries, plannedAt: number): string {
  return `j${series.jobId}.${series.revision}-a${series.agentId}-d${series.destinationId ?? 0}-${series.kind}-${plannedAt}`;
}

/**
 * Where in its interval a series starts, milliseconds in [0, intervalMs): spread by a hash of what is measured, so
 * that runs of one job, or of many agents, do not all begin at :00.
 */
export function startOffsetMs(series: PlannedSeries, intervalMs: number): number {
  const key = `${series.jobId}/${series.agentId}/${series.destinationId ?? 0}/${series.kind}`;
  return Math.floor((hash32(key) / 2 ** 32) * intervalMs);
}
