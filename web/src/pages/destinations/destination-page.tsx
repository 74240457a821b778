import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { findKind, findKindDescription } from '../../../../src/model/kinds/index.ts';
import type { SeenDestination } from '../../api/seen-destination.ts';
import { StateShape } from '../../components/icons.tsx';
import { LatencyPanel, shown } from '../../components/latency-panel.tsx';
import { MetricPanel } from '../../components/metric-panel.tsx';
import { Missing } from '../../components/query-view.tsx';
import { RangeControl } from '../../components/range-control.tsx';
import { ResultsPanel } from '../../components/results-panel.tsx';
import { useNow } from '../../components/use-now.ts';
import { useWindow } from '../../components/use-range.ts';
import { useTitle } from '../../components/use-title.ts';
import { OpeningWords } from '../../components/words.tsx';
import { useServices } from '../../services.tsx';
import { shortestInterval } from '../../words/freshness.ts';
import { destinationState } from '../../words/health-words.ts';
import { declaredText } from '../../words/job-words.ts';
import { subjectOpening } from '../../words/opening.ts';
import { measuring } from './measuring.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';

interface DestinationPageProps {
  readonly view: LatencyView & { readonly destination: string };
}

/** One destination, at an address of its own: its charts, over one range, and its latest results. */
export function DestinationPage({ view }: DestinationPageProps) {
  const { queries } = useServices();
  const destinations = useQuery(queries.destinations());
  const named = destinations.data?.find((one) => one.name === view.destination || String(one.id) === view.destination);
  const title = named?.display_name ?? named?.name ?? view.destination;
  useTitle(title);
  return (
    <>
      <header className="page-head">
        <p className="crumb">
          <Link to="/destinations">Destinations</Link>
        </p>
        <h1>{title}</h1>
        {named !== undefined && <Head destination={named} />}
      </header>
      {named !== undefined && <Body view={view} destination={named} />}
      {named === undefined && (
        <Missing query={destinations} what="the destinations">
          No destination is called {view.destination}: it may have been renamed or deleted. <Link to="/destinations">See all destinations</Link>.
        </Missing>
      )}
    </>
  );
}

function Head({ destination }: { readonly destination: SeenDestination }) {
  const { queries } = useServices();
  const now = useNow();
  const recent = useQuery(queries.recent({ destination: destination.id }));
  const jobs = useQuery(queries.jobs());
  const from =
    recent.data === undefined || jobs.data === undefined
      ? null
      : { results: recent.data.items, intervalS: shortestInterval(measuring(destination, jobs.data)) };
  const state = destinationState(destination, now);
  return (
    <>
      <OpeningWords opening={from === null ? null : subjectOpening('destination', from, now)} />
      {state.more !== null && (
        <p className={`state tone-${state.tone}`}>
          <StateShape tone={state.tone} />
          {state.word}: {state.more}
        </p>
      )}
      <p className="dim name">
        {[destination.host === destination.name ? null : destination.host, destination.description, declaredText(destination)]
          .filter((part) => part !== null)
          .join(' · ')}
      </p>
    </>
  );
}

function Body({ view, destination }: DestinationPageProps & { readonly destination: SeenDestination }) {
  const navigate = useNavigate({ from: '/destinations/$destination' });
  const now = useNow();
  const shownWindow = useWindow(view, { destination: destination.id });
  const kinds = useMeasuredKinds(destination);
  const change = (part: Partial<LatencyView>): void => {
    // A zoom is a step of its own: the browser's way back leads out of it.
    void navigate({ search: (old) => changedSearch(old, part), replace: part.span === undefined });
  };
  const of = { destination: destination.name };
  return (
    <>
      <div className="page-tools">
        <RangeControl view={view} range={shownWindow.range} onChange={change} />
        {destination.declared_by === null && (
          <Button size="xs" variant="default" renderRoot={(props) => <Link to="/destinations" search={{ edit: destination.id }} {...props} />}>
            Edit
          </Button>
        )}
      </div>
      {(kinds.length === 0 || kinds.includes(shown.kind)) && (
        <LatencyPanel
          title={`Latency and loss to ${destination.name}`}
          of={of}
          lineOf="agent"
          view={view}
          shownWindow={shownWindow}
          plotHeight={300}
          onChange={change}
          empty={
            <>
              No {shown.kind} of this destination in this range. Choose a longer one, or add it to a job that pings:{' '}
              <Link to="/jobs">see the jobs</Link>.
            </>
          }
        />
      )}
      {kinds
        .filter((kind) => kind !== shown.kind)
        .map((kind) => {
          const definition = findKindDescription(kind);
          const [metric] = definition?.primary ?? [];
          return (
            metric !== undefined && (
              <MetricPanel
                key={kind}
                title={`${definition?.title ?? kind} of ${destination.name}: ${definition?.metrics[metric]?.title.toLowerCase() ?? metric}`}
                kind={kind}
                metrics={[metric]}
                of={of}
                view={view}
                shownWindow={shownWindow}
                onChange={change}
                empty={<>No {definition?.title ?? kind} result of this destination in this range. Choose a longer one.</>}
              />
            )
          );
        })}
      <ResultsPanel of={{ destination: destination.id }} now={now} empty={<>Results of this destination appear here the moment they are stored.</>} />
    </>
  );
}

/** The kinds that a job or a recent result measures here, in the order of the names. */
function useMeasuredKinds(destination: SeenDestination): string[] {
  const { queries } = useServices();
  const jobs = useQuery(queries.jobs()).data ?? [];
  const recent = useQuery(queries.recent({ destination: destination.id })).data?.items ?? [];
  const planned = measuring(destination, jobs).flatMap((job) => job.kinds.filter((kind) => findKind(kind)?.target !== 'none'));
  return [...new Set([...planned, ...recent.map((result) => result.kind)])].filter((kind) => findKindDescription(kind) !== undefined).sort();
}
