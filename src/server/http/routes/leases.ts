import { lease, type Lease } from '../../../model/lease.ts';
import type { SeenLease } from '../../leases/desk.ts';
import type { Services } from '../../services.ts';
import { listOf, wholeList } from '../list.ts';
import { route } from '../route.ts';

export function leaseRoutes({ coordinator, directory }: Pick<Services, 'coordinator' | 'directory'>) {
  /** A resource in words: its thing's name of today. */
  const nameOf = async (resource: string): Promise<string> => {
    const [thing = '', ...rest] = resource.split(':');
    if (thing !== 'agent' && thing !== 'destination') return `${thing} ${rest.join(':')}`;
    return `${thing} ${await directory.nameOf(thing, Number(rest[0]))}`;
  };
  const described = async ({ lease: { key, phase, agentId, facts }, askedAt, until, waitsFor }: SeenLease): Promise<Lease> => ({
    lease: key,
    state: phase,
    agent: await directory.nameOf('agent', agentId),
    destination: facts.destinationId === null ? null : await directory.nameOf('destination', facts.destinationId),
    job: await directory.nameOf('job', facts.jobId),
    kind: facts.kind,
    since: askedAt,
    deadline: phase === 'waiting' ? until : null,
    expires_at: phase === 'waiting' ? null : until,
    waits_for: await Promise.all(waitsFor.map(nameOf)),
  });
  return [
    route({
      method: 'GET',
      path: '/api/leases',
      summary: 'Runs that measure alone now, and those that wait to, in their order',
      scope: 'read',
      response: listOf(lease),
      handle: async () => wholeList(await Promise.all(coordinator.leases().map(described))),
    }),
  ];
}
