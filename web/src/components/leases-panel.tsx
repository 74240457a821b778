import { useQuery } from '@tanstack/react-query';
import type { Lease } from '../../../src/model/lease.ts';
import { useServices } from '../services.tsx';
import { leaseText, leasesNote } from '../words/lease-words.ts';
import { Panel } from './panel.tsx';
import { StateShape } from './icons.tsx';
import { useNow } from './use-now.ts';

/** Runs that measure alone now, and those that wait to; not there while there are none. `job`: of one alone, and of those it waits for. */
export function LeasesPanel({ job, waitingOnly = false }: { readonly job?: string; readonly waitingOnly?: boolean }) {
  const { queries } = useServices();
  const now = useNow();
  const leases = useQuery(queries.leases()).data ?? [];
  const own = job === undefined || leases.some((lease) => lease.job === job) ? leases : [];
  if (own.length === 0 || (waitingOnly && !own.some((lease) => lease.state === 'waiting'))) return null;
  return (
    <Panel title="Measuring alone" note={leasesNote(own)}>
      <ul className="leases">
        {own.map((lease) => (
          <LeaseLine key={lease.lease} lease={lease} now={now} />
        ))}
      </ul>
    </Panel>
  );
}

function LeaseLine({ lease, now }: { readonly lease: Lease; readonly now: number }) {
  return (
    <li className={`state tone-${lease.state === 'waiting' ? 'unknown' : 'good'}`}>
      <StateShape tone={lease.state === 'waiting' ? 'unknown' : 'good'} />
      {leaseText(lease, now)}
    </li>
  );
}
