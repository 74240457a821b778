import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Job } from '../../../../src/model/job.ts';
import { ListPage, listStep, type ChangeList } from '../../components/list-page.tsx';
import { changedElsewhere } from '../../components/query-view.tsx';
import { useServices } from '../../services.tsx';
import { jobsOpening } from '../../words/job-words.ts';
import { kindTitle } from '../../words/metrics.ts';
import { matches, type ListSearch } from '../list-search.ts';
import { JobForm } from './job-form.tsx';
import { jobPath } from './job-path.ts';
import { JobsTable } from './jobs-table.tsx';

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
      opening={jobsOpening}
      table={(items) => <JobsTable jobs={items.filter((job) => matches(search.q, textsOf(job)))} sort={search.sort} onChange={change} />}
      form={({ edited, onClose }) => <JobForm job={edited} onClose={onClose} />}
    />
  );
}

/** What a job is found by. */
function textsOf(job: Job): (string | null)[] {
  return [job.name, job.description, ...job.kinds.map(kindTitle), ...job.destinations, ...job.agents, ...job.tags, job.state];
}
