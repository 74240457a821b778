import * as z from 'zod';
import {
  describedDestination,
  destinationInput,
  healthState,
  type DescribedDestination,
  type StoredDestination,
} from '../../../model/destination.ts';
import { TachoError } from '../../../model/errors.ts';
import type { Reference } from '../../../model/name.ts';
import { refuseDeclared } from '../../declared/refuse-declared.ts';
import { removeDestination } from '../../declared/uses.ts';
import { destinationHealths, unknownHealth } from '../../destination-health.ts';
import type { Services } from '../../services.ts';
import { idParams, listOfSome, manyOf, pageOf, pageQuery } from '../list.ts';
import { forceQuery, route } from '../route.ts';

const filters = {
  tag: manyOf(z.string()).optional().meta({ description: 'only those with one of these tags' }),
  status: manyOf(destinationInput.shape.status.unwrap()).optional().meta({ description: 'only those of these states' }),
  health: manyOf(healthState).optional().meta({ description: 'only those whose health is one of these' }),
};

export function destinationRoutes({ control, coordinator, directory, hub, jobMonitor, latest, clock }: Services) {
  const unknown = (reference: string): TachoError => new TachoError('not_found', `no destination is called or numbered ${JSON.stringify(reference)}`);
  const find = async (reference: string): Promise<StoredDestination> => {
    const id = await directory.resolve('destination', reference);
    const found = id === null ? null : await control.destinations.find(id);
    if (found === null) throw unknown(reference);
    return found;
  };
  const settled = async (): Promise<void> => {
    directory.forget('destination');
    await coordinator.replan();
  };
  const describe = async (rows: readonly StoredDestination[]): Promise<DescribedDestination[]> => {
    const healths = destinationHealths(latest.lines(), await control.jobs.list(), clock.now());
    return rows.map((row) => ({ ...row, health: healths.get(row.id) ?? unknownHealth }));
  };
  const described = async (row: StoredDestination): Promise<DescribedDestination> => {
    const [answer] = await describe([row]);
    return answer ?? { ...row, health: unknownHealth };
  };
  /** The agent that a destination is to be; where nothing is said, what it was. */
  const agentIdOf = async (agent: Reference | null | undefined, before: number | null): Promise<number | null> => {
    if (agent === undefined) return before;
    if (agent === null || agent === before) return agent;
    const id = await directory.resolve('agent', agent);
    if (id !== null) return id;
    const message = `no agent is called or numbered ${JSON.stringify(agent)}`;
    throw new TachoError('invalid_request', `agent: ${message}`, { details: [{ path: 'agent', message, in: 'body' }] });
  };

  return [
    route({
      method: 'GET',
      path: '/api/destinations',
      summary: 'Destinations, with their health as their agents see it',
      scope: 'read',
      query: pageQuery(describedDestination).extend(filters),
      response: listOfSome(describedDestination),
      handle: async ({ query: { tag, status, health, ...page } }) => {
        const all = await describe(await control.destinations.list());
        const chosen = all.filter(
          (one) =>
            (tag === undefined || one.tags.some((word) => tag.includes(word))) &&
            (status === undefined || status.includes(one.status)) &&
            (health === undefined || health.includes(one.health.state)),
        );
        return pageOf(chosen, page);
      },
    }),
    route({
      method: 'POST',
      path: '/api/destinations',
      summary: 'Add a destination',
      scope: 'write',
      body: destinationInput,
      status: 201,
      response: describedDestination,
      errors: ['name_taken'],
      handle: async ({ body }) => {
        const created = await control.destinations.create(body, { agentId: await agentIdOf(body.agent, null) });
        // A job may name it already, by name or by tag.
        await coordinator.replan();
        return described(created);
      },
    }),
    route({
      method: 'GET',
      path: '/api/destinations/:id',
      summary: 'One destination, with its health as its agents see it',
      scope: 'read',
      params: idParams,
      response: describedDestination,
      errors: ['not_found'],
      handle: async ({ params }) => described(await find(params.id)),
    }),
    route({
      method: 'PUT',
      path: '/api/destinations/:id',
      summary: 'Replace a destination; its results keep belonging to it',
      scope: 'write',
      params: idParams,
      body: destinationInput,
      response: describedDestination,
      errors: ['not_found', 'name_taken', 'conflict'],
      handle: async ({ params, body }) => {
        const found = refuseDeclared('destination', await find(params.id));
        const changed = await control.destinations.update(found.id, body, { agentId: await agentIdOf(body.agent, found.agent_id) });
        await settled();
        return described(changed);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/destinations/:id',
      summary: 'Remove a destination that no job names; its results stay',
      scope: 'write',
      params: idParams,
      query: forceQuery,
      status: 204,
      errors: ['not_found', 'conflict'],
      handle: async ({ params, query }) => {
        const found = await find(params.id);
        const jobs = await control.together((objects) => removeDestination(objects, found, query.force));
        await settled();
        for (const job of jobs) hub.jobChanged(await jobMonitor.describe(job));
        return undefined;
      },
    }),
  ];
}
