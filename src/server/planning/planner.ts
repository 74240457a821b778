import type { StoredDestination } from '../../model/destination.ts';
import type { StoredJob } from '../../model/job.ts';
import type { Schedule } from '../../protocol/messages.ts';
import type { AgentRow, ControlStore } from '../../store/control/control-store.ts';
import { sharedRun } from '../../util/shared-run.ts';
import { scheduleFor } from '../coordinator/schedule.ts';
import { ensureMeshDestinations } from './mesh.ts';

export interface PlanNow {
  readonly jobs: readonly StoredJob[];
  readonly destinations: readonly StoredDestination[];
  readonly agents: readonly AgentRow[];
}

export interface Planner {
  /** Reads everything anew. Calls that come meanwhile share the reading after it. */
  replan(): Promise<void>;
  /** The plan as it was read last. */
  now(): Promise<PlanNow>;
  /** The schedule of one agent as it describes itself now. */
  scheduleOf(agent: AgentRow): Promise<Schedule>;
}

export function createPlanner({ control }: { readonly control: ControlStore }): Planner {
  let plan: PlanNow | null = null;
  const read = sharedRun(async () => {
    const [jobs, destinations, agents] = await Promise.all([control.jobs.list(), control.destinations.list(), control.agents.list()]);
    const made = await ensureMeshDestinations(control, { jobs, destinations, agents });
    plan = { jobs, destinations: [...destinations, ...made], agents };
    return plan;
  });
  return {
    replan: async () => {
      await read();
    },
    now: async () => plan ?? (await read()),
    scheduleOf: async (agent) => {
      const known = plan?.agents.find(({ id }) => id === agent.id);
      return scheduleFor(agent, known === undefined || plan === null ? await read() : plan);
    },
  };
}
