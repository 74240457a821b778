import * as z from 'zod';
import { problemsOf, TachoError, type Problem } from '../../../model/errors.ts';
import { job, jobInput, type Job, type JobInput } from '../../../model/job.ts';
import { findKind } from '../../../model/kinds/index.ts';
import { selectsDestination } from '../../../model/selectors.ts';
import { refuseDeclared } from '../../declared/refuse-declared.ts';
import type { Services } from '../../services.ts';
import { idParams, listOfSome, pageOf, pageQuery } from '../list.ts';
import { route } from '../route.ts';

export function jobRoutes({ control, coordinator, directory, hub }: Services) {
  const find = async (reference: string): Promise<Job> => {
    const id = await directory.resolve('job', reference);
    const found = id === null ? null : await control.jobs.find(id);
    if (found === null) throw new TachoError('not_found', `no job is called or numbered ${JSON.stringify(reference)}`);
    return found;
  };
  /** After a change: agents get their new plans, listeners the new job. */
  const settled = async (changed: Job): Promise<Job> => {
    directory.forget('job');
    hub.jobChanged(changed);
    await coordinator.replan();
    return changed;
  };
  const findOwn = async (reference: string): Promise<Job> => refuseDeclared('job', await find(reference));
  const setEnabled = async (reference: string, enabled: boolean): Promise<Job> => {
    return settled(await control.jobs.setEnabled((await findOwn(reference)).id, enabled));
  };
  const destinationProblems = async (input: JobInput): Promise<Problem[]> => {
    const all = await control.destinations.list();
    return input.destinations.flatMap((selector, index) =>
      selector.startsWith('tag:') || all.some((destination) => selectsDestination(selector, destination))
        ? []
        : [{ path: `destinations[${index}]`, message: `no destination is called or numbered ${JSON.stringify(selector)}` }],
    );
  };

  /** What a job's schema alone cannot judge: its options by their kinds, its destinations by what there is. */
  const checked = async (body: JobInput): Promise<JobInput> => {
    const problems = [...optionProblems(body), ...(await destinationProblems(body))];
    if (problems.length === 0) return body;
    throw new TachoError('invalid_request', problems.map((problem) => `${problem.path}: ${problem.message}`).join('; '), { details: problems });
  };

  return [
    route({
      method: 'GET',
      path: '/api/jobs',
      summary: 'Jobs',
      scope: 'read',
      query: pageQuery(job),
      response: listOfSome(job),
      handle: async ({ query }) => pageOf(await control.jobs.list(), query),
    }),
    route({
      method: 'POST',
      path: '/api/jobs',
      summary: 'Add a job; its first run is at once',
      scope: 'write',
      body: jobInput,
      status: 201,
      response: job,
      errors: ['name_taken'],
      handle: async ({ body }) => {
        return settled(await control.jobs.create(await checked(body)));
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:id',
      summary: 'One job',
      scope: 'read',
      params: idParams,
      response: job,
      errors: ['not_found'],
      handle: ({ params }) => find(params.id),
    }),
    route({
      method: 'PUT',
      path: '/api/jobs/:id',
      summary: 'Replace a job; where it measures something else now, its first run is at once',
      scope: 'write',
      params: idParams,
      body: jobInput,
      response: job,
      errors: ['not_found', 'name_taken', 'conflict'],
      handle: async ({ params, body }) => {
        const { id } = await findOwn(params.id);
        return settled(await control.jobs.update(id, await checked(body)));
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

/** The options of each kind, judged by its own schema. What was not said is not filled in, so that defaults stay defaults. */
export function optionProblems(input: JobInput): Problem[] {
  const problems: Problem[] = [];
  for (const kind of input.kinds) {
    const definition = findKind(kind);
    if (definition === undefined) continue;
    if (definition.target !== 'none' && input.destinations.length === 0) {
      problems.push({ path: 'destinations', message: `missing: expected at least one destination for kind ${kind}` });
    }
    const value = input.options[kind] ?? {};
    const parsed = definition.spec.strict().safeParse(value);
    if (parsed.success) continue;
    problems.push(
      ...problemsOf(parsed.error, { value }).map(({ path, message }) => ({
        path: ['options', kind, path].filter((part) => part !== '').join('.'),
        message,
      })),
    );
  }
  for (const kind of Object.keys(input.options)) {
    if (!input.kinds.includes(kind))
      problems.push({ path: `options.${kind}`, message: `unused: expected options only for ${input.kinds.join(', ')}` });
  }
  return problems;
}
