import { nextPlannedAt, runId, type Cadence, type PlannedSeries } from '../model/run.ts';
import type { Assignment } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import { DueQueue } from './due-queue.ts';
import type { Policy, PolicyRefusal } from './policy.ts';
import type { Run } from './record.ts';
import type { Marks } from './schedule-store.ts';

/** Longest sleep: how late a step of the clock, or the end of the machine's sleep, may be noticed. */
const LONGEST_NAP_MS = 5000;

/** A run starts this late at most; later, its instant was missed. Half the interval where that is less. */
const MOST_LATE_MS = 30_000;

export interface SchedulerOptions {
  readonly agentId: number;
  readonly clock: Clock;
  /** The plan's time: the wall clock, corrected where it is known to be wrong. */
  readonly now: () => number;
  readonly policy: Policy;
  readonly marks: Marks;
  /** Executes a run and resolves when its result is safe; does not reject. */
  readonly start: (run: Run) => Promise<void>;
  readonly skip: (run: Run, why: Skip) => void;
}

export interface Skip {
  readonly code: 'still_running' | 'missed' | PolicyRefusal;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Entry {
  assignment: Assignment;
  readonly series: PlannedSeries;
  /** Next planned instant. */
  at: number;
  /** The planned run that is going on, or waits for a free place. */
  running: boolean;
  /** One asked for beside the plan. */
  extra: boolean;
}

/** Starts each assignment's runs at their planned instants. One timer, for whatever is due next. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue = new DueQueue<Entry>();
  #entries = new Map<string, Entry>();
  #nap = new AbortController();
  #lastNow = -Infinity;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Assignments that are measured. */
  get scheduled(): number {
    return this.#entries.size;
  }

