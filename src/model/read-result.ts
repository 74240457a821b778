import type { Failure } from './failure.ts';
import { FAILURE_CODE, failureSource, LONGEST_FAILURE_MESSAGE } from './failure.ts';
import { parseInstant } from './instant.ts';
import { LABEL_KEY, LONGEST_LABEL_VALUE, MOST_LABELS, type Labels } from './labels.ts';
import { CONTROL, LONGEST_NAME, type Reference } from './name.ts';
import {
  areDetailsSmall,
  isResultInstant,
  KIND_NAME,
  METRIC_NAME,
  MOST_METRICS,
  resultInput,
  statuses,
  type Metrics,
  type ResultInput,
  type Status,
} from './result.ts';

/**
 * A posted result as the schema `resultInput` reads it, quicker: a result that is plainly right is checked by hand,
 * which takes a fifth of the time; whatever is wrong, or only unusual, goes to the schema, so that verdicts and
 * messages have one source. That both give the same is tested with chance. The value is one that JSON can say, and
 * is handed over: the parts of it that need no change are taken as they are.
 */
export function readResult(value: unknown): ReturnType<typeof resultInput.safeParse> {
  const data = readPlain(value);
  return data === null ? resultInput.safeParse(value) : { success: true, data };
}

/** RFC 9562, versions 1 to 8 in lower or upper case. The nil and the max UUID are the schema's to judge. */
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/;
const LONGEST_RUN = 200;

/** The result where all of it is plainly right; null where the schema has to look. */
function readPlain(value: unknown): ResultInput | null {
  if (!isPlain(value)) return null;
  const started_at = readResultInstant(value['started_at']);
  const { kind, status, id = null, seq, run = null, duration_ms = null, clock_offset_ms = null, agent, destination = null, job = null } = value;
  const planned_at = value['planned_at'] === undefined || value['planned_at'] === null ? null : readResultInstant(value['planned_at']);
  const failure = value['failure'] === undefined || value['failure'] === null ? null : readFailure(value['failure']);
  const metrics = value['metrics'] === undefined ? {} : value['metrics'];
  const labels = value['labels'] === undefined ? {} : value['labels'];
  const details = value['details'] === undefined ? {} : value['details'];
  if (started_at === undefined || planned_at === undefined || failure === undefined) return null;
  if (typeof kind !== 'string' || !KIND_NAME.test(kind) || !isStatus(status) || (status !== 'success' && failure === null)) return null;
  if (id !== null && (typeof id !== 'string' || !UUID.test(id))) return null;
  if (run !== null && (typeof run !== 'string' || run.length === 0 || run.length > LONGEST_RUN)) return null;
  if (duration_ms !== null && (!isFinite(duration_ms) || duration_ms < 0)) return null;
  if (clock_offset_ms !== null && !isFinite(clock_offset_ms)) return null;
  if (destination !== null && !isReference(destination)) return null;
  if (job !== null && !isReference(job)) return null;
  if (!areMetrics(metrics) || !areLabels(labels)) return null;
  if (!isPlain(details) || Object.hasOwn(details, '__proto__') || !areDetailsSmall(details)) return null;
  const data: ResultInput = {
    id,
    run,
    planned_at,
    started_at,
    duration_ms,
    clock_offset_ms,
    kind,
    status,
    failure,
    metrics,
    labels,
    details,
    destination,
    job,
  };
  if (seq !== undefined) {
    if (!isPositiveInt(seq)) return null;
    data.seq = seq;
  }
  if (agent !== undefined) {
    if (!isReference(agent)) return null;
    data.agent = agent;
  }
  return data;
}

/** Undefined where the schema has to look. */
function readResultInstant(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = parseInstant(value);
  return ms !== null && isResultInstant(ms) ? ms : undefined;
}

/** Undefined where the schema has to look. */
function readFailure(value: unknown): Failure | undefined {
  if (!isPlain(value)) return undefined;
  const { source, code, message } = value;
  const known = failureSource.options.find((one) => one === source);
  if (known === undefined || typeof code !== 'string' || !FAILURE_CODE.test(code)) return undefined;
  if (typeof message !== 'string' || message.length > LONGEST_FAILURE_MESSAGE) return undefined;
  return { source: known, code, message };
}

function areMetrics(value: unknown): value is Metrics {
  if (!isPlain(value)) return false;
  let count = 0;
  for (const name in value) {
    if (!METRIC_NAME.test(name) || name === '__proto__' || !isFinite(value[name])) return false;
    count += 1;
  }
  return count <= MOST_METRICS;
}

function areLabels(value: unknown): value is Labels {
  if (!isPlain(value)) return false;
  let count = 0;
  for (const key in value) {
    const text = value[key];
    if (!LABEL_KEY.test(key) || key === '__proto__' || typeof text !== 'string' || text.length > LONGEST_LABEL_VALUE) return false;
    count += 1;
  }
  return count <= MOST_LABELS;
}

function isReference(value: unknown): value is Reference {
  if (typeof value !== 'string') return isPositiveInt(value);
  return value.length > 0 && value.length <= LONGEST_NAME && value.trim().length === value.length && !CONTROL.test(value);
}

function isPositiveInt(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function isStatus(value: unknown): value is Status {
  return (statuses as readonly unknown[]).includes(value);
}

/** An object as `JSON.parse` and a literal make it: it has nothing but its own properties. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
