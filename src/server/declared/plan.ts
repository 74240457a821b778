import type { ApplyAction, ApplyItem } from '../../model/apply.ts';
import { destinationFields, isSame, jobFields, type Declared, type Fields, type Objects } from '../../model/config-file.ts';
import type { DestinationInput, StoredDestination } from '../../model/destination.ts';
import type { Problem } from '../../model/errors.ts';
import { formatInstant } from '../../model/instant.ts';
import type { JobInput, StoredJob } from '../../model/job.ts';
import { referenceId, type Reference } from '../../model/name.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import { problemsByPlan } from '../planning/check-job.ts';

/** One object and what becomes of it. `input` is what it is to be; null where it goes or stays. */
export interface PlannedDestination extends ApplyItem {
  readonly id: number | null;
  readonly input: DestinationInput | null;
  readonly agentId: number | null;
}
export interface PlannedJob extends ApplyItem {
  readonly id: number | null;
  readonly input: JobInput | null;
}

export interface DeclaredPlan {
  readonly destinations: readonly PlannedDestination[];
  readonly jobs: readonly PlannedJob[];
  readonly warnings: readonly Problem[];
  readonly problems: readonly Problem[];
}

export interface PlanOptions {
  readonly source: string;
  /** What becomes of objects that the source declares no more. */
  readonly orphans: 'remove' | 'release' | 'keep';
  readonly now: number;
}

/** What must change so that everything declared is so. Nothing may be done while there are problems. */
export function planDeclared(declared: Declared, present: Objects, options: PlanOptions): DeclaredPlan {
  const problems: Problem[] = [...declared.problems];
  const warnings: Problem[] = [];
  const foreign = (place: string, thing: string, found: { name: string; declared_by: string | null } | undefined): void => {
    if (found?.declared_by == null || found.declared_by === options.source) return;
    const message = `${thing} ${JSON.stringify(found.name)} is declared by ${found.declared_by}: take it out there and release it, or apply both as one file`;
    problems.push({ path: `${place}.name`, message });
  };

  const destinations = declared.destinations.flatMap((input, index): PlannedDestination[] => {
    if (input === null) return [];
    const place = `destinations[${index}]`;
    const found = present.destinations.find(({ name }) => name === input.name);
    foreign(place, 'destination', found);
    const agentId = input.agent == null ? null : agentOf(input.agent, present.agents);
    if (agentId === undefined) problems.push({ path: `${place}.agent`, message: `no agent is called or numbered ${JSON.stringify(input.agent)}` });
    const wanted = { ...input, host: input.host ?? input.name, agent_id: agentId ?? null };
    const before = found && destinationFields(found, present.agents);
    const item = compared('destination', input.name, { before, after: destinationFields(wanted, present.agents), found, source: options.source });
    return [{ ...item, id: found?.id ?? null, input, agentId: agentId ?? null }];
  });
  const goneDestinations = orphans('destination', { present: present.destinations, declared: declared.destinations }, options);

  const remaining = present.destinations.filter(({ id }) => !goneDestinations.some((gone) => gone.id === id && gone.action === 'remove'));
  const there = [
    ...remaining.filter(({ name }) => !destinations.some((planned) => planned.name === name)),
    ...destinations.map(({ id, name, input, agentId }) => asStored(input, { id: id ?? 0, name, agentId })),
  ];

  const jobs = declared.jobs.flatMap((input, index): PlannedJob[] => {
    const place = `jobs[${index}]`;
    // Agents may enrol later: they are warned of below.
    const said = { ...(declared.saidJobs[index] as object), agents: [] };
    const wrong = problemsByPlan(said, { agents: new Map(), destinations: there });
    problems.push(...wrong.map(({ path, message }) => ({ path: `${place}.${path}`, message })));
    if (input === null) return [];
    const found = present.jobs.find(({ name }) => name === input.name);
    foreign(place, 'job', found);
    warnings.push(...jobWarnings(input, present, options.now).map(({ path, message }) => ({ path: `${place}.${path}`, message })));
    const before = found && jobFields(found, present);
    const item = compared('job', input.name, { before, after: jobFields(input, present), found, source: options.source });
    return [{ ...item, id: found?.id ?? null, input: found === undefined ? input : keepingWords(input, found, item) }];
  });
  const goneJobs = orphans('job', { present: present.jobs, declared: declared.jobs }, options);
  problems.push(...stillNamed(goneDestinations, present, new Set([...declared.jobs.map((job) => job?.name), ...goneJobs.flatMap(removedName)])));

  return {
    destinations: [...destinations, ...goneDestinations.map((gone) => ({ ...gone, input: null, agentId: null }))],
    jobs: [...jobs, ...goneJobs.map((gone) => ({ ...gone, input: null }))],
    warnings,
    problems,
  };
}

