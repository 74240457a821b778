import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Destination } from '../../../../src/model/destination.ts';
import type { Job } from '../../../../src/model/job.ts';
import { saveDestination } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { StateShape } from '../../components/icons.tsx';
import type { ChangeList } from '../../components/list-page.tsx';
import { ListTable, type ListColumn } from '../../components/list-table.tsx';
import { EditAndDelete, RowButton } from '../../components/row-actions.tsx';
import { useServices } from '../../services.tsx';
import { compareText, orderOf } from '../list-search.ts';
import { destinationBody, destinationDraft } from './destination-draft.ts';
import { destinationPath } from './destination-path.ts';
import { measuring } from './measuring.ts';

interface DestinationsTableProps {
  readonly destinations: readonly Destination[];
  readonly jobs: readonly Job[];
  readonly sort: string | undefined;
  readonly onChange: ChangeList;
}

export function DestinationsTable({ destinations, jobs, sort, onChange }: DestinationsTableProps) {
  const jobNames = (one: Destination): string[] => measuring(one, jobs).map((job) => job.name);
  const columns: readonly ListColumn<Destination>[] = [
    { column: 'name', title: 'Name', compare: (a, b) => compareText(a.name, b.name) },
    { column: 'host', title: 'Host', compare: (a, b) => compareText(a.host, b.host) },
    { column: 'jobs', title: 'Measured by', compare: (a, b) => compareText(jobNames(a).join(), jobNames(b).join()), className: 'wide' },
    { column: 'state', title: 'State', compare: (a, b) => compareText(stateWords(a), stateWords(b)) },
  ];
  const order = orderOf(
    sort,
    columns.map((one) => one.column),
  );
  return (
    <ListTable
      items={destinations}
      columns={columns}
      order={order}
      pathOf={destinationPath}
      cells={(one) => <DestinationCells one={one} measuredBy={jobNames(one)} />}
      actions={(one) => (
        <DestinationActions
          destination={one}
          onEdit={() => {
            onChange({ edit: one.id });
          }}
        />
      )}
      none="No destination matches the filter."
      onChange={onChange}
    />
  );
}

function DestinationCells({ one, measuredBy }: { readonly one: Destination; readonly measuredBy: readonly string[] }) {
  return (
    <>
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
        {measuredBy.length === 0 ? (
          <span className="dim">no job</span>
        ) : (
          <Link to="/jobs" search={{ q: measuredBy[0] ?? '' }}>
            {measuredBy.join(', ')}
          </Link>
        )}
      </td>
      <td role="cell" className="list-state">
        <StateWords destination={one} />
      </td>
    </>
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

function DestinationActions({ destination, onEdit }: { readonly destination: Destination; readonly onEdit: () => void }) {
  const { client, messages } = useServices();
  const cache = useQueryClient();
  const active = destination.status === 'active';
  const turning = useMutation({
    mutationFn: () =>
      saveDestination(client, destination.id, destinationBody({ ...destinationDraft(destination), status: active ? 'inactive' : 'active' })),
    onSuccess: () => cache.invalidateQueries({ queryKey: queryKeys.destinations }),
    onError: (error) => {
      messages.say('bad', `Could not change ${destination.name}: ${error.message}.`);
    },
  });
  return (
    <>
      <RowButton
        words={active ? 'Stop' : 'Start'}
        label={`${active ? 'Stop' : 'Start'} measuring ${destination.name}`}
        busy={turning.isPending}
        onClick={() => {
          turning.mutate();
        }}
      />
      <EditAndDelete name={destination.name} what="destination" path={destinationPath(destination)} onEdit={onEdit} />
    </>
  );
}
