import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { usualStepMs } from './gaps.ts';
import { latencyLossLines, type LatencyLossChart, type LatencyLossLine, type LatencyLossLook } from './latency-loss-lines.ts';
import { latencyLossTooltip } from './latency-loss-tooltip.ts';
import { axisNumber, MOST_BANDS, medianLine, rangeBands } from './line-shapes.ts';
import { unitText } from './number-text.ts';
import { seriesColour, type ChartTheme } from './theme.ts';

/** Rows of the strip high enough for their lines' names beside them; beyond, a legend. */
const MOST_ROW_NAMES = 8;
const FONT_PX = 11;
/** Room for the labels of the time axis, and between plot and strip. */
const AXIS_PX = 26;
const STRIP_GAP_PX = 10;

/** Height of the loss strip: a row a line. */
export function stripHeightPx(lines: number): number {
  return Math.max(1, lines) * (lines > 1 ? 14 : 16);
}

/**
 * Latency over time with loss as a strip under it. Each line is a median in a p5-p95 band, itself in the
 * fainter range from lowest to highest, so that a spike survives any bucket. A gap stays a gap.
 */
export function latencyLossOption(chart: LatencyLossChart, look: LatencyLossLook): EChartsOption {
  const { theme } = look;
  const lines = latencyLossLines(chart);
  const bucketMs = chart.latency.bucket_s * 1000;
  const rowNames = !look.compact && lines.length > 1 && lines.length <= MOST_ROW_NAMES;
  const legend = lines.length > 1 && !rowNames;
  const strip = stripHeightPx(lines.length);
  const left = 52;
  const right = rowNames ? 116 : 12;
  const text = { color: theme.dim, fontFamily: look.font, fontSize: FONT_PX };
  const time = {
    type: 'time' as const,
    min: chart.latency.from,
    max: chart.latency.to,
    axisLine: { lineStyle: { color: theme.hairline } },
    axisTick: { show: false },
    splitLine: { show: false },
    splitNumber: look.compact ? 4 : 8,
  };
  return {
    useUTC: look.utc,
    animation: false,
    textStyle: text,
    color: lines.map((_, i) => seriesColour(theme, i)),
    grid: [
      { left, right, top: legend ? 48 : 28, bottom: AXIS_PX + strip + STRIP_GAP_PX },
      { left, right, height: strip, bottom: AXIS_PX },
    ],
    legend: { show: legend, type: 'scroll', top: 0, left, data: lines.map((line) => line.name), textStyle: text, itemHeight: 8, itemWidth: 16 },
    xAxis: [
      { ...time, gridIndex: 0, axisLabel: { show: false } },
      { ...time, gridIndex: 1, axisLine: { show: false }, axisLabel: { ...text, hideOverlap: true } },
    ],
    yAxis: [
      {
        gridIndex: 0,
        name: unitText(chart.latencyMetric.unit),
        nameTextStyle: { ...text, align: 'right', padding: [0, 8, 0, 0] },
        nameGap: 12,
        ...(look.scale === 'log' ? { type: 'log' as const, ...logExtent(lines) } : { type: 'value' as const, min: 0 }),
        splitNumber: 4,
        axisLabel: { ...text, formatter: axisNumber },
        splitLine: { lineStyle: { color: theme.hairline, width: 1 } },
      },
      {
        gridIndex: 1,
        type: 'category',
        inverse: true,
        position: 'right',
        data: lines.map((line) => line.name),
        axisLabel: {
          ...text,
          show: rowNames,
          interval: 0,
          width: 104,
          overflow: 'truncate',
          // The name in the colour of text, because lines' colours are too pale to read; its line's colour before it.
          color: theme.text,
          formatter: (name: string, index: number) => `{line${index}|\u25a0} ${name}`,
          rich: Object.fromEntries(lines.map((_, i) => [`line${i}`, { color: seriesColour(theme, i) }])),
        },
        axisTick: { show: false },
        axisLine: { show: false },
      },
      // Holds the strip's title: a category axis has its names at the right.
      {
        gridIndex: 1,
        type: 'value',
        min: 0,
        max: 1,
        name: chart.lossMetric.title,
        nameLocation: 'middle',
        nameRotate: 0,
        nameGap: 8,
        nameTextStyle: { ...text, align: 'right' },
        axisLabel: { show: false },
        splitLine: { show: false },
      },
    ],
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: theme.dim, type: 'solid', width: 1 }, label: { show: false } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: theme.surface,
      borderColor: theme.hairline,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: { ...text, color: theme.text, fontSize: 12 },
      extraCssText: 'box-shadow: none; border-radius: 6px',
      formatter: latencyLossTooltip(chart, lines, look),
    },
    series: [
      ...(lines.length <= MOST_BANDS ? lines.flatMap((line, i) => rangeBands(line, { colour: seriesColour(theme, i), bucketMs })) : []),
      ...lines.map((line, i) => medianLine(line, { colour: seriesColour(theme, i), bucketMs })),
      ...lines.map((line, i) => lossRow(line, { row: i, rows: lines.length, bucketMs, theme })),
    ],
  };
}

