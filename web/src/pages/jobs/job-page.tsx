import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Job } from '../../../../src/model/job.ts';
import { findKind } from '../../../../src/model/kinds/index.ts';
import { LeasesPanel } from '../../components/leases-panel.tsx';
import { changedElsewhere, Missing } from '../../components/query-view.tsx';
import { useHidden } from '../../components/use-hidden.ts';
import { useNow } from '../../components/use-now.ts';
import { useTitle } from '../../components/use-title.ts';
import { OpeningWords } from '../../components/words.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useServices } from '../../services.tsx';
import { jobOpening } from '../../words/job-opening.ts';
import { AnalyticsPanel } from './analytics-panel.tsx';
import { JobAbout } from './job-about.tsx';
import { JobForm } from './job-form.tsx';
import { jobPath } from './job-path.ts';
import { jobRanges, jobViewOf, type JobSearch } from './job-search.ts';
import { JobTools } from './job-tools.tsx';
import { RunsPanel } from './runs-panel.tsx';
import { StripPanel } from './strip-panel.tsx';

interface JobPageProps {
  readonly name: string;
  readonly search: JobSearch;
}

/** One job, at an address of its own: how it stands, planned against done, its runs, and what came of them. */
export function JobPage({ name, search }: JobPageProps) {
  const { queries } = useServices();
  const jobs = useQuery({ ...queries.jobs(), ...changedElsewhere });
  const hidden = useHidden();
  const job = jobs.data?.find((one) => (one.name === name || String(one.id) === name) && !hidden.has(jobPath(one)));
  useTitle(job?.name ?? name);
  return (
    <>
      <header className="page-head">
        <p className="crumb">
          <Link to="/jobs">Jobs</Link>
        </p>
        <h1>{job?.name ?? name}</h1>
        {job !== undefined && <Head job={job} search={search} />}
      </header>
      {job !== undefined ? (
        <Body job={job} search={search} />
      ) : (
        <Missing query={jobs} what="the jobs">
          No job is called {name}: it may have been renamed or deleted. <Link to="/jobs">See all jobs</Link>.
        </Missing>
      )}
    </>
  );
}

function Head({ job, search }: { readonly job: Job; readonly search: JobSearch }) {
  const { queries } = useServices();
  const now = useNow();
  const { words, hours, bucketS } = jobRanges[jobViewOf(search).range];
  const runs = useQuery(queries.runsSummary({ job: job.id, hours, bucketS }));
  return (
    <>
      <OpeningWords opening={runs.isPending ? null : jobOpening(job, runs.data ?? null, { words, now })} />
      {job.description !== null && <p className="dim name">{job.description}</p>}
    </>
  );
}

function Body({ job, search }: { readonly job: Job; readonly search: JobSearch }) {
  const navigate = useNavigate({ from: '/jobs/$job' });
  const view = jobViewOf(search);
  const change = (part: Partial<Record<keyof JobSearch, unknown>>): void => {
    void navigate({ search: (old) => ({ ...old, ...part }) as JobSearch, replace: !('edit' in part) });
  };
  const close = (): void => {
    change({ edit: undefined });
  };
  return (
    <>
      <JobTools job={job} range={view.range} onChange={change} />
      <StripPanel job={job} view={view} onChange={change} />
      {job.kinds.some((kind) => findKind(kind)?.exclusive === true) && <LeasesPanel job={job.name} />}
      <JobAbout job={job} />
      <AnalyticsPanel job={job} range={view.range} />
      <RunsPanel key={`${view.range} ${search.status ?? ''} ${search.from ?? ''}`} job={job} view={view} onChange={change} />
      <FormDialog title={search.edit === true ? `Change ${job.name}` : null} onClose={close}>
        <JobForm
          job={job}
          onClose={close}
          onSaved={(saved) => {
            void navigate({ to: '/jobs/$job', params: { job: saved }, search: ({ edit: _, ...old }) => old, replace: true });
          }}
        />
      </FormDialog>
    </>
  );
}
