import { countText, metricText, numberText } from '../../../src/charts/number-text.ts';
import { newestText, type ReadAt } from '../../../src/charts/newest.ts';
import type { MetricDefinition } from '../../../src/model/units.ts';
import type { LatencyLossChart, LatencyLossSummary } from '../../../src/charts/latency-loss-lines.ts';

/** What the chart shows, in one or two sentences: its title for those who see it, its content for those who do not. */
export function summaryText(chart: Pick<LatencyLossChart, 'latencyMetric' | 'lossMetric'>, summary: LatencyLossSummary, read: ReadAt): string {
  const { latencyMetric, lossMetric } = chart;
  if (summary.runs === 0) return 'Nothing was measured in this range.';
  const latency =
    summary.min === null || summary.max === null || summary.latest === null
      ? 'No reply came.'
      : `${latencyMetric.title} ${newestText(summary.latest, metricText(latencyMetric, summary.latest.value), read)}${spread(latencyMetric, summary.min, summary.max)}.`;
  const loss = summary.lossMean === null ? `${lossMetric.title} is unknown` : lossWords(chart, summary.lossMean, summary.lossMax ?? 0);
  const failures = summary.failures === 0 ? '' : `, ${summary.failures.toLocaleString('en')} failed`;
  return `${latency} ${loss} in ${countText(summary.runs, 'run')}${failures}.`;
}

function spread(metric: MetricDefinition, min: number, max: number): string {
  const [low, high] = [numberText(metric, min), metricText(metric, max)];
  return numberText(metric, max) === low ? '' : `, between ${low} and ${high}`;
}

function lossWords({ lossMetric }: Pick<LatencyLossChart, 'lossMetric'>, mean: number, most: number): string {
  if (most === 0) return 'Nothing was lost';
  return `${lossMetric.title} is ${metricText(lossMetric, mean)} on average and ${metricText(lossMetric, most)} at most`;
}
