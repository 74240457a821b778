import { countText } from '../../../src/charts/number-text.ts';
import { findKindDescription } from '../../../src/model/kinds/index.ts';
import type { SeriesAnswer } from '../../../src/model/series.ts';

/** What is known of one kind's results, all of them. */
export interface KindHistory {
  readonly count: number;
  readonly failures: number;
  /** The day of the first, epoch ms. */
  readonly firstDay: number;
}

/** Sums up answers in buckets of days; null where there is no result. Metrics of one kind come from the same results. */
export function kindHistory(answers: readonly SeriesAnswer[]): KindHistory | null {
  const histories = answers.map((answer) => ({
    count: sum(answer.items.flatMap((item) => item.runs)),
    failures: sum(answer.items.flatMap((item) => item.failures)),
    firstDay: Math.min(...answer.items.flatMap((item) => item.at[0] ?? [])),
  }));
  const most = histories.reduce<KindHistory | null>((a, b) => (a === null || b.count > a.count ? b : a), null);
  return most === null || most.count === 0 ? null : most;
}

export function historyWords({ count, failures }: KindHistory): string {
  return `${countText(count, 'result')}${failures === 0 ? '' : `, ${failures.toLocaleString('en')} failed`}`;
}

/** The primary metrics of a kind, those of one unit together: what one chart can show. None where the kind is not described. */
export function chartedMetrics(kind: string): string[][] {
  const description = findKindDescription(kind);
  if (description === undefined) return [];
  return [...Map.groupBy(description.primary, (metric) => description.metrics[metric]?.unit).values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
