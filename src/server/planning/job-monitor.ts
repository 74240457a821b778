import type { Logger } from 'pino';
import type { Agent } from '../../model/agent.ts';
import type { Job, StoredJob } from '../../model/job.ts';
import { jobStandingOf, type JobFacts } from '../../model/job-state.ts';
import { findKind } from '../../model/kinds/index.ts';
import type { RunEvent } from '../../model/planned-run.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import { isOpen, nextPlannedAt, timetableOf } from '../../model/timetable/timetable.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Planner, PlanNow } from './planner.ts';
import { RunWatch } from './run-watch.ts';

/** How soon a run that is overdue, or a job whose state changed by itself, is noticed. */
const SWEEP_EVERY_MS = 15_000;

export interface JobMonitorOptions {
  readonly planner: Pick<Planner, 'now'>;
  readonly agents: () => Promise<Agent[]>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly onRuns: (events: RunEvent[]) => void;
  /** Told of a job whose state changed without anybody changing the job. */
  readonly onJob: (job: Job) => void;
}

export interface JobMonitor {
  /** A job with its state. */
  describe(job: StoredJob): Promise<Job>;
  list(): Promise<Job[]>;
  /** Call with each new plan. */
  follow(plan: PlanNow): void;
  /** Call with what was stored. */
  resultsStored(rows: readonly ResultRow[]): void;
  /** Looks for what became overdue; done by itself from `start` on. */
  sweep(): Promise<void>;
  start(): void;
  close(): void;
}

/** Knows how the jobs stand, and notices when that changes. */
export function createJobMonitor({ planner, agents, clock, logger, onRuns, onJob }: JobMonitorOptions): JobMonitor {
  const watch = new RunWatch();
  const told = new Map<number, string>();
  let timer: NodeJS.Timeout | undefined;

  const describeAll = async (jobs: readonly StoredJob[] | null): Promise<Job[]> => {
    const plan = await planner.now();
    const byId = new Map((await agents()).map((agent) => [agent.id, agent]));
    const now = clock.now();
    return (jobs ?? plan.jobs).map((job) => ({ ...job, ...jobStandingOf(factsOf(job, { plan, agents: byId, watch, now }), now) }));
  };
  const remember = ({ id, state, state_reason }: Job): boolean => {
    const text = `${state} ${state_reason}`;
    const before = told.get(id);
    told.set(id, text);
    return before !== undefined && before !== text;
  };
  const sweep = async (): Promise<void> => {
    await planner.now();
    const overdue = watch.sweep(clock.now());
    if (overdue.length > 0) onRuns(overdue);
    for (const job of await describeAll(null)) if (remember(job)) onJob(job);
  };

  return {
    describe: async (job) => {
      const [described] = await describeAll([job]);
      if (described === undefined) throw new Error(`no state of job ${job.id}`);
      remember(described);
      return described;
    },
    list: () => describeAll(null),
    follow: (plan) => watch.follow(plan, clock.now()),
    resultsStored: (rows) => {
      const events = watch.reported(rows);
      if (events.length > 0) onRuns(events);
    },
    sweep,
    start: () => {
      timer = setInterval(() => {
        sweep().catch((error: unknown) => logger.error({ err: error }, 'could not look for missing runs'));
      }, SWEEP_EVERY_MS);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}

interface Known {
  readonly plan: PlanNow;
  readonly agents: ReadonlyMap<number, Agent>;
  readonly watch: RunWatch;
  readonly now: number;
}

function factsOf(job: StoredJob, { plan, agents, watch, now }: Known): JobFacts {
  const series = plan.series.get(job.id) ?? [];
  // Those of the plan are at hand; only a job of which nothing is planned has to be compared with every agent.
  const ids = new Set(series.map(({ agentId }) => agentId));
  const selected =
    series.length > 0
      ? [...ids].flatMap((id) => agents.get(id) ?? [])
      : [...agents.values()].filter((agent) => isPlanned(agent) && job.agents.some((selector) => selectsAgent(selector, agent)));
  const destinations = plan.destinations.filter((one) => job.destinations.some((selector) => selectsDestination(selector, one)));
  const nameOf = new Map(destinations.map(({ id, name }) => [id, name]));
  const instants = series.map((one) => nextPlannedAt(one, one.timetable, now)).filter((at) => at !== null);
  const unable = selected.flatMap(({ name, capabilities }) =>
    job.kinds.filter((kind) => capabilities[kind]?.available === false).map((kind) => ({ agent: name, kind, why: capabilities[kind]?.note ?? null })),
  );
  return {
    job,
    nextRunAt: instants.reduce<number | null>((least, at) => (least === null || at < least ? at : least), null),
    isOpen: isOpen(timetableOf(job), now),
    agents: selected.map(({ name, state, last_seen_at }) => ({
      name,
      state: state === 'online' || state === 'late' ? state : 'offline',
      lastSeenAt: last_seen_at,
    })),
    needsDestinations: job.kinds.every((kind) => findKind(kind)?.target !== 'none'),
    destinations: { selected: destinations.length, active: destinations.filter(({ status }) => status === 'active').length },
    series: series.length,
    unable,
    pairs: selected.length * job.kinds.length,
    missing: watch.missingOf(series).flatMap(({ series: one, since }) => {
      const agent = agents.get(one.agentId);
      // Of an agent that is offline its own state says so.
      if (agent === undefined || agent.state === 'offline') return [];
      const destination = one.destinationId === null ? '' : ` to ${nameOf.get(one.destinationId) ?? one.destinationId}`;
      return [{ what: `${one.kind} of ${agent.name}${destination}`, since }];
    }),
  };
}

function isPlanned({ state }: Agent): boolean {
  return state !== 'external' && state !== 'revoked';
}
