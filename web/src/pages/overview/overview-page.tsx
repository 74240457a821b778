import { Select, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { AgentsTable } from '../../components/agents-table.tsx';
import { LatencyPanel, shown } from '../../components/latency-panel.tsx';
import { LeasesPanel } from '../../components/leases-panel.tsx';
import { Panel } from '../../components/panel.tsx';
import { changedElsewhere, Empty, QueryView } from '../../components/query-view.tsx';
import { RangeControl } from '../../components/range-control.tsx';
import { ResultsPanel } from '../../components/results-panel.tsx';
import { StandingPanel } from '../../components/standing-panel.tsx';
import { useHidden } from '../../components/use-hidden.ts';
import { useNow } from '../../components/use-now.ts';
import { useWindow } from '../../components/use-range.ts';
import { useTitle } from '../../components/use-title.ts';
import { OpeningWords } from '../../components/words.tsx';
import { useServices } from '../../services.tsx';
import { chosenDestination } from '../../words/chosen-destination.ts';
import { measuredDestinations } from '../../words/measured-destinations.ts';
import { opening } from '../../words/opening.ts';
import { destinationPath } from '../destinations/destination-path.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';

interface OverviewPageProps {
  readonly view: LatencyView;
}

export function OverviewPage({ view }: OverviewPageProps) {
  useTitle('Overview');
  const { queries } = useServices();
  const now = useNow();
  const agents = useQuery(queries.agents());
  const destinations = useQuery(queries.destinations());
  const jobs = useQuery(queries.jobs());
  const recent = useQuery(queries.recent());
  const from =
    agents.data === undefined || destinations.data === undefined || jobs.data === undefined || recent.data === undefined
      ? null
      : { agents: agents.data, destinations: destinations.data, jobs: jobs.data, recent: recent.data };
  return (
    <>
      <header className="page-head">
        <h1>Overview</h1>
        <OpeningWords opening={from === null ? null : opening(from, now)} />
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
      <LeasesPanel waitingOnly />
      <StandingPanel now={now} />
      <OverviewChart view={view} />
      <ResultsPanel of={everything} now={now} empty={<>Results appear here the moment they are stored. Agents measure what jobs tell them to.</>} />
    </>
  );
}

const everything = {};

function OverviewChart({ view }: OverviewPageProps) {
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/' });
  const shownWindow = useWindow(view);
  const destinations = useQuery({ ...queries.destinations(), ...changedElsewhere });
  const jobs = useQuery(queries.jobs());
  const recent = useQuery(queries.recent());
  const hidden = useHidden();
  const there = destinations.data?.filter((one) => !hidden.has(destinationPath(one)));
  const choices = measuredDestinations(shown.kind, {
    destinations: there ?? [],
    jobs: jobs.data ?? [],
    results: recent.data?.items ?? [],
  });
  const destination = chosenDestination(view.destination, { destinations: there, choices });
  const change = (part: Partial<LatencyView>): void => {
    // A zoom is a step of its own: the browser's way back leads out of it.
    void navigate({ search: (old) => changedSearch(old, part), replace: part.span === undefined });
  };
  return (
    <LatencyPanel
      title={destination === null ? 'Latency and loss' : `Latency and loss to ${destination}`}
      of={destination === null ? null : { destination }}
      lineOf="agent"
      view={view}
      shownWindow={shownWindow}
      plotHeight={220}
      onChange={change}
      actions={
        <>
          {choices.length > 0 && (
            <Select
              aria-label="Destination"
              size="xs"
              w={180}
              allowDeselect={false}
              searchable={choices.length > 8}
              data={choices.map((one) => one.name)}
              value={destination}
              onChange={(name) => {
                if (name !== null) change({ destination: name });
              }}
            />
          )}
          <RangeControl view={view} range={shownWindow.range} onChange={change} />
        </>
      }
      empty={<>Round-trip times and losses appear here with the first ping. A job that pings a destination fills it.</>}
    />
  );
}
