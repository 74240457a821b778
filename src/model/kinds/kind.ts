import type * as z from 'zod';
import type { MetricDefinition } from '../units.ts';

/** What a destination must be for a kind to measure it. `none`: the agent measures itself. */
export type TargetForm = 'host' | 'name' | 'url' | 'none';

/** What the results of a kind mean, wherever they come from: storage, columns, chart axes and reports need no more. */
export interface KindDescription<MetricName extends string = string> {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly metrics: Readonly<Record<MetricName, MetricDefinition>>;
  /** What `details` of a result of this kind holds. */
  readonly details: z.ZodObject;
  /** The metrics to show first: the first is the headline. */
  readonly primary: readonly NoInfer<MetricName>[];
  /** The metric that answers "how long did it take": the response time of a table that holds several kinds. Absent where none does. */
  readonly responseTime?: NoInfer<MetricName>;
}

/** How long a run measures and how far apart its measurements are, where nobody says; null: the kind's own default. */
export interface Pace {
  readonly durationMs: number | null;
  readonly periodMs: number | null;
}

/**
 * A kind of measurement, defined once. Validation, command-line flags, storage, columns, chart axes, forms and
 * reference docs derive from it; nothing outside branches on a kind's name.
 */
export interface KindDefinition<Spec extends z.ZodObject = z.ZodObject, MetricName extends string = string> extends KindDescription<MetricName> {
  readonly target: TargetForm;
  /** Options of one run. Every option has a default, so `{}` is a valid specification. */
  readonly spec: Spec;
  /**
   * Options that make a run as long, and its measurements as far apart, as an installation wants them by default. Absent where
   * a run is one measurement.
   */
  paced?(pace: Pace): Partial<z.output<Spec>>;
  /** Whether the options say what is measured in place of the destination, so that any destination will do. */
  measuresOther?(spec: z.output<Spec>): boolean;
  /** Longest time one run with this specification can take, milliseconds: what a caller may wait for. */
  longestRunMs(spec: z.output<Spec>): number;
  /**
   * Bytes one run puts on the wire, both directions together, estimated: what budgets and forecasts count with. Absent where
   * nobody said; then a run counts as nothing.
   */
  trafficBytes?(spec: z.output<Spec>): number;
  /** The most one run sends while it goes on: what an agent's policy bounds. `rateMbps` null: as fast as the path carries. */
  peak?(spec: z.output<Spec>): { readonly packetsPerSecond?: number; readonly rateMbps?: number | null };
  /** Its runs are cheap and themselves the record of an outage: no breaker holds them back. They count for it all the same. */
  readonly showsOutage?: boolean;
  /** Options of its cheapest run, where that run says whether a host is there. */
  readonly cheapest?: Readonly<Record<string, unknown>>;
  /** No two runs of such kinds may share an end, a destination or an uplink at the same time: they would measure each other. */
  readonly exclusive?: boolean;
  /** The other end must listen: where the destination is an agent, it starts a listener for one run. */
  readonly listens?: boolean;
}

/** Keeps the literal types of a definition while checking it against the contract. */
export function defineKind<Spec extends z.ZodObject, MetricName extends string>(
  definition: KindDefinition<Spec, MetricName>,
): KindDefinition<Spec, MetricName> {
  return definition;
}

/** The same for a kind that is posted and not measured here. */
export function describeKind<MetricName extends string>(description: KindDescription<MetricName>): KindDescription<MetricName> {
  return description;
}

/** Metrics of a kind, by name: all of them optional, because what was not measured is absent. */
export type MetricsOf<K> = K extends KindDefinition<z.ZodObject, infer M> ? Partial<Record<M, number>> : never;
export type SpecOf<K> = K extends KindDefinition<infer S> ? z.output<S> : never;
