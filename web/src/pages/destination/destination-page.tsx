import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { LatencyPanel, shown } from '../../components/latency-panel.tsx';
import { ResultsPanel } from '../../components/results-panel.tsx';
import type { Result } from '../../../../src/model/result.ts';
import { useNow } from '../../components/use-now.ts';
import { useTitle } from '../../components/use-title.ts';
import { useServices } from '../../services.tsx';
import { destinationOpening } from '../../words/opening.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';

interface DestinationPageProps {
  readonly view: LatencyView & { readonly destination: string };
}

/** One destination, at an address of its own: its chart and its latest results. */
export function DestinationPage({ view }: DestinationPageProps) {
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/destinations/$destination' });
  const now = useNow();
  const destinations = useQuery(queries.destinations());
  const recent = useQuery(queries.recent());
  const named = destinations.data?.find((one) => one.name === view.destination || String(one.id) === view.destination);
  const here = (result: Result): boolean => result.destination_id !== null && result.destination_id === named?.id;
  useTitle(named?.display_name ?? named?.name ?? view.destination);
  return (
    <>
      <header className="page-head">
        <p className="crumb">
          <Link to="/destinations">Destinations</Link>
        </p>
        <h1>{named?.display_name ?? named?.name ?? view.destination}</h1>
        {recent.data !== undefined && <p className="opening">{destinationOpening(recent.data.items.filter(here), now)}</p>}
        {named !== undefined && named.host !== named.name && <p className="dim">{named.host}</p>}
      </header>
      <LatencyPanel
        view={{ ...view, destination: named?.name ?? view.destination }}
        destinations={[]}
        plotHeight={300}
        onChange={(change) => {
          void navigate({ search: (old) => changedSearch(old, change), replace: true });
        }}
        empty={<>No {shown.kind} of this destination in this range. Choose a longer one, or add it to a job that pings.</>}
      />
      <ResultsPanel pick={here} now={now} empty={<>Results of this destination appear here the moment they are stored.</>} />
    </>
  );
}
