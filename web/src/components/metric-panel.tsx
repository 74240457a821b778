import { useElementSize } from '@mantine/hooks';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { metricLine, metricLinesOption, metricLinesSummary, type MetricLinesChart } from '../../../src/charts/metric-lines.ts';
import { findKindDescription } from '../../../src/model/kinds/index.ts';
import type { SeriesAnswer, SeriesItem } from '../../../src/model/series.ts';
import type { SeriesQuestion } from '../api/queries.ts';
import type { LatencyView } from '../pages/view-search.ts';
import { useServices } from '../services.tsx';
import type { EndedLines } from '../words/ended-lines.ts';
import { lineNames } from '../words/line-names.ts';
import { FONT } from '../theme/theme.ts';
import { useChartTheme } from '../theme/use-chart-theme.ts';
import { movesOn } from '../words/ranges.ts';
import { zoneText } from '../words/time.ts';
import { MOVE_ON_MS, zoomOf } from './latency-panel.tsx';
import type { Zoom } from './latency-chart.tsx';
import { Panel } from './panel.tsx';
import { Empty, QueryView } from './query-view.tsx';
import { useEnded } from './use-ended.ts';
import { useNow } from './use-now.ts';
import type { ShownWindow } from './use-range.ts';

const ChartCanvas = lazy(async () => ({ default: (await import('./chart-canvas.tsx')).ChartCanvas }));

const PLOT_HEIGHT = 200;
const COMPACT_PX = 560;

interface MetricPanelProps {
  readonly title: string;
  readonly kind: string;
  /** Of one unit, drawn together. */
  readonly metrics: readonly string[];
  readonly of: SeriesQuestion['of'];
  readonly view: LatencyView;
  readonly shownWindow: ShownWindow;
  readonly onChange: (change: Partial<LatencyView>) => void;
  readonly empty: ReactNode;
}

/** Metrics of one kind over time: a line for each metric, and for each agent and destination where there are several. */
export function MetricPanel({ title, kind, metrics, of, view, shownWindow, onChange, empty }: MetricPanelProps) {
  const { queries } = useServices();
  const series = useQuery({
    ...queries.series({ kind, metrics, of, window: shownWindow.window }),
    ...(movesOn(shownWindow.window) && { refetchInterval: MOVE_ON_MS }),
  });
  return (
    <Panel title={title} note={`${findKindDescription(kind)?.title ?? kind} over ${shownWindow.words}; ${zoneText()}`}>
      <QueryView query={series} what="the chart" skeleton={<Skeleton height={PLOT_HEIGHT} />}>
        {(answers) =>
          answers.every((answer) => answer.items.length === 0) ? (
            <Empty>{empty}</Empty>
          ) : (
            <Drawn kind={kind} answers={answers} zoom={zoomOf(view, onChange)} />
          )
        }
      </QueryView>
    </Panel>
  );
}

interface DrawnProps {
  readonly kind: string;
  readonly answers: readonly SeriesAnswer[];
  readonly zoom: Zoom;
}

function Drawn({ kind, answers, zoom }: DrawnProps) {
  const theme = useChartTheme();
  const { ref, width } = useElementSize();
  const compact = width > 0 && width < COMPACT_PX;
  const ended = useEnded(answers);
  const chart = useMemo(() => chartOf(kind, answers, ended), [kind, answers, ended]);
  const option = useMemo(() => metricLinesOption(chart, { theme, font: FONT, compact, utc: false }), [chart, theme, compact]);
  const summary = metricLinesSummary(chart, { now: useNow(), utc: false });
  return (
    <figure className="chart" ref={ref}>
      <figcaption>{summary}</figcaption>
      <div className="chart-focus" role="img" aria-label={summary}>
        <Suspense fallback={<div style={{ height: PLOT_HEIGHT }} />}>
          <ChartCanvas at={null} option={option} height={PLOT_HEIGHT} {...zoom} />
        </Suspense>
      </div>
      <p className="chart-key">
        Line: median. Bands: 5th to 95th percentile, and lowest to highest. Marks at the foot: runs that failed.
        <span className="for-mouse"> Drag over the chart to see a part of it closer.</span>
      </p>
    </figure>
  );
}

function chartOf(kind: string, answers: readonly SeriesAnswer[], ended: EndedLines): MetricLinesChart {
  const [first] = answers;
  const bucketMs = (first?.bucket_s ?? 60) * 1000;
  const to = first?.to ?? 0;
  const lines = answers.flatMap((answer) => {
    const metric = findKindDescription(kind)?.metrics[answer.metric];
    if (metric === undefined) return [];
    const gone = (item: SeriesItem): boolean =>
      ended.agent.has(item.agent_id) || (item.destination_id !== null && ended.destination.has(item.destination_id));
    const names = lineNames(answer.items);
    return answer.items.map((item, i) => {
      const subject = answer.items.length > 1 ? names[i] : undefined;
      const name = [answers.length > 1 || subject === undefined ? metric.title : undefined, subject];
      const line = metricLine(name.filter((part) => part !== undefined).join(', '), metric, { item, bucketMs, to });
      return { ...line, ended: gone(item) };
    });
  });
  return { lines, bucketMs, from: first?.from ?? 0, to };
}
