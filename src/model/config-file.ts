import * as z from 'zod';
import { destinationInput, type DestinationInput, type StoredDestination } from './destination.ts';
import { problemsOf, type Problem } from './errors.ts';
import { formatInstant } from './instant.ts';
import { DEFAULT_INTERVAL_S, jobInput, type JobInput, type Mesh, type StoredJob } from './job.ts';
import { referenceId } from './name.ts';

/** What a declared job measures where the file does not say: whether its destinations answer, and how fast. */
export const DEFAULT_METRICS: readonly string[] = ['ping'];

/** A job as a file says it: what it leaves out besides the API's own defaults is filled in. */
export const declaredJob = z.preprocess((value) => (isObject(value) ? withJobDefaults(value) : value), jobInput);

/** What a file declares. What could not be read is null, so that the others keep their places. */
export interface Declared {
  readonly destinations: readonly (DestinationInput | null)[];
  readonly jobs: readonly (JobInput | null)[];
  /** The jobs as the file says them, with what it leaves out, also where they could not be read. */
  readonly saidJobs: readonly unknown[];
  readonly problems: readonly Problem[];
}

/** Reads every object by itself, so that each says all that is wrong with it. */
export function readDeclared(objects: { readonly destinations: readonly unknown[]; readonly jobs: readonly unknown[] }): Declared {
  const problems: Problem[] = [];
  const destinations = readAll('destinations', { schema: destinationInput, known: Object.keys(destinationInput.shape) }, objects.destinations);
  const jobs = readAll('jobs', { schema: declaredJob, known: Object.keys(jobInput.in.shape) }, objects.jobs);
  problems.push(...destinations.problems, ...jobs.problems);
  return {
    destinations: destinations.items,
    jobs: jobs.items,
    saidJobs: objects.jobs.map((value) => (isObject(value) ? withJobDefaults(value) : {})),
    problems,
  };
}

function readAll<T extends z.ZodType<{ readonly name: string }>>(
  list: string,
  { schema, known }: { readonly schema: T; readonly known: readonly string[] },
  values: readonly unknown[],
): { items: (z.output<T> | null)[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const places = new Map<string, string>();
  const items = values.map((value, index) => {
    const place = `${list}[${index}]`;
    const unknown = isObject(value) ? Object.keys(value).filter((key) => !known.includes(key)) : [];
    for (const key of unknown) problems.push({ path: `${place}.${key}`, message: `unknown field: expected one of ${known.join(', ')}` });
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      problems.push(...problemsOf(parsed.error, { value }).map(({ path, message }) => ({ path: joined(place, path), message })));
      return null;
    }
    const { name } = parsed.data;
    const before = places.get(name);
    if (before !== undefined)
      problems.push({ path: `${place}.name`, message: `${JSON.stringify(name)} is declared twice: ${before} has the same name` });
    places.set(name, place);
    return parsed.data;
  });
  return { items, problems };
}

function withJobDefaults(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    ...value,
    ...(value['interval'] == null && value['cron'] == null && { interval: DEFAULT_INTERVAL_S }),
    ...(value['kinds'] === undefined && value['metrics'] === undefined && { metrics: DEFAULT_METRICS }),
  };
}

interface Named {
  readonly id: number;
  readonly name: string;
}

/** Everything that a file can declare, and what it may name. */
export interface Objects {
  readonly destinations: readonly StoredDestination[];
  readonly jobs: readonly StoredJob[];
  readonly agents: readonly Named[];
}

export type Fields = Readonly<Record<string, unknown>>;

/** What a file says of a destination besides its name, in the order in which it is written. */
export function destinationFields(
  destination: Pick<StoredDestination, 'host' | 'display_name' | 'description' | 'tags' | 'status' | 'agent_id'>,
  agents: readonly Named[],
): Fields {
  const { host, display_name, description, tags, status, agent_id: agentId } = destination;
  const agent = agentId === null ? null : (agents.find(({ id }) => id === agentId)?.name ?? agentId);
  return { host, display_name, description, tags, status, agent };
}

/** What a file says of a job besides its name. Ids are another server's another time: names stand for them where they can. */
export function jobFields(job: JobInput, { destinations, agents }: Pick<Objects, 'destinations' | 'agents'>): Fields {
  const agentName = (selector: string): string => nameOf(selector, agents, (name) => name === '*' || name.startsWith('label:'));
  return {
    description: job.description,
    enabled: job.enabled,
    interval: job.interval,
    cron: job.cron,
    time_zone: job.time_zone,
    start_time: job.start_time === null ? null : formatInstant(job.start_time),
    end_time: job.end_time === null ? null : formatInstant(job.end_time),
    windows: job.windows,
    metrics: job.metrics,
    destinations: job.destinations.map((selector) => nameOf(selector, destinations, (name) => name.startsWith('tag:'))),
    agents: job.agents.map(agentName),
    mesh: meshFields(job.mesh, agentName),
    tags: job.tags,
    options: job.options,
    budget_mb_per_day: job.budget_mb_per_day,
  };
}

function meshFields(mesh: Mesh | null, agentName: (selector: string) => string): Mesh | null {
  return mesh?.type === 'hub' ? { ...mesh, hub: agentName(mesh.hub) } : mesh;
}

/** The name of what an id selects, unless that name would select something else. */
function nameOf(selector: string, things: readonly Named[], isOther: (name: string) => boolean): string {
  const id = referenceId(selector);
  const found = id === null ? undefined : things.find((thing) => thing.id === id);
  return found === undefined || isOther(found.name) ? selector : found.name;
}

/** What a file leaves out, because it holds anyway; so does a host that is the name. A job's interval or cron is null where the other one holds. */
const destinationDefaults: Fields = { display_name: null, description: null, tags: [], status: 'active', agent: null };
const jobDefaults: Fields = {
  ...{ description: null, enabled: true, interval: null, cron: null, time_zone: 'UTC', start_time: null, end_time: null, windows: [] },
  ...{ destinations: [], agents: ['*'], mesh: null, tags: [], options: {}, budget_mb_per_day: null },
};

/**
 * The file that declares what there is. Left out is what comes by itself: destinations known only from posted results,
 * and those that stand for an agent and say nothing else, as a mesh makes them; unless a job names them.
 */
export function configOf({ destinations, jobs, agents }: Objects): { destinations: Fields[]; jobs: Fields[] } {
  const fields = jobs.map((job): Fields => ({ name: job.name, ...jobFields(job, { destinations, agents }) }));
  const named = new Set(fields.flatMap((job) => job['destinations'] as string[]));
  return {
    destinations: destinations
      .filter((destination) => named.has(destination.name) || !comesByItself(destination))
      .map((destination) => ({
        name: destination.name,
        ...without({ ...destinationDefaults, host: destination.name }, destinationFields(destination, agents)),
      })),
    jobs: fields.map((job) => without(jobDefaults, job)),
  };
}

function comesByItself({ external, agent_id, declared_by, display_name, description, tags, status }: StoredDestination): boolean {
  if (external) return true;
  return agent_id !== null && declared_by === null && display_name === null && description === null && tags.length === 0 && status === 'active';
}

function without(defaults: Fields, fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !Object.hasOwn(defaults, key) || !isSame(defaults[key], value)));
}

/** Whether two JSON values say the same; the order of keys says nothing. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function joined(place: string, path: string): string {
  return path === '' || path.startsWith('[') ? place + path : `${place}.${path}`;
}
