import { agent } from '../../../model/agent.ts';
import { TachoError } from '../../../model/errors.ts';
import { enrolRequest, enrolResponse, ENROL_PATH } from '../../../protocol/messages.ts';
import type { Services } from '../../services.ts';
import { idParams, listOf, wholeList } from '../list.ts';
import { route } from '../route.ts';

export function agentRoutes({ coordinator, authenticator, directory, enrolment }: Services) {
  return [
    route({
      method: 'GET',
      path: '/api/agents',
      summary: 'Agents, with their state',
      scope: 'read',
      response: listOf(agent),
      handle: async () => wholeList(await coordinator.list()),
    }),
    route({
      method: 'POST',
      path: '/api/agents/:id/revoke',
      summary: "Withdraw an agent's credential at once; its results stay",
      scope: 'admin',
      params: idParams,
      status: 204,
      errors: ['not_found'],
      handle: async ({ params }) => {
        const id = await directory.resolve('agent', params.id);
        if (id === null) throw new TachoError('not_found', `no agent is called or numbered ${JSON.stringify(params.id)}`);
        await authenticator.revokeAgent(id);
        coordinator.disconnectRevoked(id);
        return undefined;
      },
    }),
    route({
      method: 'POST',
      path: ENROL_PATH,
      summary: 'Turn an enrolment token into an agent with its own credential',
      // The enrolment token stands in the authorization header and is judged by the handler.
      scope: 'public',
      body: enrolRequest,
      status: 201,
      response: enrolResponse,
      errors: ['unauthenticated', 'gone', 'name_taken', 'rate_limited'],
      handle: ({ body, bearer, address }) => enrolment.enrol(body, bearer, address),
    }),
  ];
}