/** A declared destination as it will be, for those who ask what a job can measure. An id of 0 is none yet. */
function asStored(
  input: DestinationInput | null,
  { id, name, agentId }: { readonly id: number; readonly name: string; readonly agentId: number | null },
): StoredDestination {
  const { host = name, display_name = null, description = null, tags = [], status = 'active' } = input ?? {};
  return { id, name, host, display_name, description, tags, status, agent_id: agentId, external: false, created_at: 0, declared_by: null };
}

function agentOf(reference: Reference, agents: Objects['agents']): number | undefined {
  const wanted = referenceId(reference);
  return agents.find(({ id, name }) => (wanted === null ? name === reference : id === wanted))?.id;
}

interface Compared {
  /** undefined where there is no such object yet. */
  readonly before: Fields | undefined;
  readonly after: Fields;
  readonly found: { readonly declared_by: string | null } | undefined;
  readonly source: string;
}

function compared(thing: ApplyItem['thing'], name: string, { before, after, found, source }: Compared): ApplyItem {
  if (found === undefined || before === undefined) return { thing, name, action: 'add', takes_over: false, changes: [] };
  const takesOver = found.declared_by !== source;
  const changes = Object.entries(after)
    .filter(([field, value]) => !isSame(before[field], value))
    .map(([field, value]) => ({ field, before: before[field], after: value }));
  const action: ApplyAction = changes.length > 0 || takesOver ? 'change' : 'none';
  return { thing, name, action, takes_over: takesOver, changes };
}

/** A field that says the same keeps the words it had: another order of keys, or an id for a name, is no new plan. */
function keepingWords(input: JobInput, found: StoredJob, { changes }: ApplyItem): JobInput {
  const changed = new Set(changes.map(({ field }) => field));
  const kept = Object.keys(input).filter((field) => field !== 'name' && !changed.has(field === 'kinds' ? 'metrics' : field));
  return { ...input, ...Object.fromEntries(kept.map((field) => [field, found[field as keyof JobInput]])) };
}

function orphans(
  thing: ApplyItem['thing'],
  lists: { readonly present: readonly (StoredDestination | StoredJob)[]; readonly declared: readonly ({ readonly name: string } | null)[] },
  { source, orphans: action }: PlanOptions,
): (ApplyItem & { readonly id: number })[] {
  const names = new Set(lists.declared.map((input) => input?.name));
  return lists.present
    .filter(({ declared_by: declaredBy, name }) => declaredBy === source && !names.has(name))
    .map(({ id, name }) => ({ thing, name, id, action, takes_over: false, changes: [] }));
}

function removedName({ name, action }: ApplyItem): string[] {
  return action === 'remove' ? [name] : [];
}

/** Destinations that would go although jobs that are not of this file name them. */
function stillNamed(gone: readonly (ApplyItem & { readonly id: number })[], present: Objects, ours: ReadonlySet<string | undefined>): Problem[] {
  return gone
    .filter(({ action }) => action === 'remove')
    .flatMap(({ id, name }) =>
      present.jobs
        .filter((job) => !ours.has(job.name) && job.destinations.some((selector) => selectsDestination(selector, { id, name, tags: [] })))
        .map((job) => ({
          path: 'destinations',
          message: `cannot remove destination ${JSON.stringify(name)}: job ${JSON.stringify(job.name)} names it`,
        })),
    );
}

function jobWarnings({ end_time: endTime, agents, enabled }: JobInput, present: Objects, now: number): Problem[] {
  const warnings: Problem[] = [];
  if (endTime !== null && endTime <= now && enabled)
    warnings.push({ path: 'end_time', message: `${formatInstant(endTime)} is in the past: the job will not run` });
  agents.forEach((selector, at) => {
    if (selector === '*' || selector.startsWith('label:')) return;
    if (!present.agents.some((agent) => selectsAgent(selector, { ...agent, labels: {} })))
      warnings.push({ path: `agents[${at}]`, message: `no agent is called or numbered ${JSON.stringify(selector)} yet` });
  });
  return warnings;
}
