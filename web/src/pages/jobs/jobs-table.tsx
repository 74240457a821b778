import { Link } from '@tanstack/react-router';
import type { Job } from '../../../../src/model/job.ts';
import { JobStateWord } from '../../components/job-state.tsx';
import type { ChangeList } from '../../components/list-page.tsx';
import { ListTable, type ListColumn } from '../../components/list-table.tsx';
import { EditAndDelete, RowButton } from '../../components/row-actions.tsx';
import { Moment } from '../../components/moment.tsx';
import { useNow } from '../../components/use-now.ts';
import { declaredText, everyText, nextText, reasonText } from '../../words/job-words.ts';
import { kindTitle } from '../../words/metrics.ts';
import { compareText, orderOf } from '../list-search.ts';
import { jobPath } from './job-path.ts';
import { useJobActions } from './use-job-actions.ts';

/** What needs a look first. */
const stateOrder: readonly Job['state'][] = ['error', 'running', 'scheduled', 'stopped', 'completed'];

const columns: readonly ListColumn<Job>[] = [
  { column: 'name', title: 'Job', compare: (a, b) => compareText(a.name, b.name) },
  { column: 'kinds', title: 'Measures', compare: (a, b) => compareText(kindsText(a), kindsText(b)) },
  { column: 'destinations', title: 'Destinations', compare: (a, b) => compareText(a.destinations.join(), b.destinations.join()) },
  { column: 'agents', title: 'Agents', compare: (a, b) => compareText(agentsText(a), agentsText(b)), className: 'wide' },
  { column: 'every', title: 'When', compare: (a, b) => (a.interval ?? 0) - (b.interval ?? 0), className: 'wide' },
  { column: 'next', title: 'Next run', compare: (a, b) => (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity), className: 'wide' },
  { column: 'state', title: 'State', compare: (a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) },
];

const columnNames = columns.map((one) => one.column);

interface JobsTableProps {
  readonly jobs: readonly Job[];
  readonly sort: string | undefined;
  readonly onChange: ChangeList;
}

export function JobsTable({ jobs, sort, onChange }: JobsTableProps) {
  return (
    <ListTable
      items={jobs}
      columns={columns}
      order={orderOf(sort, columnNames)}
      pathOf={jobPath}
      cells={(job) => <JobCells job={job} />}
      actions={(job) => (
        <JobActions
          job={job}
          onEdit={() => {
            onChange({ edit: job.id });
          }}
        />
      )}
      none="No job matches the filter."
      onChange={onChange}
    />
  );
}

function kindsText(job: Job): string {
  return job.kinds.map(kindTitle).join(', ');
}

function agentsText(job: Job): string {
  return job.agents.includes('*') ? 'all agents' : job.agents.join(', ');
}

function JobCells({ job }: { readonly job: Job }) {
  const now = useNow();
  return (
    <>
      <th role="rowheader" scope="row" className="name">
        <Link to="/jobs/$job" params={{ job: job.name }}>
          {job.name}
        </Link>
        {job.description !== null && <span className="dim under">{job.description}</span>}
        {job.declared_by !== null && <span className="dim under">{declaredText(job)}</span>}
      </th>
      <td role="cell" className="name second">
        {kindsText(job)}
      </td>
      <td role="cell" className="name third">
        {job.destinations.length === 0 ? (
          <span className="dim">{job.mesh === null ? 'the agents themselves' : 'each other'}</span>
        ) : (
          job.destinations.map((selector, i) => (
            <span key={selector}>
              {i > 0 && ', '}
              <Selector selector={selector} />
            </span>
          ))
        )}
      </td>
      <td role="cell" className="name wide">
        {job.mesh === null ? agentsText(job) : `${agentsText(job)}, each other`}
      </td>
      <td role="cell" className="wide every">
        {everyText(job)}
        {job.windows.length > 0 && <span className="dim under">in windows</span>}
      </td>
      <td role="cell" className="wide">
        {job.next_run_at === null ? <span className="dim">none</span> : <Moment at={job.next_run_at} text={nextText(job.next_run_at, now)} />}
      </td>
      <td role="cell" className="list-state">
        <JobStateWord job={job} />
        {job.state !== 'running' && <span className="dim under reason">{reasonText(job.state_reason, now)}</span>}
      </td>
    </>
  );
}

function Selector({ selector }: { readonly selector: string }) {
  if (selector.startsWith('tag:')) return selector;
  return (
    <Link to="/destinations/$destination" params={{ destination: selector }}>
      {selector}
    </Link>
  );
}

function JobActions({ job, onEdit }: { readonly job: Job; readonly onEdit: () => void }) {
  const { turn, turning, run, running } = useJobActions(job);
  const declared = declaredText(job);
  return (
    <>
      <RowButton words="Run now" label={`Run now: ${job.name}`} disabled={!job.enabled} busy={running} onClick={run} />
      <RowButton
        words={job.enabled ? 'Stop' : 'Start'}
        label={`${job.enabled ? 'Stop' : 'Start'} ${job.name}`}
        busy={turning}
        refusal={declared}
        onClick={turn}
      />
      <EditAndDelete name={job.name} what="job" path={jobPath(job)} refusal={declared} onEdit={onEdit} />
    </>
  );
}
