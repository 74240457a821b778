import * as z from 'zod';
import { agent, agentBudget, type Agent } from '../../../model/agent.ts';
import { TachoError } from '../../../model/errors.ts';
import { labels } from '../../../model/labels.ts';
import { name } from '../../../model/name.ts';
import { enrolRequest, enrolResponse, ENROL_PATH } from '../../../protocol/messages.ts';
import { removeAgent } from '../../declared/uses.ts';
import { labelsGivenKey } from '../../coordinator/labels.ts';
import type { Services } from '../../services.ts';
import { idParams, listOfSome, pageOf, pageQuery } from '../list.ts';
import { forceQuery, route } from '../route.ts';

export function agentRoutes({ control, coordinator, authenticator, directory, enrolment, hub, jobMonitor }: Services) {
  const unknown = (reference: string): TachoError => new TachoError('not_found', `no agent is called or numbered ${JSON.stringify(reference)}`);
  const idOf = async (reference: string): Promise<number> => {
    const id = await directory.resolve('agent', reference);
    if (id === null) throw unknown(reference);
    return id;
  };
  const find = async (reference: string): Promise<Agent> => {
    const found = await coordinator.find(await idOf(reference));
    if (found === null) throw unknown(reference);
    return found;
  };

  return [
    route({
      method: 'GET',
      path: '/api/agents',
      summary: 'Agents, with their state',
      scope: 'read',
      query: pageQuery(agent),
      response: listOfSome(agent),
      handle: async ({ query }) => pageOf(await coordinator.list(), query),
    }),
    route({
      method: 'GET',
      path: '/api/agents/:id',
      summary: 'One agent',
      scope: 'read',
      params: idParams,
      response: agent,
      errors: ['not_found'],
      handle: ({ params }) => find(params.id),
    }),
    route({
      method: 'PATCH',
      path: '/api/agents/:id',
      summary: 'Rename or relabel an agent, or limit what it spends; its results keep belonging to it',
      scope: 'write',
      params: idParams,
      body: z.object({ name: name.optional(), labels: labels.optional(), budget_mb_per_day: agentBudget.optional() }),
      response: agent,
      errors: ['not_found', 'name_taken'],
      handle: async ({ params, body }) => {
        const id = await idOf(params.id);
        await control.agents.update(id, {
          ...(body.name !== undefined && { name: body.name }),
          ...(body.labels !== undefined && { labels: body.labels }),
          ...(body.budget_mb_per_day !== undefined && { budgetMbPerDay: body.budget_mb_per_day }),
        });
        if (body.labels !== undefined) await control.settings.set(labelsGivenKey(id), 'yes');
        directory.forget('agent');
        await coordinator.agentChanged(id);
        return find(String(id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/agents/:id',
      summary: 'Remove an agent that nothing names, and its credential, at once; its results stay',
      scope: 'admin',
      params: idParams,
      query: forceQuery,
      status: 204,
      errors: ['not_found', 'conflict'],
      handle: async ({ params, query }) => {
        const found = await find(params.id);
        const { id } = found;
        const jobs = await control.together((objects) => removeAgent(objects, found, query.force));
        // Its credential went with it; this makes the authenticator forget that it was good.
        await authenticator.revokeAgent(id).catch((error: unknown) => {
          if (!(error instanceof TachoError) || error.code !== 'not_found') throw error;
        });
        coordinator.disconnectRevoked(id);
        hub.removed('agents', id);
        directory.forget('agent');
        directory.forget('destination');
        await coordinator.replan();
        for (const job of jobs) hub.jobChanged(await jobMonitor.describe(job));
        return undefined;
      },
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
        const id = await idOf(params.id);
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
