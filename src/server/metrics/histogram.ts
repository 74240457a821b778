import type { Sample } from './exposition.ts';

/** Counts of observations in fixed buckets, one set for each label value. Bounds ascend; beyond the last is +Inf. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #label: string;
  readonly #sets = new Map<string, { counts: number[]; sum: number; count: number }>();

  constructor(label: string, bounds: readonly number[]) {
    this.#label = label;
    this.#bounds = bounds;
  }

  observe(labelValue: string, value: number): void {
    let set = this.#sets.get(labelValue);
    if (set === undefined) {
      set = { counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
      this.#sets.set(labelValue, set);
    }
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) set.counts[at] = (set.counts[at] ?? 0) + 1;
    set.sum += value;
    set.count += 1;
  }

  /** Cumulative buckets, sum and count, as Prometheus has them. */
  samples(): Sample[] {
    return [...this.#sets].flatMap(([labelValue, { counts, sum, count }]) => {
      const labels = { [this.#label]: labelValue };
      let cumulative = 0;
      const buckets = this.#bounds.map((bound, i) => {
        cumulative += counts[i] ?? 0;
        return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: cumulative };
      });
      return [
        ...buckets,
        { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
        { suffix: '_sum', labels, value: sum },
        { suffix: '_count', labels, value: count },
      ];
    });
  }
}
