import type { CustomSeriesOption, LineSeriesOption } from 'echarts';
import { segmentsOf } from './gaps.ts';

/** Bands of more lines than this only cover each other. */
export const MOST_BANDS = 3;

/** The figures of one bucket; null where the metric is absent. */
export interface QuantilePoint {
  /** Start of the bucket, and the instant it is drawn at: its middle, or the end of the range where that is earlier. */
  readonly at: number;
  readonly drawnAt: number;
  readonly p5: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** A line of a chart, ascending in time. */
export interface QuantileLine {
  readonly name: string;
  readonly points: readonly QuantilePoint[];
}

/** Axis ticks are round already: as many decimals as they need, not as many as the metric has. */
export function axisNumber(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}

export interface LineLook {
  readonly colour: string;
  readonly bucketMs: number;
}

export function medianLine(line: QuantileLine, look: LineLook): LineSeriesOption {
  const { points } = line;
  const values = points.map((point) => point.p50);
  const at = points.map((point) => point.at);
  const segments = segmentsOf(at, values, look.bucketMs);
  const alone = new Set(segments.flatMap(({ first, last }) => (first === last ? [first] : [])));
  const begins = new Set(segments.map(({ first }) => first));
  const data = points.flatMap((point, i) => {
    const drawn = { value: [point.drawnAt, point.p50 ?? '-'], symbolSize: alone.has(i) ? 5 : 0 };
    // An empty point between two segments ends the line where no bucket stands between them.
    return begins.has(i) && i > 0 ? [{ value: [point.at - 1, '-'], symbolSize: 0 }, drawn] : [drawn];
  });
  return {
    type: 'line',
    name: line.name,
    xAxisIndex: 0,
    yAxisIndex: 0,
    data,
    connectNulls: false,
    showSymbol: true,
    symbol: 'circle',
    lineStyle: { width: 1.5, color: look.colour },
    itemStyle: { color: look.colour },
    emphasis: { disabled: true },
    z: 3,
  };
}

/** The faint range from lowest to highest, and the p5-p95 band within it. */
export function rangeBands(line: QuantileLine, { colour, bucketMs }: LineLook): CustomSeriesOption[] {
  return [
    band(line, { low: (i) => line.points[i]?.min, high: (i) => line.points[i]?.max }, { colour, opacity: 0.12, bucketMs }),
    band(line, { low: (i) => line.points[i]?.p5, high: (i) => line.points[i]?.p95 }, { colour, opacity: 0.22, bucketMs }),
  ];
}

interface Edges {
  readonly low: (index: number) => number | null | undefined;
  readonly high: (index: number) => number | null | undefined;
}

function band(line: QuantileLine, edges: Edges, look: LineLook & { readonly opacity: number }): CustomSeriesOption {
  const { points } = line;
  const complete = points.map((_, i) => ((edges.low(i) ?? null) === null ? null : (edges.high(i) ?? null)));
  const segments = segmentsOf(
    points.map((point) => point.at),
    complete,
    look.bucketMs,
  );
  const startOf = new Map(segments.map((segment) => [segment.first, segment]));
  return {
    type: 'custom',
    name: line.name,
    xAxisIndex: 0,
    yAxisIndex: 0,
    silent: true,
    clip: true,
    z: 2,
    encode: { x: 0, y: [1, 2] },
    data: points.map((point, i) => [point.drawnAt, edges.low(i) ?? '-', edges.high(i) ?? '-']),
    // One polygon a segment, drawn by its first bucket: a shape a bucket would show its seams.
    renderItem: (params, api) => {
      const segment = startOf.get(params.dataIndex);
      if (segment === undefined) return null;
      const inside = points.slice(segment.first, segment.last + 1);
      const edge = (pick: Edges['low']): number[][] => inside.map((point, i) => api.coord([point.drawnAt, pick(segment.first + i) ?? 0]));
      const upper = edge(edges.high);
      const lower = edge(edges.low);
      const style = { fill: look.colour, opacity: look.opacity };
      if (inside.length > 1)
        return { type: 'polygon', shape: { points: [...upper, ...lower.reverse()] }, style, silent: true, emphasisDisabled: true };
      const [x = 0, top = 0] = upper[0] ?? [];
      return {
        type: 'rect',
        shape: { x: x - 2, y: top, width: 4, height: Math.max(0, (lower[0]?.[1] ?? top) - top) },
        style,
        silent: true,
        emphasisDisabled: true,
      };
    },
  };
}
