import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { countText } from '../../../../src/charts/number-text.ts';
import type { Destination } from '../../../../src/model/destination.ts';
import type { Job } from '../../../../src/model/job.ts';
import { ListPage, listStep, type ChangeList } from '../../components/list-page.tsx';
import { changedElsewhere } from '../../components/query-view.tsx';
import { useServices } from '../../services.tsx';
import { compareText, matches, type ListSearch } from '../list-search.ts';
import { DestinationForm } from './destination-form.tsx';
import { destinationPath } from './destination-path.ts';
import { DestinationsTable } from './destinations-table.tsx';
import { measuring } from './measuring.ts';

const words = {
  title: 'Destinations',
  one: 'destination',
  many: 'destinations',
  empty: 'What is measured appears here: hosts, addresses and URLs. Add the first one.',
};

interface DestinationsPageProps {
  readonly search: ListSearch;
}

/** Every destination: what it is, which jobs measure it, and what can be done with it. */
export function DestinationsPage({ search }: DestinationsPageProps) {
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/destinations' });
  const destinations = useQuery({ ...queries.destinations(), ...changedElsewhere });
  const jobs = useQuery({ ...queries.jobs(), ...changedElsewhere }).data;
  const change: ChangeList = (part) => void navigate(listStep(part));
  return (
    <ListPage
      words={words}
      query={destinations}
      search={search}
      onChange={change}
      pathOf={destinationPath}
      opening={(items) => (jobs === undefined ? null : openingOf(items, jobs))}
      table={(items) => (
        <DestinationsTable
          destinations={items.filter((one) => matches(search.q, [one.name, one.host, one.display_name, ...one.tags]))}
          jobs={jobs ?? []}
          sort={search.sort}
          onChange={change}
        />
      )}
      form={({ edited, items, onClose }) => (
        <DestinationForm destination={edited} tags={[...new Set(items.flatMap((one) => one.tags))].sort(compareText)} onClose={onClose} />
      )}
    />
  );
}

function openingOf(destinations: readonly Destination[], jobs: readonly Job[]): string {
  if (destinations.length === 0) return 'Nothing is measured yet.';
  const running = jobs.filter((job) => job.enabled);
  const measured = destinations.filter((one) => one.status === 'active' && measuring(one, running).length > 0).length;
  if (measured === destinations.length) return `${countText(measured, 'destination')}, measured by ${countText(running.length, 'running job')}.`;
  return `${measured.toLocaleString('en')} of ${countText(destinations.length, 'destination')} ${measured === 1 ? 'is' : 'are'} measured by a running job.`;
}
