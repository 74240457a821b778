import type { StoredDestination } from '../../model/destination.ts';
import { TachoError } from '../../model/errors.ts';
import { kinds } from '../../model/kinds/index.ts';
import type { StoredJob } from '../../model/job.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import type { Objects } from '../../store/control/control-store.ts';
import { refuseDeclared } from './refuse-declared.ts';

interface Named {
  readonly id: number;
  readonly name: string;
}

/** Whether a job's selector means this thing by its name or id, and not by a tag, a label or `*`. */
const namesDestination = (selector: string, { id, name }: Named): boolean => selectsDestination(selector, { id, name, tags: [] });
const namesAgent = (selector: string, { id, name }: Named): boolean =>
  selector !== '*' && !selector.startsWith('label:') && selectsAgent(selector, { id, name, labels: {} });

/** The job without a destination; null where it does not name it. */
function withoutDestination(job: StoredJob, gone: Named): StoredJob | null {
  const destinations = job.destinations.filter((selector) => !namesDestination(selector, gone));
  return destinations.length === job.destinations.length ? null : { ...job, destinations };
}

/** The job without an agent; a mesh whose hub it is goes with it. null where the job does not name it. */
function withoutAgent(job: StoredJob, gone: Named): StoredJob | null {
  const agents = job.agents.filter((selector) => !namesAgent(selector, gone));
  const isHub = job.mesh?.type === 'hub' && namesAgent(job.mesh.hub, gone);
  return agents.length === job.agents.length && !isHub ? null : { ...job, agents, mesh: isHub ? null : job.mesh };
}

/** Whether a job can measure nothing: nobody does, or there is nothing to be measured. */
function isLeftWithout({ agents, destinations, mesh, kinds: measured }: StoredJob): boolean {
  const known: Readonly<Record<string, { readonly target: string }>> = kinds;
  return agents.length === 0 || (destinations.length === 0 && mesh === null && measured.some((kind) => known[kind]?.target !== 'none'));
}

/** What stands between a thing and its removal. */
interface Uses {
  readonly thing: 'agent' | 'destination';
  readonly name: string;
  /** Jobs that name it, as they would be without it. */
  readonly jobs: readonly StoredJob[];
  /** Destinations that are this agent. */
  readonly destinations: readonly StoredDestination[];
  readonly hint: string;
}

/**
 * Removes a destination that no job names, or, with force, takes it out of those that do, together.
 * @throws {TachoError} conflict, naming who uses it or the file that declares it. Answers the jobs that changed
 */
export async function removeDestination({ jobs, destinations }: Objects, destination: StoredDestination, force: boolean): Promise<StoredJob[]> {
  refuseDeclared('destination', destination);
  const all = await jobs.list();
  const users = all.flatMap((job) => withoutDestination(job, destination) ?? []);
  const byTag = all.filter((job) => destination.tags.some((tag) => job.destinations.includes(`tag:${tag}`))).length;
  const hint = byTag === 0 ? '' : ` (${byTag === 1 ? '1 job selects' : `${byTag} jobs select`} it by a tag, which is no hindrance)`;
  permit({ thing: 'destination', name: destination.name, jobs: users, destinations: [], hint }, force);
  const changed = await detach(jobs, users);
  await destinations.remove(destination.id);
  return changed;
}

/**
 * Removes an agent that nothing names, or, with force, takes it out of the jobs that do, and removes the destinations
 * that are this agent, together.
 * @throws {TachoError} conflict, naming who uses it or the file that declares that
 */
export async function removeAgent({ jobs, destinations, agents }: Objects, agent: Named, force: boolean): Promise<StoredJob[]> {
  const own = (await destinations.list()).filter(({ agent_id: agentId }) => agentId === agent.id);
  const users = (await jobs.list()).flatMap((job) => {
    const rest = own.reduce((kept, destination) => withoutDestination(kept, destination) ?? kept, withoutAgent(job, agent) ?? job);
    return rest === job ? [] : [rest];
  });
  permit({ thing: 'agent', name: agent.name, jobs: users, destinations: own, hint: '' }, force);
  const changed = await detach(jobs, users);
  for (const { id } of own) await destinations.remove(id);
  await agents.remove(agent.id);
  return changed;
}

function permit({ thing, name, jobs, destinations, hint }: Uses, force: boolean): void {
  if (jobs.length === 0 && destinations.length === 0) return;
  const declared = [...jobs, ...destinations].find(({ declared_by: file }) => file !== null);
  if (force && declared === undefined) return;
  const left = jobs.filter(isLeftWithout);
  const users = [
    ...(jobs.length === 0 ? [] : [`${jobs.length === 1 ? 'job' : 'jobs'} ${quoted(jobs)}`]),
    ...(destinations.length === 0 ? [] : [`${destinations.length === 1 ? 'destination' : 'destinations'} ${quoted(destinations)}`]),
  ].join(' and ');
  const next =
    declared === undefined
      ? `with force it is taken out of them${left.length === 0 ? '' : `, which leaves ${quoted(left)} with nothing to do`}`
      : `${JSON.stringify(declared.name)} is declared by ${declared.declared_by ?? ''}: take it out there first`;
  throw new TachoError('conflict', `${thing} ${JSON.stringify(name)} is used by ${users}${hint}: ${next}`, {
    details: {
      jobs: jobs.map((job) => job.name),
      ...(thing === 'agent' && { destinations: destinations.map((destination) => destination.name) }),
      left_without: left.map((job) => job.name),
      can_force: declared === undefined,
    },
  });
}

async function detach(jobs: Objects['jobs'], users: readonly StoredJob[]): Promise<StoredJob[]> {
  const changed: StoredJob[] = [];
  for (const job of users) changed.push(await jobs.update(job.id, job, { declaredBy: job.declared_by }));
  return changed;
}

function quoted(things: readonly Named[]): string {
  const shown = things.slice(0, 5).map(({ name }) => JSON.stringify(name));
  return things.length > 5 ? `${shown.join(', ')} and ${things.length - 5} more` : shown.join(', ');
}
