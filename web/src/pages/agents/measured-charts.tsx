import type { Agent } from '../../../../src/model/agent.ts';
import { kindNames, kinds } from '../../../../src/model/kinds/index.ts';
import type { KindDefinition } from '../../../../src/model/kinds/kind.ts';
import { LatencyPanel } from '../../components/latency-panel.tsx';
import { MetricPanel } from '../../components/metric-panel.tsx';
import type { ShownWindow } from '../../components/use-range.ts';
import type { LatencyView } from '../view-search.ts';

/** Kinds that measure the agent itself, and which of their first metrics share the first one's unit: drawn together. */
const ownKinds = kindNames
  .map((name): KindDefinition => kinds[name])
  .filter((kind) => kind.target === 'none')
  .map((kind) => ({
    kind: kind.kind,
    metrics: kind.primary.filter((metric) => kind.metrics[metric]?.unit === kind.metrics[kind.primary[0] ?? '']?.unit),
  }));

export interface AgentChartsProps {
  readonly agent: Agent;
  readonly view: LatencyView;
  readonly shownWindow: ShownWindow;
  readonly onChange: (change: Partial<LatencyView>) => void;
}

/** What an agent measures, and how its machine does. */
export function MeasuredCharts({ agent, view, shownWindow, onChange }: AgentChartsProps) {
  const of = { agent: agent.name };
  return (
    <>
      <LatencyPanel
        title="Latency and loss to each destination"
        of={of}
        lineOf="destination"
        view={view}
        shownWindow={shownWindow}
        plotHeight={260}
        onChange={onChange}
        empty={<>This agent pinged nothing in this range. Choose a longer one, or add a job that pings.</>}
      />
      {ownKinds
        .filter(({ kind }) => agent.capabilities[kind]?.available !== false)
        .map(({ kind, metrics }) => (
          <MetricPanel
            key={kind}
            title="Load of this machine"
            kind={kind}
            metrics={metrics}
            of={of}
            view={view}
            shownWindow={shownWindow}
            onChange={onChange}
            empty={<>The load of this machine appears here once a job measures it. Choose a longer range, or add a job.</>}
          />
        ))}
    </>
  );
}
