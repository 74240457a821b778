import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { countText } from '../../../../src/charts/number-text.ts';
import type { Job } from '../../../../src/model/job.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { FilterInput } from '../../components/list-tools.tsx';
import { Panel } from '../../components/panel.tsx';
import { changedElsewhere, Empty, QueryView } from '../../components/query-view.tsx';
import { useHidden } from '../../components/use-hidden.ts';
import { useTitle } from '../../components/use-title.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useServices } from '../../services.tsx';
import { kindTitle } from '../../words/metrics.ts';
import { matches, orderOf, type ListSearch } from '../list-search.ts';
import { JobForm } from './job-form.tsx';
import { jobColumns, jobPath, JobsTable } from './jobs-table.tsx';

interface JobsPageProps {
  readonly search: ListSearch;
}

/** Every job: who measures what, where, how often; and what can be done with it. */
export function JobsPage({ search }: JobsPageProps) {
  useTitle('Jobs');
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/jobs' });
  const jobs = useQuery({ ...queries.jobs(), ...changedElsewhere });
  const hidden = useHidden();
  const here = (jobs.data ?? []).filter((job) => !hidden.has(jobPath(job)));
  const edited = here.find((job) => job.id === search.edit);
  const change = (part: Partial<Record<keyof ListSearch, unknown>>): void => {
    void navigate({ search: (old) => ({ ...old, ...part }) as ListSearch, replace: !('add' in part || 'edit' in part) });
  };
  const close = (): void => {
    change({ add: undefined, edit: undefined });
  };
  return (
    <>
      <header className="page-head">
        <h1>Jobs</h1>
        <p className="opening">{jobs.data === undefined ? '\u00a0' : openingOf(here)}</p>
      </header>
      <Panel
        title="All jobs"
        actions={
          <>
            <FilterInput
              what="jobs"
              value={search.q}
              onChange={(q) => {
                change({ q });
              }}
            />
            <Button
              size="xs"
              leftSection={<PlusIcon />}
              onClick={() => {
                change({ add: true });
              }}
            >
              Add job
            </Button>
          </>
        }
      >
        <QueryView query={jobs} what="the jobs" skeleton={<Skeleton height={120} />}>
          {() =>
            here.length === 0 ? (
              <Empty>Who measures what, where and how often appears here. Add the first job: its first run is at once.</Empty>
            ) : (
              <JobsTable
                jobs={here.filter((job) =>
                  matches(search.q, [job.name, job.description, ...job.kinds.map(kindTitle), ...job.destinations, ...job.agents, ...job.tags]),
                )}
                order={orderOf(search.sort, jobColumns)}
                onChange={change}
              />
            )
          }
        </QueryView>
      </Panel>
      <FormDialog title={edited !== undefined ? `Change ${edited.name}` : search.add === true ? 'Add a job' : null} onClose={close}>
        <JobForm job={edited ?? null} onClose={close} />
      </FormDialog>
    </>
  );
}

function openingOf(jobs: readonly Job[]): string {
  const stopped = jobs.filter((job) => !job.enabled);
  if (jobs.length === 0) return 'No job tells the agents what to measure.';
  if (stopped.length === 0) return jobs.length === 1 ? 'One job, and it is running.' : `${countText(jobs.length, 'job')}, all running.`;
  return `${countText(jobs.length - stopped.length, 'job')} running, ${stopped.length.toLocaleString('en')} stopped.`;
}
