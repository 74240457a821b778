import { formatInstant } from '../model/instant.ts';
import type { Failure } from '../model/failure.ts';
import type { Labels } from '../model/labels.ts';
import type { Details, Metrics, ResultWire, Status } from '../model/result.ts';
import type { Assignment } from '../protocol/messages.ts';

/** One execution of an assignment: planned, or asked for beside the plan (then both are null). */
export interface Run {
  readonly assignment: Assignment;
  readonly id: string | null;
  readonly plannedAt: number | null;
}

/** What a run found, and when. */
export interface Measured {
  readonly startedAt: number;
  readonly durationMs: number;
  readonly status: Exclude<Status, 'skipped'>;
  readonly failure: Failure | null;
  readonly metrics: Readonly<Record<string, number | undefined>>;
  readonly details: Details;
  readonly labels?: Labels | undefined;
}

export interface Stamp {
  readonly id: string;
  readonly clockOffsetMs: number | null;
}

export function measuredResult(run: Run, measured: Measured, stamp: Stamp): ResultWire {
  return {
    ...header(run, stamp),
    started_at: formatInstant(measured.startedAt),
    duration_ms: Math.max(0, measured.durationMs),
    status: measured.status,
    failure: measured.failure,
    metrics: finite(measured.metrics),
    labels: measured.labels ?? {},
    details: measured.details,
  };
}

export interface Skipped {
  readonly at: number;
  /** A stable word: still_running, missed, refused_by_policy, unknown_kind, agent_stopped. */
  readonly code: string;
  readonly message: string;
  readonly details?: Details;
}

/** A run that did not happen, and why: the agent's own doing, so the failure's source is the agent. */
export function skippedResult(run: Run, { at, code, message, details = {} }: Skipped, stamp: Stamp): ResultWire {
  return {
    ...header(run, stamp),
    started_at: formatInstant(at),
    duration_ms: null,
    status: 'skipped',
    failure: { source: 'agent', code, message },
    metrics: {},
    labels: {},
    details,
  };
}

function header({ assignment, id, plannedAt }: Run, stamp: Stamp) {
  return {
    id: stamp.id,
    run: id,
    planned_at: plannedAt === null ? null : formatInstant(plannedAt),
    clock_offset_ms: stamp.clockOffsetMs,
    kind: assignment.kind,
    destination: assignment.destination?.id ?? null,
    job: assignment.job_id,
  };
}

/** Metrics without what JSON cannot say: unknown is absent. */
function finite(metrics: Measured['metrics']): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
}
