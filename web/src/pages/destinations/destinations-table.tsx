import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Job } from '../../../../src/model/job.ts';
import { saveDestination } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import type { SeenDestination } from '../../api/seen-destination.ts';
import { StateShape } from '../../components/icons.tsx';
import type { ChangeList } from '../../components/list-page.tsx';
import { ListTable, type ListColumn } from '../../components/list-table.tsx';
import { EditAndDelete, RowButton } from '../../components/row-actions.tsx';
import { useNow } from '../../components/use-now.ts';
import { useServices } from '../../services.tsx';
import { destinationState } from '../../words/health-words.ts';
import { declaredText } from '../../words/job-words.ts';
import { compareText, orderOf } from '../list-search.ts';
import { destinationBody, destinationDraft } from './destination-draft.ts';
import { destinationPath } from './destination-path.ts';
import { measuring } from './measuring.ts';

interface DestinationsTableProps {
  readonly destinations: readonly SeenDestination[];
  readonly jobs: readonly Job[];
  readonly sort: string | undefined;
  readonly onChange: ChangeList;
}

/** What needs a look first. */
const toneOrder = ['bad', 'attention', 'good', 'unknown'] as const;

function stateRank(one: SeenDestination): number {
  return toneOrder.indexOf(destinationState(one, 0).tone);
}

export function DestinationsTable({ destinations, jobs, sort, onChange }: DestinationsTableProps) {
  const jobNames = (one: SeenDestination): string[] => measuring(one, jobs).map((job) => job.name);
  const columns: readonly ListColumn<SeenDestination>[] = [
    { column: 'name', title: 'Name', compare: (a, b) => compareText(a.name, b.name) },
    { column: 'host', title: 'Host', compare: (a, b) => compareText(a.host, b.host) },
    { column: 'jobs', title: 'Measured by', compare: (a, b) => compareText(jobNames(a).join(), jobNames(b).join()), className: 'wide' },
    { column: 'state', title: 'State', compare: (a, b) => stateRank(a) - stateRank(b) },
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
          used={jobs.some((job) => job.destinations.includes(one.name))}
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

function DestinationCells({ one, measuredBy }: { readonly one: SeenDestination; readonly measuredBy: readonly string[] }) {
  return (
    <>
      <th role="rowheader" scope="row" className="name">
        <Link to="/destinations/$destination" params={{ destination: one.name }}>
          {one.name}
        </Link>
        {one.tags.length > 0 && <span className="dim under">{one.tags.join(', ')}</span>}
        {one.declared_by !== null && <span className="dim under">{declaredText(one)}</span>}
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

function StateWords({ destination }: { readonly destination: SeenDestination }) {
  const { tone, word, more } = destinationState(destination, useNow());
  return (
    <>
      <span className={`state tone-${tone}`}>
        <StateShape tone={tone} />
        {word}
      </span>
      {more !== null && <span className="dim under reason">{more}</span>}
    </>
  );
}

interface DestinationActionsProps {
  readonly destination: SeenDestination;
  /** A job names it. */
  readonly used: boolean;
  readonly onEdit: () => void;
}

function DestinationActions({ destination, used, onEdit }: DestinationActionsProps) {
  const declared = declaredText(destination);
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
        refusal={declared}
        onClick={() => {
          turning.mutate();
        }}
      />
      <EditAndDelete name={destination.name} what="destination" path={destinationPath(destination)} refusal={declared} used={used} onEdit={onEdit} />
    </>
  );
}
