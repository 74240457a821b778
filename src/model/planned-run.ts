import * as z from 'zod';
import { failure } from './failure.ts';
import { instant } from './instant.ts';
import { findKind } from './kinds/index.ts';
import { statuses, type Status } from './result.ts';

/** How a run ended, or why nothing is known of it. */
export const runStatuses = [...statuses, 'missing', 'pending'] as const;
export const runStatus = z.enum(runStatuses).meta({
  description:
    'success, failed, timeout, skipped: as its result says; missing: planned, overdue, and nothing was reported; pending: planned, and its result may still be under way',
});
export type RunStatus = z.output<typeof runStatus>;

/** One run of a job: planned, and what became of it; or asked for beside the plan. */
export const plannedRun = z
  .object({
    /** null where nobody planned it. */
    run: z.string().nullable(),
    planned_at: instant.nullable(),
    agent: z.string(),
    agent_id: z.int(),
    destination: z.string().nullable(),
    destination_id: z.int().nullable(),
    kind: z.string(),
    status: runStatus,
    late_possible: z.boolean().meta({ description: 'missing, but its agent may still deliver it: results are taken for 14 days' }),
    started_at: instant.nullable(),
    result: z.string().nullable().meta({ description: 'id of its result' }),
    failure: failure.nullable(),
  })
  .meta({ id: 'PlannedRun' });
export type PlannedRun = z.output<typeof plannedRun>;

const counts = {
  planned: z.int().meta({ description: 'all of them, whatever became of them' }),
  ...(Object.fromEntries(runStatuses.map((status) => [status, z.int()])) as Record<RunStatus, z.ZodInt>),
};

export const runsSummary = z
  .object({
    from: instant,
    to: instant,
    bucket_s: z.int().nullable(),
    ...counts,
    items: z
      .array(
        z.object({
          agent: z.string(),
          agent_id: z.int(),
          destination: z.string().nullable(),
          destination_id: z.int().nullable(),
          kind: z.string(),
          ...counts,
        }),
      )
      .meta({ description: 'one for each agent, destination and kind' }),
    buckets: z
      .array(z.object({ at: instant, ...counts }))
      .nullable()
      .meta({ description: 'all lines together, where a bucket was asked for; buckets without a planned run are absent' }),
  })
  .meta({ id: 'RunsSummary' });
export type RunsSummary = z.output<typeof runsSummary>;

/** A planned run that has come to an end, or is overdue, as listeners hear of it. */
export const runEvent = z
  .object({
    run: z.string(),
    job_id: z.int(),
    agent_id: z.int(),
    destination_id: z.int().nullable(),
    kind: z.string(),
    planned_at: instant,
    status: z.enum([...statuses, 'missing']),
  })
  .meta({ id: 'RunEvent' });
export type RunEvent = z.output<typeof runEvent>;

export type RunCounts = Record<RunStatus, number>;

export function noRuns(): RunCounts {
  return { success: 0, failed: 0, timeout: 0, skipped: 0, missing: 0, pending: 0 };
}

/** Of two results of one run the one that counts: a real one is worth more than that it was skipped, a success more than a failure. */
export function isBetter(a: Status, b: Status): boolean {
  return statuses.indexOf(a) < statuses.indexOf(b);
}

/** How late an agent may start a run, wait for a free place, and be heard of. */
const AROUND_RUN_MS = 90_000;
/** Longest wait of a run for being alone. */
const LONGEST_WAIT_MS = 3_600_000;

/** From its planned instant until nobody expects the result of a run any more, milliseconds. */
export function graceMs(kind: string, spec: unknown): number {
  const definition = findKind(kind);
  const parsed = definition?.spec.safeParse(spec ?? {});
  if (definition === undefined || parsed?.success !== true) return AROUND_RUN_MS;
  return definition.longestRunMs(parsed.data) + AROUND_RUN_MS + (definition.exclusive === true ? LONGEST_WAIT_MS : 0);
}
