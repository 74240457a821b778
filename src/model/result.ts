import * as z from 'zod';
import { failure } from './failure.ts';
import { instant } from './instant.ts';
import { labels } from './labels.ts';
import { reference } from './name.ts';

export const statuses = ['success', 'failed', 'timeout', 'skipped'] as const;
export const status = z.enum(statuses);
export type Status = z.infer<typeof status>;

/** How other systems call our statuses; accepted in input and filters, never printed. */
const statusAliases: Readonly<Record<string, Status>> = { completed: 'success', error: 'failed' };

export const statusInput = z
  .preprocess((value) => (typeof value === 'string' ? (statusAliases[value] ?? value) : value), status)
  .meta({ description: 'success, failed, timeout or skipped; completed and error are read as success and failed' });

export const KIND_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
export const kindName = z.string().regex(KIND_NAME, 'invalid kind: expected a lower-case word of at most 64 characters');
export const METRIC_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;
export const metricName = z.string().regex(METRIC_NAME, 'invalid metric name: expected letters, digits and _ . : -');

/** The richest kinds have a few dozen; each name is a column of its own somewhere. */
export const MOST_METRICS = 256;

/** Metrics are finite numbers; what is unknown is absent. */
export const metrics = z
  .record(metricName, z.number('invalid metric: expected a finite number'))
  .refine((all) => Object.keys(all).length <= MOST_METRICS, `too many metrics: expected at most ${MOST_METRICS}`);
export type Metrics = z.infer<typeof metrics>;

/** Lists answer a thousand results, and the live page hears hundreds at once: one result must not weigh megabytes. */
const MOST_DETAILS = 131_072;
/** Deeper nesting exhausts the stack of whoever walks it. */
const DEEPEST_DETAILS = 32;

export function areDetailsSmall(value: Readonly<Record<string, unknown>>): boolean {
  return weightOf(value, DEEPEST_DETAILS, MOST_DETAILS) <= MOST_DETAILS;
}

/** Whatever a kind has to say beside its metrics. */
export const details = z.record(z.string(), z.unknown()).refine(areDetailsSmall, {
  message: `details are too large: expected at most ${MOST_DETAILS} characters of JSON, nested at most ${DEEPEST_DETAILS} deep`,
});
export type Details = z.infer<typeof details>;

/** Earliest and latest instant a result may carry: before 1990 nobody measured, after 2100 nobody reads. */
const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

export function isResultInstant(ms: number): boolean {
  return ms >= EARLIEST && ms < LATEST;
}

const resultInstant = instant.refine(isResultInstant, 'invalid instant: expected a year from 1990 to 2099');

/** Fields every result has, whoever posts it. */
const common = {
  run: z.string().min(1).max(200).nullable().default(null),
  planned_at: resultInstant.nullable().default(null),
  started_at: resultInstant,
  duration_ms: z.number().nonnegative().nullable().default(null),
  /** Agent clock minus server clock at the measurement, milliseconds; null where unknown. */
  clock_offset_ms: z.number().nullable().default(null),
  kind: kindName,
  status: statusInput,
  failure: failure.nullable().default(null),
  metrics: metrics.default({}),
  labels: labels.default({}),
  details: details.default({}),
};

/** A result as it is posted. Agent, destination and job may be ids or names. */
export const resultInput = z
  .object({
    id: z.uuid().nullable().default(null),
    /** Position in the agent's spool epoch; only in an agent's own batches. */
    seq: z.int().positive().optional(),
    ...common,
    agent: reference.optional(),
    destination: reference.nullable().default(null),
    job: reference.nullable().default(null),
  })
  .refine((r) => r.status === 'success' || r.failure !== null, {
    path: ['failure'],
    message: 'missing failure: expected {source, code, message} whenever status is not success',
  })
  .meta({ id: 'ResultInput' });

/** A posted result after validation: instants are epoch milliseconds. */
export type ResultInput = z.output<typeof resultInput>;
/** A posted result before validation: the wire. */
export type ResultWire = z.input<typeof resultInput>;

/** A result as it is answered: names shown by today's name, ids beside them. */
export const result = z
  .object({
    id: z.string(),
    ...common,
    status,
    agent: z.string(),
    agent_id: z.int(),
    destination: z.string().nullable(),
    destination_id: z.int().nullable(),
    job: z.string().nullable(),
    job_id: z.int().nullable(),
  })
  .meta({ id: 'Result' });

export type Result = z.output<typeof result>;

/** Characters of a value's JSON, roughly and at least; Infinity where it is nested deeper or weighs more than is left. */
function weightOf(value: unknown, depth: number, left: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 4;
  if (depth === 0) return Infinity;
  let weight = 2;
  // Apart, because the keys of a list are texts that would have to be made.
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      weight += 1 + weightOf(item, depth - 1, left - weight);
      if (weight > left) return Infinity;
    }
    return weight;
  }
  for (const key of Object.keys(value)) {
    weight += key.length + 4 + weightOf((value as Record<string, unknown>)[key], depth - 1, left - weight);
    if (weight > left) return Infinity;
  }
  return weight;
}
