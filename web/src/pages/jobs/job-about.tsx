import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import type { Job } from '../../../../src/model/job.ts';
import { Moment } from '../../components/moment.tsx';
import { Panel } from '../../components/panel.tsx';
import { useNow } from '../../components/use-now.ts';
import { Fact } from '../agents/facts.tsx';
import { useServices } from '../../services.tsx';
import { declaredText, forecastText, megabytesText, nextText, timesText } from '../../words/job-words.ts';
import { agentsWords, chosenAgents, meshWords } from '../../words/mesh-words.ts';
import { kindTitle } from '../../words/metrics.ts';

/** What a job is told to do: what, where, who, when, and within which limits. */
export function JobAbout({ job }: { readonly job: Job }) {
  const { queries } = useServices();
  const now = useNow();
  const agents = useQuery(queries.agents()).data;
  const forecast = useQuery(queries.forecastOfJob(job)).data;
  const declared = declaredText(job);
  const chosen = agents === undefined ? null : chosenAgents(job.agents, agents);
  return (
    <Panel title="About this job">
      <dl className="facts">
        <Fact name="Measures">{job.kinds.map(kindTitle).join(', ')}</Fact>
        <Fact name="Destinations">
          {job.destinations.length === 0 && <span className="dim">{job.mesh === null ? 'the agents themselves' : 'each other'}</span>}
          {job.destinations.map((selector, i) => (
            <span key={selector}>
              {i > 0 && ', '}
              <DestinationWord selector={selector} />
            </span>
          ))}
        </Fact>
        <Fact name="Agents">
          {job.agents.includes('*') ? 'all' : job.agents.join(', ')}
          {chosen !== null && <span className="dim under">{agentsWords(chosen)}</span>}
        </Fact>
        {job.mesh !== null && <Fact name="Mesh">{chosen === null ? job.mesh.type : meshWords(job.mesh, chosen)}</Fact>}
        <Fact name="When">{timesText(job, now)}</Fact>
        <Fact name="Next run">
          {job.next_run_at === null ? <span className="dim">none</span> : <Moment at={job.next_run_at} text={nextText(job.next_run_at, now)} />}
        </Fact>
        <Fact name="Budget">
          {job.budget_mb_per_day === null ? <span className="dim">none</span> : `${megabytesText(job.budget_mb_per_day)} a day for each agent`}
        </Fact>
        {forecast !== undefined && <Fact name="Will cost">{forecastText(forecast)}</Fact>}
        {job.tags.length > 0 && <Fact name="Tags">{job.tags.join(', ')}</Fact>}
        {declared !== null && <Fact name="Declared">{declared}</Fact>}
      </dl>
    </Panel>
  );
}

export function DestinationWord({ selector }: { readonly selector: string }) {
  if (selector.startsWith('tag:')) return selector;
  return (
    <Link to="/destinations/$destination" params={{ destination: selector }}>
      {selector}
    </Link>
  );
}