  /** Replaces what is measured. What stays the same keeps its next instant and its run. */
  apply(assignments: readonly Assignment[]): void {
    const { agentId, policy, marks } = this.#options;
    const now = this.#options.now();
    const before = this.#entries;
    const used = new Set<string>();
    this.#entries = new Map();
    this.#queue.clear();
    for (const assignment of assignments) {
      const series = seriesOf(assignment, agentId);
      const key = keyOf(assignment);
      const verdict = policy.judge(assignment);
      if (!verdict.allowed) {
        const mark = `refused ${key} ${verdict.code}`;
        used.add(mark);
        if (marks.has(mark)) continue;
        marks.add(mark);
        this.#options.skip(plannedRun(assignment, series, assignment.since), { code: verdict.code, message: verdict.message });
        continue;
      }
      if (now - assignment.since < assignment.interval_ms) used.add(runId(series, assignment.since));
      const known = before.get(key);
      if (known?.assignment.interval_ms === assignment.interval_ms && known.assignment.since === assignment.since) {
        known.assignment = assignment;
        this.#entries.set(key, known);
        continue;
      }
      const at = this.#firstInstant(assignment, series, now);
      this.#entries.set(key, { assignment, series, at, running: false, extra: false });
    }
    for (const entry of this.#entries.values()) this.#queue.push(entry);
    marks.retain(used);
    this.#nap.abort();
  }

  /** Runs every assignment of these jobs once, beside the plan; one that already runs so is left alone. */
  runNow(jobIds: readonly number[]): void {
    const wanted = new Set(jobIds);
    for (const entry of this.#entries.values()) {
      if (!wanted.has(entry.assignment.job_id) || entry.extra) continue;
      entry.extra = true;
      void this.#options.start({ assignment: entry.assignment, id: null, plannedAt: null }).finally(() => {
        entry.extra = false;
      });
    }
  }

  /** Keeps the plan until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#nap.abort();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        this.#nap = new AbortController();
        const waitMs = this.#tick();
        await this.#options.clock.sleep(waitMs, this.#nap.signal).catch(() => {});
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** Starts what is due; answers how long to sleep. */
  #tick(): number {
    const now = this.#options.now();
    if (now < this.#lastNow) this.#replanAfterStepBack(now);
    this.#lastNow = now;
    for (let entry = this.#queue.first(); entry !== undefined && entry.at <= now; entry = this.#queue.first()) {
      this.#queue.pop();
      const planned = entry.at;
      entry.at = nextPlannedAt(entry.series, cadenceOf(entry.assignment, now), now + 1);
      this.#queue.push(entry);
      this.#fire(entry, planned, now);
    }
    const next = this.#queue.first();
    return Math.min(LONGEST_NAP_MS, next === undefined ? LONGEST_NAP_MS : next.at - now);
  }

  /** Deals with the instants from `planned` to now: the last may still be run, those before it were missed. */
  #fire(entry: Entry, planned: number, now: number): void {
    const { assignment, series } = entry;
    const { interval_ms: intervalMs, since } = assignment;
    const following = nextPlannedAt(series, cadenceOf(assignment, now), planned + 1);
    const more = following > now ? 0 : Math.floor((now - following) / intervalMs) + 1;
    const latest = more === 0 ? planned : following + (more - 1) * intervalMs;
    // A first run is due at once, so it is late by however long the news of it took.
    const mostLateMs = latest === since ? intervalMs : Math.min(MOST_LATE_MS, intervalMs / 2);
    const inTime = now - latest <= mostLateMs;
    const missed = more + (inTime ? 0 : 1);
    if (missed > 0) {
      const lastMissed = inTime ? (more === 1 ? planned : latest - intervalMs) : latest;
      this.#options.skip(plannedRun(assignment, series, planned), {
        code: 'missed',
        message: `missed ${missed} planned ${missed === 1 ? 'run' : 'runs'}: the agent slept, or its clock was set`,
        details: { missed, from: new Date(planned).toISOString(), to: new Date(lastMissed).toISOString() },
      });
    }
    if (!inTime) return;
    const run = plannedRun(assignment, series, latest);
    if (entry.running) {
      this.#options.skip(run, { code: 'still_running', message: 'the run before was still going on' });
      return;
    }
    entry.running = true;
    void this.#options.start(run).finally(() => {
      entry.running = false;
      if (latest === since) this.#options.marks.add(runId(series, since));
    });
  }

  /**
   * A small step back only makes the next runs later. After a large one they would be out of reach, so they are planned
   * anew: the same instants come once more, and are measured once more.
   */
  #replanAfterStepBack(now: number): void {
    this.#queue.clear();
    for (const entry of this.#entries.values()) {
      const { assignment, series } = entry;
      if (entry.at - now > assignment.interval_ms) entry.at = nextPlannedAt(series, cadenceOf(assignment, now), now);
      this.#queue.push(entry);
    }
  }

  #firstInstant(assignment: Assignment, series: PlannedSeries, now: number): number {
    const { since, interval_ms: intervalMs } = assignment;
    const firstDone = this.#options.marks.has(runId(series, since));
    if (since <= now && now - since < intervalMs && !firstDone) return since;
    return nextPlannedAt(series, cadenceOf(assignment, now), firstDone ? Math.max(now, since + 1) : now);
  }
}

/** The plan's cadence. A beginning further ahead than an interval means that our clock is behind: then the grid alone counts. */
function cadenceOf({ since, interval_ms: intervalMs }: Assignment, now: number): Cadence {
  return { since: since - now > intervalMs ? -Infinity : since, intervalMs };
}

function seriesOf(assignment: Assignment, agentId: number): PlannedSeries {
  const { job_id: jobId, revision, kind, destination } = assignment;
  return { jobId, revision, agentId, destinationId: destination?.id ?? null, kind };
}

function keyOf({ job_id: jobId, revision, kind, destination }: Assignment): string {
  return `${jobId}/${revision}/${destination?.id ?? 0}/${kind}`;
}

function plannedRun(assignment: Assignment, series: PlannedSeries, plannedAt: number): Run {
  return { assignment, id: runId(series, plannedAt), plannedAt };
}
