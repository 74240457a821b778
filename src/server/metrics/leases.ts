import type { LeaseCounts } from '../leases/desk.ts';
import type { Family, Sample } from './exposition.ts';

/** Leases for Prometheus. */
export function leaseFamilies({ held, waiting, granted, expired, refused }: LeaseCounts): Family[] {
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  return [
    { name: 'tacho_leases_held', help: 'runs that measure alone now, or are about to', type: 'gauge', samples: one(held) },
    { name: 'tacho_leases_waiting', help: 'runs that wait to measure alone', type: 'gauge', samples: one(waiting) },
    { name: 'tacho_leases_granted_total', help: 'leases granted since the start', type: 'counter', samples: one(granted) },
    { name: 'tacho_leases_expired_total', help: 'leases that were not given back in time', type: 'counter', samples: one(expired) },
    {
      name: 'tacho_leases_refused_total',
      help: 'leases refused, by reason',
      type: 'counter',
      samples: [...refused].map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
}
