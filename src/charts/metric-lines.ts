import type { CustomSeriesOption, EChartsOption, TooltipComponentOption } from 'echarts';
import type { SeriesItem } from '../model/series.ts';
import type { MetricDefinition } from '../model/units.ts';
import { escapeHtml } from './escape-html.ts';
import { bucketText } from './latency-loss-tooltip.ts';
import { axisNumber, MOST_BANDS, medianLine, rangeBands, type QuantileLine, type QuantilePoint } from './line-shapes.ts';
import { newestOf, newestText, type NewestFrom } from './newest.ts';
import { countText, metricText, numberText, unitText } from './number-text.ts';
import { seriesColour, type ChartTheme } from './theme.ts';

/** One bucket of a metric's line. */
export interface MetricPoint extends QuantilePoint {
  readonly runs: number;
  readonly failures: number;
}

/** A metric over time: of one agent, or of one among several metrics of the same unit. */
export interface MetricLine extends QuantileLine, NewestFrom<MetricPoint> {
  readonly metric: MetricDefinition;
  readonly points: readonly MetricPoint[];
}

/** Lines of one unit over one range. */
export interface MetricLinesChart {
  readonly lines: readonly MetricLine[];
  readonly bucketMs: number;
  readonly from: number;
  readonly to: number;
}

export interface MetricLinesLook {
  readonly theme: ChartTheme;
  readonly font: string;
  /** Narrow: fewer ticks. */
  readonly compact: boolean;
  /** Instants as UTC; else as the reader's own time. */
  readonly utc: boolean;
}

/** A series as it is answered, as a line under a name. */
export function metricLine(name: string, metric: MetricDefinition, source: { item: SeriesItem; bucketMs: number; to: number }): MetricLine {
  const { item, bucketMs, to } = source;
  return {
    name,
    metric,
    points: item.at.map((at, i) => ({
      at,
      drawnAt: Math.max(at, Math.min(at + bucketMs / 2, to)),
      p5: item.p5[i] ?? null,
      p50: item.p50[i] ?? null,
      p95: item.p95[i] ?? null,
      min: item.min[i] ?? null,
      max: item.max[i] ?? null,
      runs: item.runs[i] ?? 0,
      failures: item.failures[i] ?? 0,
    })),
  };
}

/** Metrics over time: each line the median of its buckets, in its bands while there are few. A share is drawn on the whole of 100 %. */
export function metricLinesOption(chart: MetricLinesChart, look: MetricLinesLook): EChartsOption {
  const { theme } = look;
  const { lines, bucketMs } = chart;
  const text = { color: theme.dim, fontFamily: look.font, fontSize: 11 };
  const unit = lines[0]?.metric.unit;
  const legend = lines.length > 1;
  return {
    useUTC: look.utc,
    animation: false,
    textStyle: text,
    color: lines.map((_, i) => seriesColour(theme, i)),
    grid: { left: 52, right: 12, top: legend ? 48 : 28, bottom: 26 },
    legend: {
      show: legend,
      type: 'scroll',
      top: 0,
      left: 52,
      data: lines.map((line) => line.name),
      textStyle: { ...text, color: theme.text },
      itemHeight: 8,
      itemWidth: 16,
    },
    xAxis: {
      type: 'time',
      min: chart.from,
      max: chart.to,
      axisLine: { lineStyle: { color: theme.hairline } },
      axisTick: { show: false },
      splitLine: { show: false },
      splitNumber: look.compact ? 4 : 8,
      axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      min: 0,
      ...(unit === 'pct' ? { max: 100, interval: 25 } : {}),
      name: unit === undefined ? '' : unitText(unit),
      nameTextStyle: { ...text, align: 'right', padding: [0, 8, 0, 0] },
      nameGap: 12,
      splitNumber: 4,
      // Without a value the axis has no scale: its numbers would be made up.
      axisLabel: { ...text, show: lines.some((line) => line.points.some((point) => point.p50 !== null)), formatter: axisNumber },
      splitLine: { lineStyle: { color: theme.hairline, width: 1 } },
    },
    axisPointer: { lineStyle: { color: theme.dim, type: 'solid', width: 1 }, label: { show: false } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: theme.surface,
      borderColor: theme.hairline,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: { ...text, color: theme.text, fontSize: 12 },
      extraCssText: 'box-shadow: none; border-radius: 6px',
      formatter: tooltip(chart, look),
    },
    series: [
      ...(lines.length <= MOST_BANDS ? lines.flatMap((line, i) => rangeBands(line, { colour: seriesColour(theme, i), bucketMs })) : []),
      ...lines.map((line, i) => medianLine(line, { colour: seriesColour(theme, i), bucketMs })),
      failureMarks(lines, theme),
    ],
  };
}

