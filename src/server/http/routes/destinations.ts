import { destination, destinationInput } from '../../../model/destination.ts';
import { TachoError } from '../../../model/errors.ts';
import type { Services } from '../../services.ts';
import { idParams, listOf, wholeList } from '../list.ts';
import { route } from '../route.ts';

export function destinationRoutes({ control, coordinator, directory }: Services) {
  return [
    route({
      method: 'GET',
      path: '/api/destinations',
      summary: 'Destinations',
      scope: 'read',
      response: listOf(destination),
      handle: async () => wholeList(await control.destinations.list()),
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
        const created = await control.destinations.create(body);
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
        if (found === null) throw new TachoError('not_found', `no destination is called or numbered ${JSON.stringify(params.id)}`);
        return found;
      },
    }),
  ];
}
