import { lazy, Suspense, useMemo, useState, type KeyboardEvent } from 'react';
import { useElementSize } from '@mantine/hooks';
import { latencyLossOption, stripHeightPx } from '../../../src/charts/latency-loss.ts';
import { latencyLossLines, summariseLatencyLoss, type LatencyLossChart, type LatencyLossLine } from '../../../src/charts/latency-loss-lines.ts';
import { bucketText, pointText } from '../../../src/charts/latency-loss-tooltip.ts';
import { FONT } from '../theme/theme.ts';
import { useChartTheme } from '../theme/use-chart-theme.ts';
import { summaryText } from '../words/latency-summary.ts';
import { LatencyTable } from './latency-table.tsx';
import { useNow } from './use-now.ts';

export interface Zoom {
  readonly onSelect: (from: number, to: number) => void;
  readonly onBack: () => void;
}

const ChartCanvas = lazy(async () => ({ default: (await import('./chart-canvas.tsx')).ChartCanvas }));

/** Narrower than this, the chart drops what does not fit. */
const COMPACT_PX = 560;

interface LatencyChartProps {
  readonly chart: LatencyLossChart;
  readonly scale: 'linear' | 'log';
  readonly plotHeight: number;
  readonly zoom?: Zoom | undefined;
}

/** Latency and loss as a picture, in one sentence, point by point with the arrow keys, and as a table. */
export function LatencyChart({ chart, scale, plotHeight, zoom }: LatencyChartProps) {
  const theme = useChartTheme();
  const { ref, width } = useElementSize();
  const compact = width > 0 && width < COMPACT_PX;
  const lines = useMemo(() => latencyLossLines(chart), [chart]);
  const option = useMemo(() => latencyLossOption(chart, { theme, font: FONT, scale, compact, utc: false }), [chart, theme, scale, compact]);
  const height = plotHeight + stripHeightPx(lines.length);
  const read = { now: useNow(), bucketMs: chart.latency.bucket_s * 1000, utc: false };
  const summary = summaryText(chart, summariseLatencyLoss(lines, read), read);
  const keys = useArrowKeys(chart, lines, zoom);
  return (
    <figure className="chart" ref={ref}>
      <figcaption>{summary}</figcaption>
      <div
        className="chart-focus"
        tabIndex={0}
        role="img"
        aria-label={`${summary} The arrow keys read the points${zoom === undefined ? '' : ', plus and minus zoom'}.`}
        {...keys.handlers}
      >
        <Suspense fallback={<div style={{ height }} />}>
          <ChartCanvas at={keys.at} option={option} height={height} {...zoom} />
        </Suspense>
      </div>
      <p className="visually-hidden" role="status">
        {keys.spoken}
      </p>
      <p className="chart-key">
        Line: median. Bands: 5th to 95th percentile, and lowest to highest. Strip: grey where nothing was lost, hatched where nobody knows.
        {zoom !== undefined && <span className="for-mouse"> Drag over the chart to see a part of it closer.</span>}
      </p>
      <LatencyTable chart={chart} lines={lines} />
    </figure>
  );
}

/** Left and right move the crosshair from point to point of all lines; + and - see the part around it closer and go back; Escape takes it away. */
function useArrowKeys(chart: LatencyLossChart, lines: readonly LatencyLossLine[], zoom: Zoom | undefined) {
  const points = lines
    .flatMap((line) => line.points.map((point) => ({ key: `${point.at} ${line.name}`, name: line.name, point })))
    .sort((a, b) => a.point.at - b.point.at);
  // The point itself is remembered, not its place: new ones come while it is read.
  const [key, setKey] = useState<string | null>(null);
  const index = points.findIndex((point) => point.key === key);
  const current = points[index];
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = points.length - 1;
    const from = index === -1 ? last : index;
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: index === -1 ? last : Math.max(0, from - 1),
      ArrowRight: Math.min(last, from + 1),
      Home: 0,
      End: last,
    };
    const next = to[event.key];
    if (event.key === 'Escape') setKey(null);
    if (event.key === '+' && current !== undefined) {
      const quarter = (chart.latency.to - chart.latency.from) / 4;
      zoom?.onSelect(current.point.drawnAt - quarter, current.point.drawnAt + quarter);
    }
    if (event.key === '-') zoom?.onBack();
    if (next === undefined) return;
    event.preventDefault();
    setKey(points[next]?.key ?? null);
  };
  const bucketMs = chart.latency.bucket_s * 1000;
  return {
    at: current?.point.drawnAt ?? null,
    handlers: {
      onKeyDown,
      onBlur: () => {
        setKey(null);
      },
    },
    spoken: current === undefined ? '' : `${bucketText(current.point.at, bucketMs, false)}, ${current.name}: ${pointText(chart, current.point)}`,
  };
}
