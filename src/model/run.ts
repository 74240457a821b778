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

export interface Cadence {
  /** Epoch ms at which the plan began: its first run. */
  readonly since: number;
  readonly intervalMs: number;
}

/**
 * Where in its interval a series starts, milliseconds in [0, intervalMs): spread by a hash of what is measured, so
 * that runs of one job, or of many agents, do not all begin at :00.
 */
export function startOffsetMs(series: PlannedSeries, intervalMs: number): number {
  const key = `${series.jobId}/${series.agentId}/${series.destinationId ?? 0}/${series.kind}`;
  return Math.floor((hash32(key) / 2 ** 32) * intervalMs);
}

/**
 * The first planned instant at or after `from`: `since` itself (a new plan's first run is at once), then every
 * interval at the series' offset, counted from the epoch so that it survives restarts. A grid instant that would
 * follow the first run by less than half an interval is left out.
 */
export function nextPlannedAt(series: PlannedSeries, cadence: Cadence, from: number): number {
  const { since, intervalMs } = cadence;
  if (from <= since) return since;
  const earliest = Math.max(from, since + intervalMs / 2);
  const offset = startOffsetMs(series, intervalMs);
  return Math.ceil((earliest - offset) / intervalMs) * intervalMs + offset;
}
