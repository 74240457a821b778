import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { metricText } from '../../../../src/charts/number-text.ts';
import type { Job } from '../../../../src/model/job.ts';
import type { JobAnalytics } from '../../../../src/model/job-analysis.ts';
import { findKindDescription } from '../../../../src/model/kinds/index.ts';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { useServices } from '../../services.tsx';
import { successText } from '../../words/success-text.ts';
import { kindTitle } from '../../words/metrics.ts';
import { jobRanges, type JobRange } from './job-search.ts';

/** What came of the runs: success and the headline figure of each destination and kind. */
export function AnalyticsPanel({ job, range }: { readonly job: Job; readonly range: JobRange }) {
  const { queries } = useServices();
  const { hours, words } = jobRanges[range];
  const analytics = useQuery(queries.analytics(job.id, hours));
  return (
    <Panel title="Success by destination" note={`of what was measured in ${words}`}>
      <QueryView query={analytics} what="the figures" skeleton={<Skeleton height={96} />}>
        {(data) =>
          data.groups.length === 0 ? (
            <Empty>Success and figures of each destination appear here with the first result.</Empty>
          ) : (
            <Figures data={data} />
          )
        }
      </QueryView>
    </Panel>
  );
}

function Figures({ data }: { readonly data: JobAnalytics }) {
  return (
    <div className="table-across" tabIndex={0} role="region" aria-label="Figures of each destination">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Destination</th>
            <th scope="col">Kind</th>
            <th scope="col" className="number">
              Runs
            </th>
            <th scope="col" className="number">
              Success
            </th>
            <th scope="col">Figure</th>
            <th scope="col" className="number">
              Median
            </th>
            <th scope="col" className="number">
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {data.groups.map((group) => (
            <FigureRow key={`${group.destination_id ?? ''} ${group.kind}`} group={group} data={data} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FigureRow({ group, data }: { readonly group: JobAnalytics['groups'][number]; readonly data: JobAnalytics }) {
  const { destination, destination_id: id, kind, runs, success_rate_pct: rate } = group;
  const primary = findKindDescription(kind)?.primary ?? [];
  const own = data.items.filter((item) => item.destination_id === id && item.kind === kind);
  const headline = primary.flatMap((metric) => own.find((item) => item.metric === metric) ?? [])[0];
  const definition = headline === undefined ? undefined : findKindDescription(kind)?.metrics[headline.metric];
  const text = (value: number | null | undefined): string => (value == null || definition === undefined ? '–' : metricText(definition, value));
  return (
    <tr>
      <th scope="row" className="name">
        {destination === null ? (
          <span className="dim">the agents themselves</span>
        ) : (
          <Link to="/destinations/$destination" params={{ destination }}>
            {destination}
          </Link>
        )}
      </th>
      <td>{kindTitle(kind)}</td>
      <td className="number">
        {Object.values(runs)
          .reduce((sum, count) => sum + count, 0)
          .toLocaleString('en')}
      </td>
      <td className="number">{successText(rate)}</td>
      <td>{definition?.title ?? <span className="dim">–</span>}</td>
      <td className="number">{text(headline?.median)}</td>
      <td className="number">{text(headline?.p95)}</td>
    </tr>
  );
}
