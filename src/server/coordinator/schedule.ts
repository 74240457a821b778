import { createHash } from 'node:crypto';
import type { Destination } from '../../model/destination.ts';
import type { StoredJob } from '../../model/job.ts';
import { findKind } from '../../model/kinds/index.ts';
import type { KindDefinition } from '../../model/kinds/kind.ts';
import { misfitOf } from '../../model/kinds/misfit.ts';
import type { PlannedSeries } from '../../model/run.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import { timetableOf } from '../../model/timetable/timetable.ts';
import type { Assignment, Schedule } from '../../protocol/messages.ts';
import type { AgentRow } from '../../store/control/control-store.ts';
import { targetsOf, type TargetsOf } from '../planning/mesh.ts';

export interface Plan {
  readonly jobs: readonly StoredJob[];
  readonly destinations: readonly Destination[];
  /** All agents: destinations may be some of them. */
  readonly agents: readonly AgentRow[];
}

/** One kind of a job, with what it is measured against: made once for all agents. */
interface PreparedKind {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** null where the agent measures itself. */
  readonly destinations: readonly Destination[] | null;
}

export interface PreparedJob {
  readonly job: StoredJob;
  readonly targetsOf: TargetsOf;
  readonly kinds: readonly PreparedKind[];
}

/** The enabled jobs with what each measures, whoever does it. */
export function preparePlan({ jobs, destinations, agents }: Plan): PreparedJob[] {
  const active = destinations.filter(({ status }) => status === 'active');
  return jobs
    .filter(({ enabled }) => enabled)
    .map((job) => {
      const chosen = active.filter((destination) => job.destinations.some((selector) => selectsDestination(selector, destination)));
      const kinds = job.kinds.flatMap((kind): PreparedKind[] => {
        const definition = findKind(kind);
        if (definition === undefined) return [];
        const spec = job.options[kind] ?? {};
        if (definition.target === 'none') return [{ kind, spec, destinations: null }];
        return [{ kind, spec, destinations: chosen.filter((destination) => isMeasured(job, destination, definition)) }];
      });
      return { job, targetsOf: targetsOf(job, { agents, destinations: active }), kinds };
    });
}

/** Of several kinds each takes the destinations that fit it. What is named and fits none is measured, so that this is seen to fail. */
function isMeasured(job: StoredJob, destination: Destination, definition: KindDefinition): boolean {
  const fits = (one: KindDefinition): boolean => misfitOf(one, destination.host, job.options[one.kind]) === null;
  if (fits(definition)) return true;
  const named = job.destinations.some((selector) => !selector.startsWith('tag:') && selectsDestination(selector, destination));
  return named && !job.kinds.some((kind) => isAimed(findKind(kind)) && fits(findKind(kind) ?? definition));
}

function isAimed(definition: KindDefinition | undefined): boolean {
  return definition !== undefined && definition.target !== 'none';
}

/** What one agent measures of the plan: all that names it, also what it cannot do, so that this is seen as failing runs. */
export function assignmentsOf(agent: AgentRow, prepared: readonly PreparedJob[]): Assignment[] {
  if (agent.revokedAt !== null || agent.external) return [];
  const assignments: Assignment[] = [];
  for (const { job, targetsOf, kinds } of prepared) {
    if (!job.agents.some((selector) => selectsAgent(selector, agent))) continue;
    for (const { kind, spec, destinations } of kinds) {
      const budget = job.budget_mb_per_day === null ? {} : { budget_mb_per_day: job.budget_mb_per_day };
      const common = { job_id: job.id, job: job.name, revision: job.revision, kind, spec, ...budget };
      if (destinations === null) {
        assignments.push({ ...common, ...timesOf(job, Math.max(job.since, agent.createdAt)), destination: null });
        continue;
      }
      for (const { id, name, host, created_at } of targetsOf(agent, destinations)) {
        // A plan begins when all it needs is there, so that a new agent or destination is measured at once.
        const madeAt = Math.max(job.since, agent.createdAt, created_at);
        assignments.push({ ...common, ...timesOf(job, madeAt), destination: { id, name, host } });
      }
    }
  }
  return assignments;
}

export function scheduleOf(agent: AgentRow, assignments: Assignment[]): Schedule {
  const budget = agent.budgetMbPerDay;
  return { version: versionOf([assignments, budget]), assignments, breaker: null, budget_mb_per_day: budget };
}

/** The schedule of one agent, from the plan as it is. */
export function scheduleFor(agent: AgentRow, plan: Plan): Schedule {
  return scheduleOf(agent, assignmentsOf(agent, preparePlan(plan)));
}

export function seriesOf(agent: Pick<AgentRow, 'id'>, { job_id: jobId, revision, destination, kind }: Assignment): PlannedSeries {
  return { jobId, revision, agentId: agent.id, destinationId: destination?.id ?? null, kind };
}

function timesOf(job: StoredJob, madeAt: number): Pick<Assignment, 'made_at' | 'timetable'> {
  return { made_at: madeAt, timetable: timetableOf({ ...job, since: madeAt }) };
}

/** Same content, same version: an agent that already holds it is not sent it again. */
function versionOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22);
}