/** A log axis takes no 0 and guesses poor ends: whole decades around what is drawn. */
function logExtent(lines: readonly LatencyLossLine[]): { min: number; max: number } {
  const values = lines
    .flatMap((line) => line.points.flatMap((point) => [point.min, point.p50, point.max]))
    .filter((value): value is number => value !== null && value > 0);
  if (values.length === 0) return { min: 0.1, max: 10 };
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const min = 10 ** Math.floor(Math.log10(low));
  return { min, max: Math.max(10 ** Math.ceil(Math.log10(high)), min * 10) };
}

interface RowLook {
  readonly row: number;
  readonly rows: number;
  readonly bucketMs: number;
  readonly theme: ChartTheme;
}

/** One line's row of the loss strip: grey where all came back, stronger where more was lost, hatched where a run could not tell. */
function lossRow(line: LatencyLossLine, { row, rows, bucketMs, theme }: RowLook): CustomSeriesOption {
  const { points } = line;
  const step = usualStepMs(
    points.map((point) => point.at),
    bucketMs,
  );
  return {
    type: 'custom',
    name: line.name,
    xAxisIndex: 1,
    yAxisIndex: 1,
    silent: true,
    clip: true,
    encode: { x: 0, y: 1 },
    data: points.map((point) => [point.drawnAt, row]),
    renderItem: (params, api) => {
      const point = points[params.dataIndex];
      if (point === undefined) return null;
      const end = Math.min(point.at + step, points[params.dataIndex + 1]?.at ?? Infinity);
      const [x0 = 0, middle = 0] = api.coord([point.at, row]);
      const [x1 = 0] = api.coord([end, row]);
      const height = stripHeightPx(rows) / rows - 2;
      const shape = { x: x0, y: middle - height / 2, width: Math.max(1, x1 - x0 - (x1 - x0 > 4 ? 1 : 0)), height };
      if (point.lossMean !== null) return { type: 'rect', shape, style: lossStyle(theme, point.lossMean), silent: true, emphasisDisabled: true };
      return {
        type: 'group',
        emphasisDisabled: true,
        silent: true,
        clipPath: { type: 'rect', shape },
        children: hatch(shape).map((ends) => ({ type: 'line' as const, shape: ends, style: { stroke: theme.state.unknown.mark, lineWidth: 1 } })),
      };
    },
  };
}

/** Any loss is seen: the weakest is a third of the full colour. The square root spreads the small ones apart. */
export function lossStyle(theme: ChartTheme, lossPct: number): { fill: string; opacity: number } {
  if (lossPct <= 0) return { fill: theme.hairline, opacity: 1 };
  return { fill: theme.state.bad.mark, opacity: 0.35 + 0.65 * Math.sqrt(Math.min(100, lossPct) / 100) };
}

function hatch(shape: { x: number; y: number; width: number; height: number }): { x1: number; y1: number; x2: number; y2: number }[] {
  const { x, y, width, height } = shape;
  return Array.from({ length: Math.ceil((width + height) / 4) }, (_, i) => ({ x1: x + i * 4 - height, y1: y + height, x2: x + i * 4, y2: y }));
}
