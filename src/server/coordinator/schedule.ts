import { createHash } from 'node:crypto';
import type { Destination } from '../../model/destination.ts';
import type { Job } from '../../model/job.ts';
import { findKind } from '../../model/kinds/index.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import { timetableOf } from '../../model/timetable/timetable.ts';
import type { Assignment, Schedule } from '../../protocol/messages.ts';
import type { AgentRow } from '../../store/control/control-store.ts';
import { meshedDestinations, reachedFrom } from '../planning/mesh.ts';

export interface Plan {
  readonly jobs: readonly Job[];
  readonly destinations: readonly Destination[];
  /** All agents: destinations may be some of them. */
  readonly agents: readonly AgentRow[];
}

/** What one agent measures: every enabled job that names it, each kind it can do, each active destination. */
export function scheduleFor(agent: AgentRow, plan: Plan): Schedule {
  const { jobs, destinations, agents } = plan;
  const assignments: Assignment[] = [];
  for (const job of jobs) {
    if (!job.enabled || !job.agents.some((selector) => selectsAgent(selector, agent))) continue;
    const named = destinations.filter((destination) => job.destinations.some((selector) => selectsDestination(selector, destination)));
    const chosen = [...new Set([...named, ...meshedDestinations(job, agent, plan)])]
      .filter(({ status }) => status === 'active')
      .flatMap((destination) => reachedFrom(agent, destination, agents) ?? []);
    for (const kind of job.kinds) {
      const definition = findKind(kind);
      if (definition === undefined || agent.capabilities[kind]?.available !== true) continue;
      const common = {
        job_id: job.id,
        job: job.name,
        revision: job.revision,
        kind,
        spec: job.options[kind] ?? {},
      };
      if (definition.target === 'none') {
        assignments.push({ ...common, ...timesOf(job, Math.max(job.since, agent.createdAt)), destination: null });
        continue;
      }
      for (const { id, name, host, created_at } of chosen) {
        // A plan begins when all it needs is there, so that a new agent or destination is measured at once.
        const madeAt = Math.max(job.since, agent.createdAt, created_at);
        assignments.push({ ...common, ...timesOf(job, madeAt), destination: { id, name, host } });
      }
    }
  }
  return { version: versionOf(assignments), assignments, breaker: null, budget_mb_per_day: agent.budgetMbPerDay };
}

function timesOf(job: Job, madeAt: number): Pick<Assignment, 'made_at' | 'timetable'> {
  return { made_at: madeAt, timetable: timetableOf({ ...job, since: madeAt }) };
}

/** Same content, same version: an agent that already holds it is not sent it again. */
function versionOf(assignments: readonly Assignment[]): string {
  return createHash('sha256').update(JSON.stringify(assignments)).digest('base64url').slice(0, 22);
}