/** A mark at the foot of the plot for each bucket in which a run failed: a failure has no number, and is seen all the same. */
function failureMarks(lines: readonly MetricLine[], theme: ChartTheme): CustomSeriesOption {
  const at = lines.flatMap((line) => line.points.filter((point) => point.failures > 0).map((point) => point.drawnAt));
  return {
    type: 'custom',
    silent: true,
    clip: true,
    z: 4,
    encode: { x: 0, y: 1 },
    data: [...new Set(at)].map((drawnAt) => [drawnAt, 0]),
    renderItem: (_params, api) => {
      const [x = 0, foot = 0] = api.coord([api.value(0), 0]);
      return { type: 'rect', shape: { x: x - 2, y: foot - 8, width: 4, height: 8 }, style: { fill: theme.state.bad.mark }, silent: true };
    },
  };
}

/** What one bucket of a line holds, in words. */
export function metricPointText(line: MetricLine, point: MetricPoint): string {
  const parts = [point.p50 === null ? 'not measured' : `median ${metricText(line.metric, point.p50)}`];
  if (point.min !== null && point.max !== null && point.min !== point.max)
    parts.push(`${numberText(line.metric, point.min)} to ${metricText(line.metric, point.max)}`);
  if (point.failures > 0) parts.push(`${point.failures} of ${point.runs} failed`);
  return parts.join(', ');
}

function tooltip(chart: MetricLinesChart, look: MetricLinesLook): Exclude<TooltipComponentOption['formatter'], string | undefined> {
  return (params) => {
    const drawn = (Array.isArray(params) ? params : [params]).map((param) => (Array.isArray(param.value) ? Number(param.value[0]) : NaN));
    const rows = chart.lines.flatMap((line, i) => {
      const point = line.points.find((candidate) => drawn.includes(candidate.drawnAt));
      if (point === undefined) return [];
      const key = `<span style="display:inline-block;width:8px;height:8px;border-radius:2px;margin-right:6px;background:${seriesColour(look.theme, i)}"></span>`;
      return [{ at: point.at, html: `<div>${key}<b>${escapeHtml(line.name)}</b>: ${escapeHtml(metricPointText(line, point))}</div>` }];
    });
    const [first] = rows;
    if (first === undefined) return '';
    return `<div style="margin-bottom:4px">${escapeHtml(bucketText(first.at, chart.bucketMs, look.utc))}</div>${rows.map((row) => row.html).join('')}`;
  };
}

/** What the lines say to who reads them now: of each its newest median and its range, then what failed. */
export function metricLinesSummary({ lines, bucketMs }: Pick<MetricLinesChart, 'lines' | 'bucketMs'>, at: { now: number; utc: boolean }): string {
  const sentences = lines.flatMap((line) => {
    const newest = newestOf(line, { ...at, bucketMs });
    const low = least(line.points.map((point) => point.min));
    const high = most(line.points.map((point) => point.max));
    if (newest === null || low === null || high === null) return [];
    const [from, to] = [numberText(line.metric, low), numberText(line.metric, high)];
    const range = from === to ? '' : `, between ${from} and ${metricText(line.metric, high)}`;
    return [`${line.name} ${newestText(newest, metricText(line.metric, newest.value), { ...at, bucketMs })}${range}.`];
  });
  // Metrics of one agent come from the same runs: those are counted once.
  const runs = Math.max(0, ...lines.map((line) => sum(line.points.map((point) => point.runs))));
  const failures = Math.max(0, ...lines.map((line) => sum(line.points.map((point) => point.failures))));
  if (runs === 0) return 'Nothing was measured in this range.';
  if (failures > 0) sentences.push(failuresText(failures, runs));
  return sentences.join(' ');
}

function failuresText(failures: number, runs: number): string {
  if (failures < runs) return `${failures.toLocaleString('en')} of ${countText(runs, 'run')} failed.`;
  if (runs === 1) return 'The one run failed.';
  return runs === 2 ? 'Both runs failed.' : `All ${countText(runs, 'run')} failed.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function least(values: readonly (number | null)[]): number | null {
  return values.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
}

function most(values: readonly (number | null)[]): number | null {
  return values.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}
