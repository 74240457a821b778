import type { Capability } from '../model/agent.ts';
import type { Failure } from '../model/failure.ts';
import type { Kind, kinds } from '../model/kinds/index.ts';
import type { MetricsOf, SpecOf } from '../model/kinds/kind.ts';
import type { Details, Status } from '../model/result.ts';
import type { Labels } from '../model/labels.ts';
import type { Clock } from '../util/clock.ts';
import type { RunProcess } from '../util/process.ts';
import type { Guard } from './guard.ts';
import type { Lookup } from './resolve.ts';

/** Everything a probe touches comes in here; a probe keeps nothing between runs. */
export interface ProbeContext {
  readonly clock: Clock;
  readonly run: RunProcess;
  /** How host names become addresses; the system's resolver where it is absent. */
  readonly lookup?: Lookup | undefined;
  /** Everything may be touched where it is absent. */
  readonly guard?: Guard | undefined;
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

/** How the other end of one run listens. */
export interface ListenOptions<K extends Kind = Kind> {
  readonly port: number;
  /** The address to listen on; null is every address of the machine. */
  readonly bind: string | null;
  /** The run that will come: it says how long the listener may live. */
  readonly spec: SpecOf<(typeof kinds)[K]>;
}

/** A listener that accepts now. */
export interface Listening {
  readonly port: number;
  /** Resolves, and never rejects, when nothing of the listener is left: its run is over, nobody came in time, or its signal aborted. */
  readonly ended: Promise<void>;
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
  /**
   * Only of kinds that listen: is the other end of exactly one run. Resolves once the listener really accepts. It ends by
   * itself after that run, or when none comes, and with its whole process group when the signal aborts, then or later.
   * Rejects with a TachoError in words where it cannot listen (port taken, tool missing), with the signal's reason on abort.
   */
  listen?(options: ListenOptions<K>, context: ProbeContext, signal: AbortSignal): Promise<Listening>;
}
