import { destination, destinationInput, type DestinationInput } from '../../../model/destination.ts';
import { TachoError } from '../../../model/errors.ts';
import type { Services } from '../../services.ts';
import { idParams, listOfSome, pageOf, pageQuery } from '../list.ts';
import { route } from '../route.ts';

export function destinationRoutes({ control, coordinator, directory }: Services) {
  const unknown = (reference: string): TachoError => new TachoError('not_found', `no destination is called or numbered ${JSON.stringify(reference)}`);
  const idOf = async (reference: string): Promise<number> => {
    const id = await directory.resolve('destination', reference);
    if (id === null) throw unknown(reference);
    return id;
  };
  /** The agent that a destination is to be. */
  const agentOf = async ({ agent }: DestinationInput): Promise<{ agentId: number | null }> => {
    if (agent == null) return { agentId: null };
    const agentId = await directory.resolve('agent', agent);
    if (agentId !== null) return { agentId };
    const message = `no agent is called or numbered ${JSON.stringify(agent)}`;
    throw new TachoError('invalid_request', `agent: ${message}`, { details: [{ path: 'agent', message }] });
  };
  const settled = async (): Promise<void> => {
    directory.forget('destination');
    await coordinator.replan();
  };
  return [
    route({
      method: 'GET',
      path: '/api/destinations',
      summary: 'Destinations',
      scope: 'read',
      query: pageQuery(destination),
      response: listOfSome(destination),
      handle: async ({ query }) => pageOf(await control.destinations.list(), query),
    }),
    route({
      method: 'POST',
      path: '/api/destinations',
      summary: 'Add a destination',
      scope: 'write',
      body: destinationInput,
      status: 201,
      response: destination,
      errors: ['name_taken'],
      handle: async ({ body }) => {
        const created = await control.destinations.create(body, await agentOf(body));
        // A job may name it already, by name or by tag.
        await coordinator.replan();
        return created;
      },
    }),
    route({
      method: 'GET',
      path: '/api/destinations/:id',
      summary: 'One destination',
      scope: 'read',
      params: idParams,
      response: destination,
      errors: ['not_found'],
      handle: async ({ params }) => {
        const id = await directory.resolve('destination', params.id);
        const found = id === null ? null : await control.destinations.find(id);
        if (found === null) throw unknown(params.id);
        return found;
      },
    }),
    route({
      method: 'PUT',
      path: '/api/destinations/:id',
      summary: 'Replace a destination; its results keep belonging to it',
      scope: 'write',
      params: idParams,
      body: destinationInput,
      response: destination,
      errors: ['not_found', 'name_taken'],
      handle: async ({ params, body }) => {
        const changed = await control.destinations.update(await idOf(params.id), body, await agentOf(body));
        await settled();
        return changed;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/destinations/:id',
      summary: 'Remove a destination; its results stay',
      scope: 'write',
      params: idParams,
      status: 204,
      errors: ['not_found'],
      handle: async ({ params }) => {
        await control.destinations.remove(await idOf(params.id));
        await settled();
        return undefined;
      },
    }),
  ];
}
