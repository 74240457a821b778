import * as z from 'zod';
import { problemsOf, TachoError } from '../../model/errors.ts';
import { reference } from '../../model/name.ts';
import { kindName, statusInput } from '../../model/result.ts';
import { topics, type Topic } from '../../protocol/live.ts';
import { manyOf } from '../http/list.ts';
import type { Directory, Thing } from '../ingest/directory.ts';

/** What filters look at, of a result or a run. */
export interface Heard {
  readonly kind: string;
  readonly status: string;
  readonly agent_id: number;
  readonly destination_id: number | null;
  readonly job_id: number | null;
}

/** What a listener wants to hear. */
export interface Listening {
  readonly topics: ReadonlySet<Topic>;
  /** Which results and runs; null for all. */
  readonly wants: ((heard: Heard) => boolean) | null;
  readonly resume: { readonly stream: string; readonly seq: number } | null;
}

const query = z.strictObject({
  topics: manyOf(z.enum(topics)).optional(),
  kind: manyOf(kindName).optional(),
  agent: manyOf(reference).optional(),
  destination: manyOf(reference).optional(),
  job: manyOf(reference).optional(),
  status: manyOf(z.union([z.literal('missing'), statusInput])).optional(),
  resume: z
    .string()
    .regex(/^[\w-]{1,64}:\d{1,15}$/, 'invalid resume: expected STREAM:SEQ as the server said them')
    .optional(),
});

/** @throws {TachoError} invalid_request, not_found */
export async function readListening(parameters: URLSearchParams, directory: Directory): Promise<Listening> {
  const value = Object.fromEntries(parameters);
  const parsed = query.safeParse(value);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error, { value });
    throw new TachoError('invalid_request', `${problem?.path ?? ''}: ${problem?.message ?? 'invalid query'}`);
  }
  const { kind, status, resume, ...references } = parsed.data;
  const idsOf = async (thing: Thing): Promise<ReadonlySet<number> | null> => {
    const wanted = references[thing];
    if (wanted === undefined) return null;
    const ids = new Set<number>();
    for (const one of wanted) {
      const id = await directory.resolve(thing, one);
      if (id === null) throw new TachoError('not_found', `no ${thing} is called or numbered ${JSON.stringify(one)}`);
      ids.add(id);
    }
    return ids;
  };
  const [agents, destinations, jobs] = [await idsOf('agent'), await idsOf('destination'), await idsOf('job')];
  const filters: ((heard: Heard) => boolean)[] = [];
  if (kind !== undefined) filters.push((result) => kind.includes(result.kind));
  if (status !== undefined) filters.push((result) => status.some((one) => one === result.status));
  if (agents !== null) filters.push((result) => agents.has(result.agent_id));
  if (destinations !== null) filters.push((result) => result.destination_id !== null && destinations.has(result.destination_id));
  if (jobs !== null) filters.push((result) => result.job_id !== null && jobs.has(result.job_id));
  const [stream = '', seq = ''] = resume?.split(':') ?? [];
  return {
    topics: new Set(references.topics ?? ['agents', 'results']),
    wants: filters.length === 0 ? null : (result) => filters.every((filter) => filter(result)),
    resume: resume === undefined ? null : { stream, seq: Number(seq) },
  };
}
