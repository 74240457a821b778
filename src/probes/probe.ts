import type { Capability } from '../model/agent.ts';
import type { Failure } from '../model/failure.ts';
import type { Kind, kinds } from '../model/kinds/index.ts';
import type { MetricsOf, SpecOf } from '../model/kinds/kind.ts';
import type { Details, Status } from '../model/result.ts';
import type { Labels } from '../model/labels.ts';
import type { Clock } from '../util/clock.ts';
import type { RunProcess } from '../util/process.ts';
import type { Lookup } from './resolve.ts';

/** Everything a probe touches comes in here; a probe keeps nothing between runs. */
export interface ProbeContext {
  readonly clock: Clock;
  readonly run: RunProcess;
  /** How host names become addresses; the system's resolver where it is absent. */
  readonly lookup?: Lookup | undefined;
  /** Directory whose file system the machine's disk figures speak of. */
  readonly dataDir: string;
}

/** What one run found. A measurement that fails is an outcome, not an exception. */
export interface ProbeOutcome<K extends Kind = Kind> {
  readonly status: Exclude<Status, 'skipped'>;
  /** null exactly when status is success. */
  readonly failure: Failure | null;
  readonly metrics: MetricsOf<(typeof kinds)[K]>;
  readonly details: Details;
  readonly labels?: Labels;
}

/**
 * Measures one kind. A run is one function: it takes what to measure and a signal, and resolves with an outcome.
 * It throws only for faults of the program; on abort it ends its children and rejects with the signal's reason.
 */
export interface Probe<K extends Kind = Kind> {
  readonly kind: K;
  /** What can measure this kind on this machine: the tool found, its version, or why there is none. */
  detect(context: ProbeContext): Promise<Capability>;
  /** `host` is the destination's host or URL; an empty text for kinds that measure the machine itself. */
  run(host: string, spec: SpecOf<(typeof kinds)[K]>, context: ProbeContext, signal: AbortSignal): Promise<ProbeOutcome<K>>;
}
