import { problemsOf, TachoError, type Problem } from '../../../model/errors.ts';
import { job, jobInput, type JobInput } from '../../../model/job.ts';
import { findKind } from '../../../model/kinds/index.ts';
import type { Job } from '../../../model/job.ts';
import { selectsDestination } from '../../coordinator/schedule.ts';
import type { Services } from '../../services.ts';
import { idParams, listOf, wholeList } from '../list.ts';
import { route } from '../route.ts';

export function jobRoutes({ control, coordinator, directory }: Services) {
  const find = async (reference: string): Promise<Job> => {
    const id = await directory.resolve('job', reference);
    const found = id === null ? null : await control.jobs.find(id);
    if (found === null) throw new TachoError('not_found', `no job is called or numbered ${JSON.stringify(reference)}`);
    return found;
  };
  const setEnabled = async (reference: string, enabled: boolean): Promise<Job> => {
    const changed = await control.jobs.setEnabled((await find(reference)).id, enabled);
    await coordinator.replan();
    return changed;
  };
  const destinationProblems = async (input: JobInput): Promise<Problem[]> => {
    const all = await control.destinations.list();
    return input.destinations.flatMap((selector, index) =>
      selector.startsWith('tag:') || all.some((destination) => selectsDestination(selector, destination))
        ? []
        : [{ path: `destinations[${index}]`, message: `no destination is called or numbered ${JSON.stringify(selector)}` }],
    );
  };

  return [
    route({
      method: 'GET',
      path: '/api/jobs',
      summary: 'Jobs',
      scope: 'read',
      response: listOf(job),
      handle: async () => wholeList(await control.jobs.list()),
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
        const { options, problems } = checkedOptions(body);
        problems.push(...(await destinationProblems(body)));
        if (problems.length > 0) {
          throw new TachoError('invalid_request', problems.map((problem) => `${problem.path}: ${problem.message}`).join('; '), { details: problems });
        }
        const created = await control.jobs.create({ ...body, options });
        await coordinator.replan();
        return created;
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
      method: 'POST',
      path: '/api/jobs/:id/start',
      summary: 'Start a job; its first run is at once',
      scope: 'write',
      params: idParams,
      response: job,
      errors: ['not_found'],
      handle: ({ params }) => setEnabled(params.id, true),
    }),
    route({
      method: 'POST',
      path: '/api/jobs/:id/stop',
      summary: 'Stop a job; what it measured stays',
      scope: 'write',
      params: idParams,
      response: job,
      errors: ['not_found'],
      handle: ({ params }) => setEnabled(params.id, false),
    }),
  ];
}

/** The options of each kind, judged by its own schema; only what was said is kept, so that defaults stay defaults. */
function checkedOptions(input: JobInput): { options: JobInput['options']; problems: Problem[] } {
  const problems: Problem[] = [];
  for (const kind of input.kinds) {
    const definition = findKind(kind);
    if (definition === undefined) continue;
    if (definition.target !== 'none' && input.destinations.length === 0) {
      problems.push({ path: 'destinations', message: `missing: expected at least one destination for kind ${kind}` });
    }
    const parsed = definition.spec.strict().safeParse(input.options[kind] ?? {});
    if (!parsed.success) problems.push(...problemsOf(parsed.error).map((problem) => ({ ...problem, path: `options.${kind}.${problem.path}` })));
  }
  for (const kind of Object.keys(input.options)) {
    if (!input.kinds.includes(kind))
      problems.push({ path: `options.${kind}`, message: `unused: expected options only for ${input.kinds.join(', ')}` });
  }
  return { options: input.options, problems };
}
