import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import type { LatencyLossChart, LineSubject } from '../../../src/charts/latency-loss-lines.ts';
import { ping } from '../../../src/model/kinds/ping.ts';
import type { SeriesAnswer } from '../../../src/model/series.ts';
import type { SeriesQuestion } from '../api/queries.ts';
import type { LatencyView } from '../pages/view-search.ts';
import { useServices } from '../services.tsx';
import { namesOf } from '../words/sentence.ts';
import { movesOn, spanBetween } from '../words/ranges.ts';
import { zoneText } from '../words/time.ts';
import { StateShape } from './icons.tsx';
import { LatencyChart, type Zoom } from './latency-chart.tsx';
import { Panel } from './panel.tsx';
import { Empty, QueryView } from './query-view.tsx';
import { ScaleControl } from './range-control.tsx';
import { useEnded } from './use-ended.ts';
import { Words } from './words.tsx';
import type { ShownWindow } from './use-range.ts';

/** What this panel shows: one kind's latency and loss. Titles, units and decimals are the kind's own. */
export const shown = { kind: ping.kind, latency: 'rtt_avg_ms', loss: 'packet_loss_pct' } as const;

/** How often the range moves on while nothing arrives, so that a silence is seen as one. */
export const MOVE_ON_MS = 30_000;

interface LatencyPanelProps {
  readonly title: string;
  /** Whose latency; null where nothing is measured yet. */
  readonly of: SeriesQuestion['of'] | null;
  /** What the lines are: the agents of one destination, or the destinations of one agent. */
  readonly lineOf: LineSubject;
  readonly view: LatencyView;
  readonly shownWindow: ShownWindow;
  readonly plotHeight: number;
  readonly onChange: (change: Partial<LatencyView>) => void;
  /** Further controls, before the scale. */
  readonly actions?: ReactNode;
  readonly empty: ReactNode;
}

export function LatencyPanel({ title, of, lineOf, view, shownWindow, plotHeight, onChange, actions, empty }: LatencyPanelProps) {
  return (
    <Panel
      title={title}
      note={`${ping.title} over ${shownWindow.words}; ${zoneText()}`}
      actions={
        <>
          {actions}
          <ScaleControl scale={view.scale} onChange={onChange} />
        </>
      }
    >
      {of === null ? <Empty>{empty}</Empty> : <Plot {...{ of, lineOf, view, shownWindow, plotHeight, onChange, empty }} />}
    </Panel>
  );
}

/** What dragging over a chart and a double click on it do to its page. */
export function zoomOf(view: Pick<LatencyView, 'span'>, onChange: (change: Partial<LatencyView>) => void): Zoom {
  return {
    onSelect: (a, b) => {
      const span = spanBetween(a, b);
      if (span !== null) onChange({ span });
    },
    onBack: () => {
      if (view.span !== null) onChange({ span: null });
    },
  };
}

type PlotProps = Omit<LatencyPanelProps, 'title' | 'of' | 'actions'> & { readonly of: SeriesQuestion['of'] };

function Plot({ of, lineOf, view, shownWindow, plotHeight, onChange, empty }: PlotProps) {
  const { queries } = useServices();
  const series = useQuery({
    ...queries.series({ kind: shown.kind, metrics: [shown.latency, shown.loss], of, window: shownWindow.window }),
    ...(movesOn(shownWindow.window) && { refetchInterval: MOVE_ON_MS }),
  });
  return (
    <QueryView query={series} what="the chart" skeleton={<Skeleton height={plotHeight} />}>
      {([latency, loss]) =>
        latency === undefined || loss === undefined || (latency.items.length === 0 && loss.items.length === 0) ? (
          <Empty>{empty}</Empty>
        ) : (
          <>
            {lineOf === 'agent' && <Partial of={[latency, loss]} />}
            <Drawn latency={latency} loss={loss} lineOf={lineOf} scale={view.scale} plotHeight={plotHeight} zoom={zoomOf(view, onChange)} />
          </>
        )
      }
    </QueryView>
  );
}

/** Which agents of the chart are silent: their lines end for want of an agent, not of something to measure. */
function Partial({ of }: { readonly of: readonly SeriesAnswer[] }) {
  const { queries } = useServices();
  const drawn = new Set(of.flatMap((answer) => answer.items.map((item) => item.agent_id)));
  const silent = (useQuery(queries.agents()).data ?? []).filter(
    (agent) => drawn.has(agent.id) && (agent.state === 'offline' || agent.state === 'late'),
  );
  if (silent.length === 0) return null;
  return (
    <p className="chart-partial state tone-attention">
      <StateShape tone="attention" />
      <span>
        <Words
          sentence={[
            'Not all agents report: ',
            ...namesOf(
              'agent',
              silent.map((agent) => agent.name),
            ),
            silent.length === 1 ? ' is silent.' : ' are silent.',
          ]}
        />
      </span>
    </p>
  );
}

interface DrawnProps extends Pick<LatencyLossChart, 'latency' | 'loss'> {
  readonly lineOf: LineSubject;
  readonly scale: 'linear' | 'log';
  readonly plotHeight: number;
  readonly zoom: Zoom;
}

function Drawn({ latency, loss, lineOf, scale, plotHeight, zoom }: DrawnProps) {
  const ended = useEnded([latency, loss])[lineOf];
  const chart = useMemo(
    () => ({ latency, loss, lineOf, ended, latencyMetric: ping.metrics[shown.latency], lossMetric: ping.metrics[shown.loss] }),
    [latency, loss, lineOf, ended],
  );
  return <LatencyChart chart={chart} scale={scale} plotHeight={plotHeight} zoom={zoom} />;
}
