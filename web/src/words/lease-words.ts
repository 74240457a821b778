import { countText } from '../../../src/charts/number-text.ts';
import type { Lease } from '../../../src/model/lease.ts';
import { kindTitle } from './metrics.ts';
import { sinceText, timeText } from './time.ts';

const doing: Readonly<Record<Exclude<Lease['state'], 'waiting'>, string>> = {
  preparing: 'gets the other end ready to measure',
  held: 'measures',
  closing: 'has measured, and ends',
};

/** `berlin waits to measure Throughput to paris (job nightly) since 10:30:00: agent rome measures; given up at 10:40.` */
export function leaseText({ agent, destination, job, kind, state, since, deadline, waits_for: blockers }: Lease, now: number): string {
  const what = `${kindTitle(kind)}${destination === null ? '' : ` to ${destination}`} (job ${job})`;
  if (state !== 'waiting') return `${agent} ${doing[state]} ${what} since ${timeText(since, now)}.`;
  const why = blockers.length === 0 ? '' : `: ${blockers.join(', ')} ${blockers.length === 1 ? 'is' : 'are'} taken`;
  const until = deadline === null ? '' : `; given up at ${sinceText(deadline, now)}`;
  return `${agent} waits to measure ${what} since ${timeText(since, now)}${why}${until}.`;
}

/** `1 measures, 2 wait their turn` */
export function leasesNote(leases: readonly Pick<Lease, 'state'>[]): string {
  const waiting = leases.filter((lease) => lease.state === 'waiting').length;
  const measuring = leases.length - waiting;
  return [
    ...(measuring === 0 ? [] : [countText(measuring, 'measures', 'measure')]),
    ...(waiting === 0 ? [] : [countText(waiting, 'waits its turn', 'wait their turn')]),
  ].join(', ');
}
