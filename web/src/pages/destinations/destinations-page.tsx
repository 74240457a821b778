import { Button, Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { countText } from '../../../../src/charts/number-text.ts';
import type { Destination } from '../../../../src/model/destination.ts';
import type { Job } from '../../../../src/model/job.ts';
import { selectsDestination } from '../../../../src/model/selectors.ts';
import { saveDestination } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { PlusIcon, StateShape } from '../../components/icons.tsx';
import { FilterInput, SortHead } from '../../components/list-tools.tsx';
import { Panel } from '../../components/panel.tsx';
import { changedElsewhere, Empty, QueryView } from '../../components/query-view.tsx';
import { useHidden } from '../../components/use-hidden.ts';
import { useSteadyOrder } from '../../components/use-steady-order.ts';
import { useTitle } from '../../components/use-title.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useServices } from '../../services.tsx';
import { compareText, matches, orderOf, type ListSearch, type Order } from '../list-search.ts';
import { DestinationForm } from './destination-form.tsx';

const columns = ['name', 'host', 'jobs', 'state'] as const;

interface DestinationsPageProps {
  readonly search: ListSearch;
}

/** Every destination: what it is, which jobs measure it, and what can be done with it. */
export function DestinationsPage({ search }: DestinationsPageProps) {
  useTitle('Destinations');
  const { queries } = useServices();
  const navigate = useNavigate({ from: '/destinations' });
  const destinations = useQuery({ ...queries.destinations(), ...changedElsewhere });
  const jobs = useQuery({ ...queries.jobs(), ...changedElsewhere });
  const hidden = useHidden();
  const here = (destinations.data ?? []).filter((one) => !hidden.has(pathOf(one)));
  const edited = here.find((one) => one.id === search.edit);
  const change = (part: Partial<Record<keyof ListSearch, unknown>>): void => {
    void navigate({ search: (old) => ({ ...old, ...part }) as ListSearch, replace: !('add' in part || 'edit' in part) });
  };
  const close = (): void => {
    change({ add: undefined, edit: undefined });
  };
  const add = (
    <Button
      size="xs"
      leftSection={<PlusIcon />}
      onClick={() => {
        change({ add: true });
      }}
    >
      Add destination
    </Button>
  );
  return (
    <>
      <header className="page-head">
        <h1>Destinations</h1>
        <p className="opening">{destinations.data === undefined || jobs.data === undefined ? '\u00a0' : openingOf(here, jobs.data)}</p>
      </header>
      <Panel
        title="All destinations"
        actions={
          <>
            <FilterInput
              what="destinations"
              value={search.q}
              onChange={(q) => {
                change({ q });
              }}
            />
            {add}
          </>
        }
      >
        <QueryView query={destinations} what="the destinations" skeleton={<Skeleton height={120} />}>
          {() =>
            here.length === 0 ? (
              <Empty>What is measured appears here: hosts, addresses and URLs. Add the first one.</Empty>
            ) : (
              <DestinationsTable
                destinations={here.filter((one) => matches(search.q, [one.name, one.host, one.display_name, ...one.tags]))}
                jobs={jobs.data ?? []}
                order={orderOf(search.sort, columns)}
                onChange={change}
              />
            )
          }
        </QueryView>
      </Panel>
      <FormDialog title={edited !== undefined ? `Change ${edited.name}` : search.add === true ? 'Add a destination' : null} onClose={close}>
        <DestinationForm destination={edited ?? null} tags={[...new Set(here.flatMap((one) => one.tags))].sort(compareText)} onClose={close} />
      </FormDialog>
    </>
  );
}

function pathOf(destination: Destination): string {
  return `/api/destinations/${destination.id}`;
}

function measuring(destination: Destination, jobs: readonly Job[]): Job[] {
  return jobs.filter((job) => job.destinations.some((selector) => selectsDestination(selector, destination)));
}

function openingOf(destinations: readonly Destination[], jobs: readonly Job[]): string {
  if (destinations.length === 0) return 'Nothing is measured yet.';
  const running = jobs.filter((job) => job.enabled);
  const measured = destinations.filter((one) => one.status === 'active' && measuring(one, running).length > 0).length;
  if (measured === destinations.length) return `${countText(measured, 'destination')}, measured by ${countText(running.length, 'running job')}.`;
  return `${measured.toLocaleString('en')} of ${countText(destinations.length, 'destination')} ${measured === 1 ? 'is' : 'are'} measured by a running job.`;
}

interface DestinationsTableProps {
  readonly destinations: readonly Destination[];
  readonly jobs: readonly Job[];
  readonly order: Order;
  readonly onChange: (part: Partial<Record<keyof ListSearch, unknown>>) => void;
}

function DestinationsTable({ destinations, jobs, order, onChange }: DestinationsTableProps) {
  const jobNames = (one: Destination): string[] => measuring(one, jobs).map((job) => job.name);
  const text: Readonly<Record<string, (one: Destination) => string>> = {
    name: (one) => one.name,
    host: (one) => one.host,
    jobs: (one) => jobNames(one).join(', '),
    state: (one) => stateWords(one),
  };
  const sign = order.descending ? -1 : 1;
  const rows = useSteadyOrder(destinations, {
    keyOf: pathOf,
    compare: (a, b) => sign * compareText(text[order.column]?.(a) ?? '', text[order.column]?.(b) ?? '') || compareText(a.name, b.name),
    choice: `${order.column} ${sign}`,
  });
  const head = {
    columns,
    order,
    onSort: (sort: string | undefined) => {
      onChange({ sort });
    },
  };
  return (
    <table className="table list-table" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <SortHead column="name" {...head}>
            Name
          </SortHead>
          <SortHead column="host" {...head}>
            Host
          </SortHead>
          <SortHead column="jobs" {...head} className="wide">
            Measured by
          </SortHead>
          <SortHead column="state" {...head}>
            State
          </SortHead>
          <th role="columnheader" scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((one) => (
          <tr key={one.id} role="row" data-path={pathOf(one)}>
            <th role="rowheader" scope="row" className="name">
              <Link to="/destinations/$destination" params={{ destination: one.name }}>
                {one.name}
              </Link>
              {one.tags.length > 0 && <span className="dim under">{one.tags.join(', ')}</span>}
            </th>
            <td role="cell" className="name second">
              {one.host}
            </td>
            <td role="cell" className="name wide">
              {jobNames(one).length === 0 ? (
                <span className="dim">no job</span>
              ) : (
                <Link to="/jobs" search={{ q: jobNames(one)[0] ?? '' }}>
                  {jobNames(one).join(', ')}
                </Link>
              )}
            </td>
            <td role="cell" className="list-state">
              <StateWords destination={one} />
            </td>
            <td role="cell" className="actions">
              <RowActions
                destination={one}
                onEdit={() => {
                  onChange({ edit: one.id });
                }}
              />
            </td>
          </tr>
        ))}
        {rows.length === 0 && (
          <tr role="row">
            <td role="cell" colSpan={5} className="dim">
              No destination matches the filter.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function stateWords({ external, status }: Destination): string {
  if (external) return 'from posted results';
  return status === 'active' ? 'active' : 'left out';
}

function StateWords({ destination }: { readonly destination: Destination }) {
  const tone = destination.status === 'active' && !destination.external ? 'good' : 'unknown';
  return (
    <span className={`state tone-${tone}`}>
      <StateShape tone={tone} />
      {stateWords(destination)}
    </span>
  );
}

function RowActions({ destination, onEdit }: { readonly destination: Destination; readonly onEdit: () => void }) {
  const { client, removals, messages } = useServices();
  const cache = useQueryClient();
  const { id: _, created_at: __, external: ___, ...same } = destination;
  const active = destination.status === 'active';
  const turning = useMutation({
    mutationFn: () => saveDestination(client, destination.id, { ...same, status: active ? 'inactive' : 'active' }),
    onSuccess: () => cache.invalidateQueries({ queryKey: queryKeys.destinations }),
    onError: (error) => {
      messages.say('bad', `Could not change ${destination.name}: ${error.message}.`);
    },
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`${active ? 'Stop' : 'Start'} measuring ${destination.name}`}
        loading={turning.isPending}
        onClick={() => {
          turning.mutate();
        }}
      >
        {active ? 'Stop' : 'Start'}
      </Button>
      <Button size="compact-xs" variant="default" aria-label={`Edit ${destination.name}`} onClick={onEdit}>
        Edit
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Delete ${destination.name}`}
        onClick={() => {
          removals.remove(pathOf(destination), `destination ${destination.name}`);
        }}
      >
        Delete
      </Button>
    </>
  );
}
