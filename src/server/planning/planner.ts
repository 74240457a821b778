import type { Logger } from 'pino';
import type { Destination } from '../../model/destination.ts';
import type { StoredJob } from '../../model/job.ts';
import type { PlannedSeries } from '../../model/run.ts';
import type { Timetable } from '../../model/timetable/timetable.ts';
import type { Schedule } from '../../protocol/messages.ts';
import type { AgentRow, ControlStore, PlannedSeriesRow } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import { assignmentsOf, preparePlan, scheduleOf, seriesOf, type PreparedJob } from '../coordinator/schedule.ts';
import { ledgerKey } from './ledger-key.ts';
import { ensureMeshDestinations } from './mesh.ts';

/** One line of the plan as it is now. */
export interface OpenSeries extends PlannedSeries {
  readonly timetable: Timetable;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Everything that is planned, read together. */
export interface PlanNow {
  readonly jobs: readonly StoredJob[];
  readonly destinations: readonly Destination[];
  readonly agents: ReadonlyMap<number, AgentRow>;
  readonly prepared: readonly PreparedJob[];
  /** By the job's id. */
  readonly series: ReadonlyMap<number, readonly OpenSeries[]>;
}

export interface PlannerOptions {
  readonly control: Pick<ControlStore, 'jobs' | 'destinations' | 'agents' | 'planLedger'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** Told of each new plan. */
  readonly onPlan?: (plan: PlanNow) => void;
}

export interface Planner {
  /** Reads everything anew and brings the ledger up to date. Calls that come meanwhile share the reading after it. */
  replan(): Promise<void>;
  /** The plan as it was read last. */
  now(): Promise<PlanNow>;
  /** The schedule of one agent as it describes itself now. An agent that is new, or has other labels, makes a new plan. */
  scheduleOf(agent: AgentRow): Promise<Schedule>;
}

/** Knows jobs, destinations and agents once for all who ask, and keeps the ledger of what was planned when. */
export function createPlanner({ control, clock, logger, onPlan }: PlannerOptions): Planner {
  let plan: PlanNow | null = null;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  /** The ledger's open rows by key; null where they are to be read. */
  let open: Map<string, PlannedSeriesRow> | null = null;

  const bringLedgerUpToDate = async (series: Iterable<OpenSeries>): Promise<void> => {
    open ??= new Map((await control.planLedger.open()).map((row) => [ledgerKey(row), row]));
    const ended = new Map(open);
    const begun: (PlannedSeries & { timetable: Timetable })[] = [];
    for (const { spec: _spec, ...one } of series) if (!ended.delete(ledgerKey(one))) begun.push(one);
    if (begun.length === 0 && ended.size === 0) return;
    const known = open;
    // Whatever becomes of the change, what is open then is to be read: the ids of new rows are the store's to give.
    open = null;
    await control.planLedger.change({ at: clock.now(), ended: [...ended.values()].map(({ id }) => id), begun });
    logger.debug({ begun: begun.length, ended: ended.size }, 'the plan changed');
    if (begun.length > 0) return;
    for (const key of ended.keys()) known.delete(key);
    open = known;
  };

  const read = async (): Promise<void> => {
    const [jobs, stored, rows] = await Promise.all([control.jobs.list(), control.destinations.list(), control.agents.list()]);
    const destinations = [...stored, ...(await ensureMeshDestinations(control, { jobs, destinations: stored, agents: rows }))];
    const prepared = preparePlan({ jobs, destinations, agents: rows });
    const series = new Map<number, OpenSeries[]>();
    for (const agent of rows) {
      for (const assignment of assignmentsOf(agent, prepared)) {
        const one = { ...seriesOf(agent, assignment), timetable: assignment.timetable, spec: assignment.spec };
        const ofJob = series.get(one.jobId);
        if (ofJob === undefined) series.set(one.jobId, [one]);
        else ofJob.push(one);
      }
    }
    plan = { jobs, destinations, agents: new Map(rows.map((row) => [row.id, row])), prepared, series };
    await bringLedgerUpToDate([...series.values()].flat());
    onPlan?.(plan);
  };

  const start = async (): Promise<void> => {
    next = null;
    running = read().finally(() => (running = null));
    await running;
  };
  const replan = (): Promise<void> => {
    if (running === null) return start();
    // What is being read may be older than the change that led here.
    next ??= running.then(start, start);
    return next;
  };
  const now = async (): Promise<PlanNow> => {
    if (plan === null) await replan();
    if (plan === null) throw new Error('the plan could not be read');
    return plan;
  };

  return {
    replan,
    now,
    scheduleOf: async (agent) => {
      const known = (await now()).agents.get(agent.id);
      if (known?.revokedAt !== agent.revokedAt || !isSame(known.labels, agent.labels)) await replan();
      return scheduleOf(agent, assignmentsOf(agent, (await now()).prepared));
    },
  };
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
