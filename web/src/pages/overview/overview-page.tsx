import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Result } from '../../../../src/model/result.ts';
import { AgentsTable } from '../../components/agents-table.tsx';
import { PauseIcon, PlayIcon, StateShape } from '../../components/icons.tsx';
import { LatencyPanel, shown } from '../../components/latency-panel.tsx';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { ResultsTable } from '../../components/results-table.tsx';
import { useHeldRows } from '../../components/use-held-rows.ts';
import { useNow } from '../../components/use-now.ts';
import { useServices } from '../../services.tsx';
import { measuredDestinations } from '../../words/measured-destinations.ts';
import { opening } from '../../words/opening.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';

/** Rows of the live table. */
const ROWS = 50;

interface OverviewPageProps {
  readonly view: LatencyView;
}

export function OverviewPage({ view }: OverviewPageProps) {
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
      <LatestResults now={now} />
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

function LatestResults({ now }: { readonly now: number }) {
  const { queries } = useServices();
  const recent = useQuery(queries.recent());
  const held = useHeldRows<Result>(recent.data?.items.slice(0, ROWS) ?? []);
  return (
    <Panel
      title="Latest results"
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={held.paused ? <PlayIcon /> : <PauseIcon />}
          aria-pressed={held.paused}
          onClick={() => {
            held.setPaused(!held.paused);
          }}
        >
          {held.paused ? 'Go on' : 'Pause'}
        </Button>
      }
    >
      <QueryView query={recent} what="the latest results" skeleton={<Skeleton height={160} />}>
        {() =>
          held.rows.length === 0 ? (
            <Empty>Results appear here the moment they are stored. Agents measure what jobs tell them to.</Empty>
          ) : (
            <ResultsTable held={held} now={now} />
          )
        }
      </QueryView>
    </Panel>
  );
}
