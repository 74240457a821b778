import type { Capabilities } from '../model/agent.ts';
import { problemsOf } from '../model/errors.ts';
import type { Failure } from '../model/failure.ts';
import { isKind, kindNames, kinds } from '../model/kinds/index.ts';
import type { KindDefinition } from '../model/kinds/kind.ts';
import type { Labels } from '../model/labels.ts';
import type { Details, Metrics, Status } from '../model/result.ts';
import { abortable } from './abortable.ts';
import { deadline } from './deadline.ts';
import { loadProbe } from './index.ts';
import type { Probe, ProbeContext, ProbeOutcome } from './probe.ts';

export interface Measurement {
  readonly kind: string;
  /** The destination's host or URL; empty for kinds that measure the machine itself. */
  readonly host: string;
  /** Options as they came; the kind's own defaults hold for what is absent. */
  readonly spec: unknown;
}

/** One run, complete: what a result is made of. */
export interface MeasuredOutcome {
  readonly startedAt: number;
  readonly durationMs: number;
  readonly status: Exclude<Status, 'skipped'>;
  readonly failure: Failure | null;
  readonly metrics: Metrics;
  readonly details: Details;
  readonly labels: Labels;
}

interface Verdict {
  readonly status: MeasuredOutcome['status'];
  readonly failure: Failure | null;
  readonly metrics: Readonly<Record<string, number | undefined>>;
  readonly details: Details;
  readonly labels?: Labels | undefined;
}

/** Time for a probe that was told to stop, until nobody waits for it any longer. */
const STOP_MS = 2000;

/**
 * Runs one measurement whatever comes: an unknown kind, bad options, a run that does not end and a fault of the
 * program all become outcomes. Rejects only when `signal` aborts, with its reason.
 */
export function measure(measurement: Measurement, context: ProbeContext, signal: AbortSignal): Promise<MeasuredOutcome> {
  return measureBy(measurement, { context, signal, load: loadAny });
}

export interface MeasureOptions {
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
  /** Where probes come from: the registry, or a test. */
  readonly load: (kind: string) => Promise<Pick<Probe, 'run'>>;
}

/** As `measure`, with probes from elsewhere. */
export async function measureBy(measurement: Measurement, options: MeasureOptions): Promise<MeasuredOutcome> {
  const { context, signal } = options;
  signal.throwIfAborted();
  const startedAt = context.clock.now();
  const started = context.clock.monotonic();
  const verdict = await judge(measurement, options);
  return {
    startedAt,
    durationMs: context.clock.monotonic() - started,
    status: verdict.status,
    failure: verdict.failure,
    // The last door before storage: one metric that is no number would make the whole result invalid.
    metrics: Object.fromEntries(Object.entries(verdict.metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))),
    details: verdict.details,
    labels: verdict.labels ?? {},
  };
}

async function judge({ kind, host, spec }: Measurement, { context, signal, load }: MeasureOptions): Promise<Verdict> {
  if (!isKind(kind)) return failed('unknown_kind', `unknown kind: expected one of ${kindNames.join(', ')}, got ${JSON.stringify(kind.slice(0, 64))}`);
  const definition: KindDefinition = kinds[kind];
  const parsed = definition.spec.safeParse(spec ?? {});
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, { value: spec ?? {} }).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    return failed('invalid_options', `invalid options: ${problems.join('; ')}`);
  }
  const longestMs = definition.longestRunMs(parsed.data);
  using limit = deadline(context.clock, longestMs, signal);
  try {
    const probe = await load(kind);
    const running = probe.run(host, parsed.data as Parameters<Probe['run']>[1], context, limit.signal);
    return await settled(running, context, limit.signal);
  } catch (error) {
    if (limit.expired) return { ...failed('run_too_long', `the run did not end within ${longestMs} ms and was ended`), status: 'timeout' };
    signal.throwIfAborted();
    return failed('internal', `a fault of this program: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`.slice(0, 500));
  }
}

/** Waits for the run; after an abort gives it a moment to end its children, then goes on without it. */
async function settled(running: Promise<ProbeOutcome>, context: ProbeContext, signal: AbortSignal): Promise<ProbeOutcome> {
  try {
    return await abortable(running, signal);
  } catch (error) {
    if (signal.aborted) {
      const patience = new AbortController();
      await Promise.race([running.catch(() => undefined), context.clock.sleep(STOP_MS, patience.signal).catch(() => undefined)]);
      patience.abort();
    }
    throw error;
  }
}

function failed(code: string, message: string): Verdict {
  return { status: 'failed', failure: { source: 'agent', code, message: message.slice(0, 2000) }, metrics: {}, details: {} };
}

async function loadAny(kind: string): Promise<Pick<Probe, 'run'>> {
  if (!isKind(kind)) throw new Error(`no probe for ${kind}`);
  return loadProbe(kind) as Promise<unknown> as Promise<Pick<Probe, 'run'>>;
}

/** What every kind can do on this machine. A detection that fails is an unavailable kind, said so. */
export async function detectAll(context: ProbeContext): Promise<Capabilities> {
  const found: Capabilities = {};
  for (const kind of kindNames) {
    try {
      found[kind] = await (await loadProbe(kind)).detect(context);
    } catch (error) {
      found[kind] = {
        available: false,
        tool: null,
        version: null,
        note: `detection failed: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500),
      };
    }
  }
  return found;
}
