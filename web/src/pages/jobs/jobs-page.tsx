import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { countText } from '../../../../src/charts/number-text.ts';
import type { Job } from '../../../../src/model/job.ts';
import { ListPage, listStep, type ChangeList } from '../../components/list-page.tsx';
import { changedElsewhere } from '../../components/query-view.tsx';
import { useServices } from '../../services.tsx';
import { kindTitle } from '../../words/metrics.ts';
import { matches, type ListSearch } from '../list-search.ts';
import { JobForm } from './job-form.tsx';
import { jobPath, JobsTable } from './jobs-table.tsx';

const words = {
  title: 'Jobs',
  one: 'job',
  many: 'jobs',
  empty: 'Who measures what, where and how often appears here. Add the first job: its first run is at once.',
};

interface JobsPageProps {
  readonly search: ListSearch;
}

/** Every job: who measures what, where, how often; and what can be done with it. */
export function JobsPage({ search }: JobsPageProps) {
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/jobs' });
  const jobs = useQuery({ ...queries.jobs(), ...changedElsewhere });
  const change: ChangeList = (part) => void navigate(listStep(part));
  return (
    <ListPage
      words={words}
      query={jobs}
      search={search}
      onChange={change}
      pathOf={jobPath}
      opening={openingOf}
      table={(items) => <JobsTable jobs={items.filter((job) => matches(search.q, textsOf(job)))} sort={search.sort} onChange={change} />}
      form={({ edited, onClose }) => <JobForm job={edited} onClose={onClose} />}
    />
  );
}

/** What a job is found by. */
function textsOf(job: Job): (string | null)[] {
  return [job.name, job.description, ...job.kinds.map(kindTitle), ...job.destinations, ...job.agents, ...job.tags];
}

function openingOf(jobs: readonly Job[]): string {
  const stopped = jobs.filter((job) => !job.enabled);
  if (jobs.length === 0) return 'No job tells the agents what to measure.';
  if (stopped.length === 0) return jobs.length === 1 ? 'One job, and it is running.' : `${countText(jobs.length, 'job')}, all running.`;
  return `${countText(jobs.length - stopped.length, 'job')} running, ${stopped.length.toLocaleString('en')} stopped.`;
}
