import { problemsOf, TachoError, type Problem } from '../../model/errors.ts';
import { jobInput, type JobInput } from '../../model/job.ts';
import { findKind } from '../../model/kinds/index.ts';
import { misfitOf } from '../../model/kinds/misfit.ts';
import { kindsOfMetrics } from '../../model/metric-words.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import type { PlanNow } from './planner.ts';

/**
 * A job as it was posted, judged by its schema, by the kinds it names and by what there is.
 * @throws {TachoError} invalid_request, which names every problem at once
 */
export function checkJob(body: unknown, plan: Pick<PlanNow, 'agents' | 'destinations'>): JobInput {
  const parsed = jobInput.safeParse(body);
  const problems = [...(parsed.success ? [] : problemsOf(parsed.error, { value: body })), ...problemsByPlan(body, plan)];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new TachoError('invalid_request', problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '), {
    details: problems.map((problem) => ({ ...problem, in: 'body' })),
  });
}

/** What only the kinds and what there is can tell of a job, whether or not it fits its schema. */
export function problemsByPlan(body: unknown, plan: Pick<PlanNow, 'agents' | 'destinations'>): Problem[] {
  return jobProblems(piecesOf(body), plan);
}

/** What is right of a posted job so far, whatever else is wrong. */
interface Pieces {
  readonly kinds: readonly string[];
  readonly destinations: readonly string[];
  readonly agents: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly hasMesh: boolean;
}

function piecesOf(body: unknown): Pieces {
  const fields: Readonly<Record<string, unknown>> = isRecord(body) ? body : {};
  const kinds = Array.isArray(fields['kinds']) ? texts(fields['kinds']) : kindsOfMetrics(texts(fields['metrics']));
  const options = isRecord(fields['options']) ? fields['options'] : {};
  return { kinds, destinations: texts(fields['destinations']), agents: texts(fields['agents']), options, hasMesh: isRecord(fields['mesh']) };
}

function jobProblems(pieces: Pieces, { agents, destinations }: Pick<PlanNow, 'agents' | 'destinations'>): Problem[] {
  const { kinds, options, hasMesh } = pieces;
  const problems: Problem[] = [];
  const definitions = kinds.map(findKind).filter((definition) => definition !== undefined);
  const aimed = definitions.filter(({ target }) => target !== 'none').map(({ kind }) => kind);
  if (aimed.length > 0 && pieces.destinations.length === 0 && !hasMesh) {
    problems.push({ path: 'destinations', message: `missing: expected at least one destination for ${aimed.join(', ')}` });
  }
  for (const definition of definitions) {
    const value = options[definition.kind] ?? {};
    const parsed = definition.spec.strict().safeParse(value);
    if (parsed.success) continue;
    const path = `options.${definition.kind}`;
    problems.push(
      ...problemsOf(parsed.error, { value }).map((problem) => ({ ...problem, path: problem.path === '' ? path : `${path}.${problem.path}` })),
    );
  }
  for (const kind of Object.keys(options)) {
    if (kinds.length > 0 && !kinds.includes(kind))
      problems.push({ path: `options.${kind}`, message: `unused: expected options only for ${kinds.join(', ')}` });
  }
  // What a tag, a label or * stands for may come later; a name is meant.
  for (const [index, selector] of pieces.destinations.entries()) {
    if (selector.startsWith('tag:')) continue;
    const path = `destinations[${index}]`;
    const found = destinations.find((destination) => selectsDestination(selector, destination));
    if (found === undefined) problems.push({ path, message: `no destination is called or numbered ${JSON.stringify(selector)}` });
    if (found === undefined) continue;
    // Of several kinds each measures what fits it; a destination that fits none is a mistake.
    const misfits = definitions
      .filter(({ target }) => target !== 'none')
      .map((definition) => ({ kind: definition.kind, misfit: misfitOf(definition, found.host, options[definition.kind]) }));
    if (misfits.length === 0 || misfits.some(({ misfit }) => misfit === null)) continue;
    const [first] = misfits;
    problems.push({
      path,
      message: `${misfits.map(({ kind }) => kind).join(', ')} cannot measure ${JSON.stringify(selector)}: ${first?.misfit ?? ''}`,
    });
  }
  for (const [index, selector] of pieces.agents.entries()) {
    if (selector === '*' || selector.startsWith('label:') || [...agents.values()].some((agent) => selectsAgent(selector, agent))) continue;
    problems.push({ path: `agents[${index}]`, message: `no agent is called or numbered ${JSON.stringify(selector)}` });
  }
  return problems;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').map((text) => text.trim()) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
