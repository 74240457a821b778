import * as z from 'zod';
import { instant } from './instant.ts';
import { kindNames } from './kinds/index.ts';
import { name } from './name.ts';

/** Shortest time between runs of a job, seconds: below it one measures within a run (`count`, `period_ms`). */
export const SHORTEST_INTERVAL_S = 60;
/** What a new job begins with where nobody says how often, on the command line and in the dashboard, seconds. */
export const DEFAULT_INTERVAL_S = 60;

const interval = z
  .int()
  .min(SHORTEST_INTERVAL_S, { error: (issue) => `invalid interval: expected at least ${SHORTEST_INTERVAL_S} s, got ${String(issue.input)} s` })
  .max(31 * 86_400)
  .meta({ description: 'seconds between runs' });

/** Agents by name or id, `label:key=value`, or `*` for all. */
export const agentSelector = z.string().trim().min(1).max(320);
/** Destinations by name or id, or `tag:word`. */
export const destinationSelector = z.string().trim().min(1).max(320);

export const jobInput = z
  .object({
    name,
    description: z.string().max(2000).nullable().default(null),
    enabled: z.boolean().default(true),
    interval,
    kinds: z
      .array(
        z.enum(kindNames as [string, ...string[]], {
          error: ({ input }) => `invalid kind: expected one of ${kindNames.join(', ')}, got ${JSON.stringify(input)}`,
        }),
      )
      .min(1, 'invalid kinds: expected at least one')
      .max(16),
    destinations: z.array(destinationSelector).max(1000).default([]),
    agents: z.array(agentSelector).min(1).max(1000).default(['*']),
    tags: z.array(z.string().trim().min(1).max(64)).max(64).default([]),
    /** Options of the runs, by kind; each kind's own defaults hold for what is absent. */
    options: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  })
  .meta({ id: 'JobInput' });
export type JobInput = z.output<typeof jobInput>;

export const job = z
  .object({
    id: z.int(),
    name: z.string(),
    description: z.string().nullable(),
    enabled: z.boolean(),
    interval: z.int(),
    kinds: z.array(z.string()),
    destinations: z.array(z.string()),
    agents: z.array(z.string()),
    tags: z.array(z.string()),
    options: z.record(z.string(), z.record(z.string(), z.unknown())),
    /** Grows with each change of what is measured; part of the id of a planned run. */
    revision: z.int(),
    created_at: instant,
    /** When this revision began: the instant of its first planned run. */
    since: instant,
  })
  .meta({ id: 'Job' });
export type Job = z.output<typeof job>;
