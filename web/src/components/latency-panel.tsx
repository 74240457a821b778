import { SegmentedControl, Select, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import type { LatencyLossChart } from '../../../src/charts/latency-loss-lines.ts';
import type { Destination } from '../../../src/model/destination.ts';
import { ping } from '../../../src/model/kinds/ping.ts';
import { useServices } from '../services.tsx';
import type { LatencyView } from '../pages/view-search.ts';
import { isRange, rangeKeys, ranges, type RangeKey } from '../words/ranges.ts';
import { zoneText } from '../words/time.ts';
import { useRange } from './use-range.ts';
import { LatencyChart } from './latency-chart.tsx';
import { Panel } from './panel.tsx';
import { Empty, QueryView } from './query-view.tsx';

/** What this panel shows: one kind's latency and loss. Titles, units and decimals are the kind's own. */
export const shown = { kind: ping.kind, latency: 'rtt_avg_ms', loss: 'packet_loss_pct' } as const;

/** How often the range moves on while nothing arrives, so that a silence is seen as one. */
const MOVE_ON_MS = 30_000;

interface LatencyPanelProps {
  readonly view: LatencyView;
  /** Destinations to choose from; empty hides the choice. */
  readonly destinations: readonly Destination[];
  readonly plotHeight: number;
  readonly onChange: (change: Partial<LatencyView>) => void;
  readonly empty: ReactNode;
}

export function LatencyPanel({ view, destinations, plotHeight, onChange, empty }: LatencyPanelProps) {
  const { destination } = view;
  const range = useRange(view.range);
  return (
    <Panel
      title={destination === null ? 'Latency and loss' : `Latency and loss to ${destination}`}
      note={`${ping.title} over ${ranges[range].words}; ${zoneText()}`}
      actions={
        <>
          {destinations.length > 0 && (
            <Select
              aria-label="Destination"
              size="xs"
              w={180}
              allowDeselect={false}
              searchable={destinations.length > 8}
              data={destinations.map((one) => one.name)}
              value={destination}
              onChange={(name) => {
                if (name !== null) onChange({ destination: name });
              }}
            />
          )}
          <SegmentedControl
            aria-label="Time range"
            size="xs"
            data={rangeKeys.map((key) => ({ value: key, label: ranges[key].label }))}
            value={range}
            onChange={(key) => {
              if (isRange(key)) onChange({ range: key });
            }}
          />
          <SegmentedControl
            aria-label="Scale"
            size="xs"
            data={[
              { value: 'linear', label: 'linear' },
              { value: 'log', label: 'log' },
            ]}
            value={view.scale}
            onChange={(scale) => {
              onChange({ scale: scale === 'log' ? 'log' : 'linear' });
            }}
          />
        </>
      }
    >
      {destination === null ? (
        <Empty>{empty}</Empty>
      ) : (
        <Plot destination={destination} range={range} scale={view.scale} plotHeight={plotHeight} empty={empty} />
      )}
    </Panel>
  );
}

interface PlotProps {
  readonly destination: string;
  readonly range: RangeKey;
  readonly scale: 'linear' | 'log';
  readonly plotHeight: number;
  readonly empty: ReactNode;
}

function Plot({ destination, range, scale, plotHeight, empty }: PlotProps) {
  const { queries } = useServices();
  const { rangeS, bucketS } = ranges[range];
  const series = useQuery({
    ...queries.series({ kind: shown.kind, metrics: [shown.latency, shown.loss], destination, rangeS, bucketS }),
    refetchInterval: MOVE_ON_MS,
  });
  return (
    <QueryView query={series} what="the chart" skeleton={<Skeleton height={plotHeight} />}>
      {([latency, loss]) =>
        latency === undefined || loss === undefined || (latency.items.length === 0 && loss.items.length === 0) ? (
          <Empty>{empty}</Empty>
        ) : (
          <Drawn latency={latency} loss={loss} scale={scale} plotHeight={plotHeight} />
        )
      }
    </QueryView>
  );
}

interface DrawnProps extends Pick<LatencyLossChart, 'latency' | 'loss'> {
  readonly scale: 'linear' | 'log';
  readonly plotHeight: number;
}

function Drawn({ latency, loss, scale, plotHeight }: DrawnProps) {
  const chart = useMemo(() => ({ latency, loss, latencyMetric: ping.metrics[shown.latency], lossMetric: ping.metrics[shown.loss] }), [latency, loss]);
  return <LatencyChart chart={chart} scale={scale} plotHeight={plotHeight} />;
}
