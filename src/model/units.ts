/** Units a metric may have; the last part of its name says which. */
export type Unit = 'ms' | 's' | 'pct' | 'mbps' | 'mb' | 'bytes' | 'count' | 'days' | 'code' | 'load' | 'celsius';

/** What a number in a result means, said once for storage, columns, axes, forms and docs. */
export interface MetricDefinition {
  readonly title: string;
  readonly unit: Unit;
  /** The direction in which a change is good; null where neither is. */
  readonly better: 'lower' | 'higher' | null;
  readonly description: string;
  /** Decimals shown to people. The wire is never rounded. */
  readonly decimals: number;
}
