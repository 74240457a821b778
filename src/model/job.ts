import * as z from 'zod';
import { instant } from './instant.ts';
import { jobState } from './job-state.ts';
import { kindNames } from './kinds/index.ts';
import { kindsOfMetrics, metricWord } from './metric-words.ts';
import { name } from './name.ts';
import { cronExpression } from './timetable/cron.ts';
import { timeZone } from './timetable/time-zone.ts';
import { timeWindow } from './timetable/windows.ts';

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

/** Runs between agents: each that is a source measures each that is a target, under the address it advertises. */
export const mesh = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('full') }).meta({ description: 'every agent of the job measures every other' }),
    z
      .object({ type: z.literal('hub'), hub: agentSelector })
      .meta({ description: 'the agents that `hub` selects and each other agent of the job measure each other; the others do not' }),
    z
      .object({ type: z.literal('pairs'), label: z.string().trim().min(1).max(64) })
      .meta({ description: 'agents of the job with the same value of this label measure each other' }),
  ])
  .meta({ id: 'Mesh' });
export type Mesh = z.output<typeof mesh>;

const kindList = z
  .array(
    z.enum(kindNames as [string, ...string[]], {
      error: ({ input }) => `invalid kind: expected one of ${kindNames.join(', ')}, got ${JSON.stringify(input)}`,
    }),
  )
  .min(1, 'invalid kinds: expected at least one')
  .max(16);

/** What a person may say of a job. Either `interval` or `cron`; `metrics` is another word for `kinds`. */
const jobFields = z.object({
  name,
  description: z.string().max(2000).nullable().default(null),
  enabled: z.boolean().default(true),
  interval: interval.nullable().optional(),
  cron: cronExpression.nullable().optional(),
  /** Zone of `cron` and `windows`. */
  time_zone: timeZone.default('UTC'),
  /** No run before; the first is then. */
  start_time: instant.nullable().default(null),
  /** No run from here on. */
  end_time: instant.nullable().default(null),
  /** Recurring times in which it may run; always where there is none. */
  windows: z.array(timeWindow).max(64).default([]),
  kinds: kindList.optional(),
  metrics: z.array(metricWord).min(1, 'invalid metrics: expected at least one').max(16).optional(),
  destinations: z.array(destinationSelector).max(1000).default([]),
  agents: z.array(agentSelector).min(1).max(1000).default(['*']),
  mesh: mesh.nullable().default(null),
  tags: z.array(z.string().trim().min(1).max(64)).max(64).default([]),
  /** Options of the runs, by kind; each kind's own defaults hold for what is absent. */
  options: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** Most megabytes a UTC day that each of its agents may spend on it; null is without limit. */
  budget_mb_per_day: z.number().positive().nullable().default(null),
});

type JobFields = z.output<typeof jobFields>;

/** What fields say together. Of fields that are wrong themselves, or absent, nothing is known: each rule looks only at what it needs. */
const rules: readonly ((fields: Partial<JobFields>) => readonly [path: string, message: string] | null)[] = [
  ({ interval, cron }) => (interval == null && cron == null ? ['interval', 'missing interval: expected seconds between runs, or cron'] : null),
  ({ interval, cron }) => (interval != null && cron != null ? ['cron', 'invalid cron: expected either interval or cron, got both'] : null),
  ({ kinds, metrics }) => (kinds === undefined && metrics === undefined ? ['kinds', 'missing kinds: expected at least one'] : null),
  ({ kinds, metrics }) =>
    areTexts(kinds) && areTexts(metrics) && String(kinds) !== String(kindsOfMetrics(metrics))
      ? ['metrics', `invalid metrics: expected the same as kinds (${kinds.join(', ')}), got ${metrics.join(', ')}`]
      : null,
  ({ start_time, end_time }) =>
    typeof start_time === 'number' && typeof end_time === 'number' && end_time <= start_time
      ? ['end_time', 'invalid end_time: expected an instant after start_time']
      : null,
];

/** Runs also where single fields are wrong, so that every problem is named at once. */
const together = z.check<JobFields>((payload) => {
  for (const rule of rules) {
    const problem = rule(payload.value);
    if (problem !== null) payload.issues.push({ code: 'custom', input: payload.value, path: [problem[0]], message: problem[1] });
  }
});
together._zod.def.when = ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const jobInput = jobFields
  .check(together)
  .transform(({ interval, cron, kinds, metrics, ...rest }) => ({
    ...rest,
    interval: interval ?? null,
    cron: cron ?? null,
    kinds: kinds ?? kindsOfMetrics(metrics ?? []),
    metrics: metrics ?? kinds ?? [],
  }))
  .meta({ id: 'JobInput' });
export type JobInput = z.output<typeof jobInput>;

/** A job as the control store keeps it. */
export const storedJob = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string().nullable(),
  enabled: z.boolean(),
  interval: z.int().nullable(),
  cron: z.string().nullable(),
  time_zone: z.string(),
  start_time: instant.nullable(),
  end_time: instant.nullable(),
  windows: z.array(timeWindow),
  kinds: z.array(z.string()),
  /** The kinds in the words they were asked for with. */
  metrics: z.array(z.string()),
  destinations: z.array(z.string()),
  agents: z.array(z.string()),
  mesh: mesh.nullable(),
  tags: z.array(z.string()),
  options: z.record(z.string(), z.record(z.string(), z.unknown())),
  budget_mb_per_day: z.number().nullable(),
  /** The file that declares it; it is changed there and nowhere else. */
  declared_by: z.string().nullable(),
  /** Grows with each change of what is measured; part of the id of a planned run. */
  revision: z.int(),
  created_at: instant,
  /** When this revision began: the instant of its first planned run, where it has no later start_time. */
  since: instant,
});
export type StoredJob = z.output<typeof storedJob>;

/** A job as it is answered: what is stored of it, and how it stands. */
export const job = storedJob
  .extend({
    state: jobState,
    state_reason: z.string().meta({ description: 'why, in words' }),
    next_run_at: instant.nullable().meta({ description: 'the next planned run of any agent; null where none is left' }),
  })
  .meta({ id: 'Job' });
export type Job = z.output<typeof job>;

/** What may be said of a job again, in the words of the wire: sent back as it is, it changes nothing. */
export function jobInputOf(job: z.input<typeof storedJob>): z.input<typeof jobInput> {
  const { name, description, enabled, interval, cron, time_zone, start_time, end_time, windows, kinds, metrics } = job;
  const { destinations, agents, mesh, tags, options, budget_mb_per_day } = job;
  return {
    ...{ name, description, enabled, interval, cron, time_zone, start_time, end_time, windows, kinds, metrics },
    ...{ destinations, agents, mesh, tags, options, budget_mb_per_day },
  };
}

/** Also asked of what does not fit its schema, so that every problem is named at once. */
function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
