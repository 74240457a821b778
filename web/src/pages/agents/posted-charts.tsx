import { findKindDescription } from '../../../../src/model/kinds/index.ts';
import { MetricPanel } from '../../components/metric-panel.tsx';
import { chartedMetrics } from '../../words/history.ts';
import type { AgentChartsProps } from './measured-charts.tsx';
import { usePostedKinds } from './use-posted-kinds.ts';

/** What a machine posts: of each kind that is described, its primary metrics. */
export function PostedCharts({ agent, view, shownWindow, onChange }: AgentChartsProps) {
  const kinds = usePostedKinds(agent);
  return kinds.flatMap((kind) =>
    chartedMetrics(kind).map((metrics) => {
      const description = findKindDescription(kind);
      const titles = metrics.map((metric) => description?.metrics[metric]?.title ?? metric);
      return (
        <MetricPanel
          key={`${kind} ${metrics.join()}`}
          title={`${description?.title ?? kind}: ${titles.join(', ').toLowerCase()}`}
          kind={kind}
          metrics={metrics}
          of={{ agent: agent.name }}
          view={view}
          shownWindow={shownWindow}
          onChange={onChange}
          empty={<>No {description?.title ?? kind} result in this range. Choose a longer one.</>}
        />
      );
    }),
  );
}
