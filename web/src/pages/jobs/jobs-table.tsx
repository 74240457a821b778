import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Job } from '../../../../src/model/job.ts';
import { runJob, setJobEnabled } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { StateShape } from '../../components/icons.tsx';
import { SortHead } from '../../components/list-tools.tsx';
import { useSteadyOrder } from '../../components/use-steady-order.ts';
import { useServices } from '../../services.tsx';
import { kindTitle } from '../../words/metrics.ts';
import { intervalText } from '../../words/time.ts';
import { compareText, type ListSearch, type Order } from '../list-search.ts';

export const jobColumns = ['name', 'kinds', 'destinations', 'agents', 'every', 'state'] as const;

export function jobPath(job: Job): string {
  return `/api/jobs/${job.id}`;
}

interface JobsTableProps {
  readonly jobs: readonly Job[];
  readonly order: Order;
  readonly onChange: (part: Partial<Record<keyof ListSearch, unknown>>) => void;
}

/** Compares two jobs by what a column shows. */
const comparisons: Readonly<Record<string, (a: Job, b: Job) => number>> = {
  kinds: (a, b) => compareText(kindsText(a), kindsText(b)),
  destinations: (a, b) => compareText(a.destinations.join(), b.destinations.join()),
  agents: (a, b) => compareText(agentsText(a), agentsText(b)),
  every: (a, b) => (a.interval ?? 0) - (b.interval ?? 0),
  state: (a, b) => Number(b.enabled) - Number(a.enabled),
};

export function JobsTable({ jobs, order, onChange }: JobsTableProps) {
  const sign = order.descending ? -1 : 1;
  const by = comparisons[order.column];
  const rows = useSteadyOrder(jobs, {
    keyOf: jobPath,
    compare: (a, b) => sign * (by?.(a, b) ?? 0) || sign * compareText(a.name, b.name),
    choice: `${order.column} ${sign}`,
  });
  const head = {
    columns: jobColumns,
    order,
    onSort: (sort: string | undefined) => {
      onChange({ sort });
    },
  };
  return (
    <table className="table list-table" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <SortHead column="name" {...head}>
            Job
          </SortHead>
          <SortHead column="kinds" {...head}>
            Measures
          </SortHead>
          <SortHead column="destinations" {...head}>
            Destinations
          </SortHead>
          <SortHead column="agents" {...head} className="wide">
            Agents
          </SortHead>
          <SortHead column="every" {...head} className="number">
            Every
          </SortHead>
          <SortHead column="state" {...head}>
            State
          </SortHead>
          <th role="columnheader" scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((job) => (
          <JobRow
            key={job.id}
            job={job}
            onEdit={() => {
              onChange({ edit: job.id });
            }}
          />
        ))}
        {rows.length === 0 && (
          <tr role="row">
            <td role="cell" colSpan={7} className="dim">
              No job matches the filter.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function kindsText(job: Job): string {
  return job.kinds.map(kindTitle).join(', ');
}

function agentsText(job: Job): string {
  return job.agents.includes('*') ? 'all agents' : job.agents.join(', ');
}

function JobRow({ job, onEdit }: { readonly job: Job; readonly onEdit: () => void }) {
  const tone = job.enabled ? 'good' : 'unknown';
  return (
    <tr role="row" data-path={jobPath(job)}>
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
      <td role="cell" className="actions">
        <JobActions job={job} onEdit={onEdit} />
      </td>
    </tr>
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
  const { client, removals, messages } = useServices();
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
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Run now: ${job.name}`}
        disabled={!job.enabled}
        loading={running.isPending}
        onClick={() => {
          running.mutate();
        }}
      >
        Run now
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`${job.enabled ? 'Stop' : 'Start'} ${job.name}`}
        loading={turning.isPending}
        onClick={() => {
          turning.mutate();
        }}
      >
        {job.enabled ? 'Stop' : 'Start'}
      </Button>
      <Button size="compact-xs" variant="default" aria-label={`Edit ${job.name}`} onClick={onEdit}>
        Edit
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Delete ${job.name}`}
        onClick={() => {
          removals.remove(jobPath(job), `job ${job.name}`);
        }}
      >
        Delete
      </Button>
    </>
  );
}
