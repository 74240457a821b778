import type { Labels } from '../../model/labels.ts';

/** One end of a run, as far as leases know it. */
export interface LeaseEnd {
  readonly id: number;
  readonly labels: Labels;
}

/** Agents with the same value of this label share a line. */
export const UPLINK_LABEL = 'uplink';

/** What two runs must not share at the same time: either end, the destination, and the lines of the ends. */
export function leaseResources(asking: LeaseEnd, peer: LeaseEnd | null, destinationId: number | null): string[] {
  const ends = peer === null ? [asking] : [asking, peer];
  const uplinks = ends.map(({ labels }) => labels[UPLINK_LABEL] ?? '').filter((value) => value !== '');
  return [
    ...new Set([
      ...ends.map(({ id }) => `agent:${id}`),
      ...(destinationId === null ? [] : [`destination:${destinationId}`]),
      ...uplinks.map((value) => `uplink:${value}`),
    ]),
  ];
}
