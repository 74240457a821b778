import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Job } from '../../../../src/model/job.ts';
import { runJob, setJobEnabled } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { StateShape } from '../../components/icons.tsx';
import type { ChangeList } from '../../components/list-page.tsx';
import { ListTable, type ListColumn } from '../../components/list-table.tsx';
import { EditAndDelete, RowButton } from '../../components/row-actions.tsx';
import { useServices } from '../../services.tsx';
import { kindTitle } from '../../words/metrics.ts';
import { intervalText } from '../../words/time.ts';
import { compareText, orderOf } from '../list-search.ts';

export function jobPath(job: Job): string {
  return `/api/jobs/${job.id}`;
}

const columns: readonly ListColumn<Job>[] = [
  { column: 'name', title: 'Job', compare: (a, b) => compareText(a.name, b.name) },
  { column: 'kinds', title: 'Measures', compare: (a, b) => compareText(kindsText(a), kindsText(b)) },
  { column: 'destinations', title: 'Destinations', compare: (a, b) => compareText(a.destinations.join(), b.destinations.join()) },
  { column: 'agents', title: 'Agents', compare: (a, b) => compareText(agentsText(a), agentsText(b)), className: 'wide' },
  { column: 'every', title: 'Every', compare: (a, b) => (a.interval ?? 0) - (b.interval ?? 0), className: 'number' },
  { column: 'state', title: 'State', compare: (a, b) => Number(b.enabled) - Number(a.enabled) },
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
  const tone = job.enabled ? 'good' : 'unknown';
  return (
    <>
      <th role="rowheader" scope="row" className="name">
        {job.name}
        {job.description !== null && <span className="dim under">{job.description}</span>}
      </th>
      <td role="cell" className="name second">
        {kindsText(job)}
      </td>
      <td role="cell" className="name third">
        {job.destinations.length === 0 ? (
          <span className="dim">the agents themselves</span>
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
        {agentsText(job)}
      </td>
      <td role="cell" className="number every">
        {job.interval === null ? job.cron : intervalText(job.interval)}
      </td>
      <td role="cell" className="list-state">
        <span className={`state tone-${tone}`}>
          <StateShape tone={tone} />
          {job.enabled ? 'running' : 'stopped'}
        </span>
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
  const { client, messages } = useServices();
  const cache = useQueryClient();
  const refused = (error: Error): void => {
    messages.say('bad', `${job.name}: ${error.message}.`);
  };
  const turning = useMutation({
    mutationFn: () => setJobEnabled(client, job.id, !job.enabled),
    onSuccess: (changed) => {
      cache.setQueryData<Job[]>(queryKeys.jobs, (jobs) => jobs?.map((one) => (one.id === changed.id ? changed : one)));
    },
    onError: refused,
  });
  const running = useMutation({
    mutationFn: () => runJob(client, job.id),
    onSuccess: (agents) => {
      if (agents.length === 0) messages.say('attention', `No connected agent has the job ${job.name}: nothing runs now.`);
      else messages.say('good', `${job.name} runs now on ${agents.join(', ')}.`);
    },
    onError: refused,
  });
  return (
    <>
      <RowButton
        words="Run now"
        label={`Run now: ${job.name}`}
        disabled={!job.enabled}
        busy={running.isPending}
        onClick={() => {
          running.mutate();
        }}
      />
      <RowButton
        words={job.enabled ? 'Stop' : 'Start'}
        label={`${job.enabled ? 'Stop' : 'Start'} ${job.name}`}
        busy={turning.isPending}
        onClick={() => {
          turning.mutate();
        }}
      />
      <EditAndDelete name={job.name} what="job" path={jobPath(job)} onEdit={onEdit} />
    </>
  );
}
