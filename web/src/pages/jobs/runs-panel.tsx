import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { StateTone } from '../../../../src/charts/theme.ts';
import type { Job } from '../../../../src/model/job.ts';
import type { PlannedRun, RunStatus } from '../../../../src/model/planned-run.ts';
import { StateShape } from '../../components/icons.tsx';
import { Moment } from '../../components/moment.tsx';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { useHeldRows } from '../../components/use-held-rows.ts';
import { useNow } from '../../components/use-now.ts';
import { useServices } from '../../services.tsx';
import { kindTitle } from '../../words/metrics.ts';
import { runReason } from '../../words/run-words.ts';
import { spanText, timeText } from '../../words/time.ts';
import { jobRanges, type JobSearch, type JobView } from './job-search.ts';

const tones: Readonly<Record<RunStatus, StateTone>> = {
  success: 'good',
  failed: 'bad',
  timeout: 'bad',
  skipped: 'unknown',
  missing: 'attention',
  pending: 'unknown',
};
/** What a result's page shows around it. */
const AROUND_MS = 30 * 60_000;

interface RunsPanelProps {
  readonly job: Job;
  readonly view: JobView;
  readonly onChange: (part: Partial<Record<keyof JobSearch, unknown>>) => void;
}

/** The runs of a job, newest first: of the statuses and the time that were chosen in the strip. */
export function RunsPanel({ job, view, onChange }: RunsPanelProps) {
  const { queries } = useServices();
  const { hours, words } = jobRanges[view.range];
  const runs = useInfiniteQuery(queries.runs({ job: job.id, hours, statuses: view.statuses, span: view.span }));
  const filtered = view.statuses.length > 0 || view.span !== null;
  const when = view.span === null ? words : spanText(view.span);
  return (
    <Panel
      title="Runs"
      note={`${view.statuses.length === 0 ? 'all' : view.statuses.join(', ')} of ${when}, newest first`}
      actions={
        filtered && (
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              onChange({ status: undefined, from: undefined, to: undefined });
            }}
          >
            Show all runs
          </Button>
        )
      }
    >
      <QueryView query={runs} what="the runs" skeleton={<Skeleton height={160} />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return items.length === 0 ? (
            <Empty>{filtered ? 'No run is of this sort. Show all runs to see the others.' : 'Runs appear here as they are planned.'}</Empty>
          ) : (
            <RunsTable items={items} />
          );
        }}
      </QueryView>
      {runs.hasNextPage && (
        <div className="panel-foot">
          <Button size="xs" variant="default" loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
            Show older runs
          </Button>
        </div>
      )}
    </Panel>
  );
}

type Row = PlannedRun & { readonly id: string };

// Roles are said although a table has them: browsers forget them where a row is laid out as a grid, on a phone.

function RunsTable({ items }: { readonly items: readonly PlannedRun[] }) {
  const now = useNow();
  const held = useHeldRows<Row>(items.map((run) => ({ ...run, id: run.run ?? run.result ?? String(run.started_at) })));
  return (
    <div
      onPointerEnter={(event) => {
        if (event.pointerType === 'mouse') held.hold('pointer');
      }}
      onPointerLeave={() => {
        held.release('pointer');
      }}
    >
      <table className="table list-table runs-table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {['Planned', 'Agent', 'Destination', 'Kind', 'Status'].map((title) => (
              <th key={title} role="columnheader" scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {held.rows.map((run) => (
            <RunRow key={run.id} run={run} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({ run, now }: { readonly run: Row; readonly now: number }) {
  const at = run.planned_at ?? run.started_at;
  const tone = tones[run.status];
  const reason = runReason(run);
  return (
    <tr role="row" data-run={run.status}>
      <td role="cell" className="time">
        {at !== null && <Moment at={at} text={timeText(at, now)} />}
      </td>
      <td role="cell" className="name second">
        <Link to="/agents/$agent" params={{ agent: run.agent }}>
          {run.agent}
        </Link>
      </td>
      <td role="cell" className="name third">
        {run.destination === null ? (
          <span className="dim">itself</span>
        ) : (
          <Link
            to="/destinations/$destination"
            params={{ destination: run.destination }}
            search={at === null ? {} : { from: new Date(at - AROUND_MS).toISOString(), to: new Date(at + AROUND_MS).toISOString() }}
          >
            {run.destination}
          </Link>
        )}
      </td>
      <td role="cell" className="every">
        {kindTitle(run.kind)}
      </td>
      <td role="cell" className="list-state">
        <span className={`state tone-${tone}`}>
          <StateShape tone={tone} />
          {run.status}
        </span>
        {reason !== null && <span className="dim under reason">{reason}</span>}
      </td>
    </tr>
  );
}
