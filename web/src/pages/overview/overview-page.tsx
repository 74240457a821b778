import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { AgentsTable } from '../../components/agents-table.tsx';
import { StateShape } from '../../components/icons.tsx';
import { LatencyPanel, shown } from '../../components/latency-panel.tsx';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { ResultsPanel } from '../../components/results-panel.tsx';
import { useNow } from '../../components/use-now.ts';
import { useTitle } from '../../components/use-title.ts';
import { useServices } from '../../services.tsx';
import { measuredDestinations } from '../../words/measured-destinations.ts';
import { opening } from '../../words/opening.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';

const everyResult = (): boolean => true;

interface OverviewPageProps {
  readonly view: LatencyView;
}

export function OverviewPage({ view }: OverviewPageProps) {
  useTitle('Overview');
  const { queries } = useServices();
  const now = useNow();
  const agents = useQuery(queries.agents());
  return (
    <>
      <header className="page-head">
        <h1>Overview</h1>
        <OpeningSentence now={now} />
      </header>
      <Panel title="Agents">
        <QueryView query={agents} what="the agents" skeleton={<Skeleton height={64} />}>
          {(items) =>
            items.length === 0 ? (
              <Empty>
                Agents and what they can measure appear here. Start one with{' '}
                <code>tacho agent --server {window.location.origin} --token-file FILE</code>.
              </Empty>
            ) : (
              <AgentsTable agents={items} now={now} />
            )
          }
        </QueryView>
      </Panel>
      <OverviewChart view={view} />
      <ResultsPanel
        pick={everyResult}
        now={now}
        empty={<>Results appear here the moment they are stored. Agents measure what jobs tell them to.</>}
      />
    </>
  );
}

function OpeningSentence({ now }: { readonly now: number }) {
  const { queries } = useServices();
  const agents = useQuery(queries.agents());
  const recent = useQuery(queries.recent());
  if (agents.data === undefined || recent.data === undefined) return <p className="opening">&nbsp;</p>;
  const { tone, sentences } = opening(agents.data, recent.data, now);
  return (
    <p className="opening" data-tone={tone}>
      {tone !== 'good' && <StateShape tone={tone} />}
      <span>{sentences.join(' ')}</span>
    </p>
  );
}

function OverviewChart({ view }: OverviewPageProps) {
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/' });
  const destinations = useQuery(queries.destinations());
  const jobs = useQuery(queries.jobs());
  const recent = useQuery(queries.recent());
  const choices = measuredDestinations(shown.kind, {
    destinations: destinations.data ?? [],
    jobs: jobs.data ?? [],
    results: recent.data?.items ?? [],
  });
  return (
    <LatencyPanel
      view={{ ...view, destination: view.destination ?? choices[0]?.name ?? null }}
      destinations={choices}
      plotHeight={220}
      onChange={(change) => {
        void navigate({ search: (old) => changedSearch(old, change), replace: true });
      }}
      empty={<>Round-trip times and losses appear here with the first ping. A job that pings a destination fills it.</>}
    />
  );
}
