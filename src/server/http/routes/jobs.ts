import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { forecast, jobWithForecast, type Forecast, type JobWithForecast } from '../../../model/forecast.ts';
import { job, jobInput, type Job, type StoredJob } from '../../../model/job.ts';
import { refuseDeclared } from '../../declared/refuse-declared.ts';
import { checkJob } from '../../planning/check-job.ts';
import { forecastOf } from '../../planning/forecast.ts';
import type { Services } from '../../services.ts';
import { idParams, listOfSome, pageOf, pageQuery } from '../list.ts';
import { route } from '../route.ts';

/** What a result takes on disk, where too few are stored to know: a ping with its replies. */
const STORED_BYTES = 300;
const ENOUGH_RESULTS = 10_000;

export function jobRoutes({ control, coordinator, planner, jobMonitor, results, directory, hub, clock }: Services) {
  const find = async (reference: string): Promise<StoredJob> => {
    const id = await directory.resolve('job', reference);
    const found = id === null ? null : await control.jobs.find(id);
    if (found === null) throw new TachoError('not_found', `no job is called or numbered ${JSON.stringify(reference)}`);
    return found;
  };
  /** After a change: agents get their new plans, listeners the new job. */
  const settled = async (changed: StoredJob): Promise<Job> => {
    directory.forget('job');
    await coordinator.replan();
    const described = await jobMonitor.describe(changed);
    hub.jobChanged(described);
    return described;
  };
  const foretold = async (stored: StoredJob): Promise<Forecast> => {
    const { results: count, bytes } = await results.stats();
    const storedBytes = count < ENOUGH_RESULTS ? STORED_BYTES : bytes / count;
    return forecastOf(stored, await planner.now(), { now: clock.now(), storedBytes });
  };
  const settledWithForecast = async (changed: StoredJob): Promise<JobWithForecast> => ({
    ...(await settled(changed)),
    forecast: await foretold(changed),
  });
  const findOwn = async (reference: string): Promise<StoredJob> => refuseDeclared('job', await find(reference));
  const setEnabled = async (reference: string, enabled: boolean): Promise<Job> => {
    return settled(await control.jobs.setEnabled((await findOwn(reference)).id, enabled));
  };
  const check = async (body: unknown) => checkJob(body, await freshPlan());
  /** What names mean is asked of the stores: the plan need not know yet what another server was told. */
  const freshPlan = async () => {
    const [agents, destinations] = await Promise.all([control.agents.list(), control.destinations.list()]);
    return { agents: new Map(agents.map((agent) => [agent.id, agent])), destinations };
  };

  return [
    route({
      method: 'GET',
      path: '/api/jobs',
      summary: 'Jobs',
      scope: 'read',
      query: pageQuery(job),
      response: listOfSome(job),
      handle: async ({ query }) => pageOf(await jobMonitor.list(), query),
    }),
    route({
      method: 'POST',
      path: '/api/jobs',
      summary: 'Add a job; its first run is at once',
      scope: 'write',
      // Judged with what there is, so that every problem is named at once.
      body: z.unknown(),
      bodyDocument: jobInput,
      status: 201,
      response: jobWithForecast,
      errors: ['name_taken'],
      handle: async ({ body }) => settledWithForecast(await control.jobs.create(await check(body))),
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:id',
      summary: 'One job',
      scope: 'read',
      params: idParams,
      response: job,
      errors: ['not_found'],
      handle: async ({ params }) => jobMonitor.describe(await find(params.id)),
    }),
    route({
      method: 'PUT',
      path: '/api/jobs/:id',
      summary: 'Replace a job; where it measures something else now, its first run is at once',
      scope: 'write',
      params: idParams,
      body: z.unknown(),
      bodyDocument: jobInput,
      response: jobWithForecast,
      errors: ['not_found', 'name_taken', 'conflict'],
      handle: async ({ params, body }) => {
        const { id } = await findOwn(params.id);
        return settledWithForecast(await control.jobs.update(id, await check(body)));
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:id/forecast',
      summary: 'What a job does and costs a day and a month, by its plan',
      scope: 'read',
      params: idParams,
      response: forecast,
      errors: ['not_found'],
      handle: async ({ params }) => foretold(await find(params.id)),
    }),
    route({
      method: 'POST',
      // Not below /api/jobs, where it would take a name from the jobs.
      path: '/api/job-forecast',
      summary: 'What a job would do and cost, without adding it',
      scope: 'read',
      body: z.unknown(),
      bodyDocument: jobInput,
      response: forecast,
      handle: async ({ body }) => {
        const now = clock.now();
        const fields = await check(body);
        return foretold({ ...fields, id: 0, revision: 1, created_at: now, since: now, declared_by: null });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/jobs/:id',
      summary: 'Remove a job; what it measured stays',
      scope: 'write',
      params: idParams,
      status: 204,
      errors: ['not_found', 'conflict'],
      handle: async ({ params }) => {
        const { id } = await findOwn(params.id);
        await control.jobs.remove(id);
        directory.forget('job');
        hub.removed('jobs', id);
        await coordinator.replan();
        return undefined;
      },
    }),
    route({
      method: 'POST',
      path: '/api/jobs/:id/run',
      summary: 'Run a job once, now, beside its schedule, on every connected agent that has it',
      scope: 'write',
      params: idParams,
      status: 202,
      response: z.object({ agents: z.array(z.string()).meta({ description: 'the agents that were told' }) }),
      errors: ['not_found', 'conflict'],
      handle: async ({ params }) => {
        const found = await find(params.id);
        if (!found.enabled) throw new TachoError('conflict', `job ${JSON.stringify(found.name)} is stopped: start it to run it`);
        return { agents: await coordinator.runNow(found) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/jobs/:id/start',
      summary: 'Start a job; its first run is at once',
      scope: 'write',
      params: idParams,
      response: job,
      errors: ['not_found', 'conflict'],
      handle: ({ params }) => setEnabled(params.id, true),
    }),
    route({
      method: 'POST',
      path: '/api/jobs/:id/stop',
      summary: 'Stop a job; what it measured stays',
      scope: 'write',
      params: idParams,
      response: job,
      errors: ['not_found', 'conflict'],
      handle: ({ params }) => setEnabled(params.id, false),
    }),
  ];
}
