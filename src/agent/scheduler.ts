import { runId, type PlannedSeries } from '../model/run.ts';
import {
  countPlannedBetween,
  isOpen,
  isSameTimetable,
  nextPlannedAt,
  previousPlannedAt,
  timetableProblem,
  type Timetable,
} from '../model/timetable/timetable.ts';
import type { Assignment } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import { DueQueue } from './due-queue.ts';
import type { LeaseFailureCode } from './leases.ts';
import type { Policy, PolicyRefusal } from './policy/policy.ts';
import type { Run } from './record.ts';
import type { Marks } from './schedule-store.ts';

/** Longest sleep: how late a step of the clock, or the end of the machine's sleep, may be noticed. */
const LONGEST_NAP_MS = 5000;

/** A run starts this late at most; later, its instant was missed. Half the distance to the next instant where that is less. */
const MOST_LATE_MS = 30_000;

/** A clock further before the making of an assignment than this is behind, and not just a little off. */
const MOST_BEHIND_MS = 60_000;

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
  readonly code: 'still_running' | 'missed' | 'unknown_timetable' | 'budget_exceeded' | 'breaker_open' | PolicyRefusal | LeaseFailureCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Entry {
  assignment: Assignment;
  readonly series: PlannedSeries;
  readonly timetable: Timetable;
  /** The timetable without its beginning, for while our clock is before it. */
  readonly endless: Timetable;
  /** Next planned instant; null where none is left. */
  at: number | null;
  /** The planned run that is going on, or waits for a free place. */
  running: boolean;
  /** One asked for beside the plan. */
  extra: boolean;
}

/** Starts each assignment's runs at their planned instants. One timer, for whatever is due next. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue = new DueQueue<{ readonly at: number; readonly entry: Entry }>();
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
      const { timetable } = assignment;
      const refusal = refusalOf(assignment, policy);
      if (refusal !== null) {
        const mark = `refused ${key} ${refusal.code}`;
        used.add(mark);
        if (marks.has(mark)) continue;
        marks.add(mark);
        this.#options.skip(plannedRun(assignment, series, timetable.since), refusal);
        continue;
      }
      const second = nextPlannedAt(series, timetable, timetable.since + 1);
      if (second === null || now < second) used.add(runId(series, timetable.since));
      const known = before.get(key);
      if (known !== undefined && isSameTimetable(known.timetable, timetable)) {
        known.assignment = assignment;
        this.#entries.set(key, known);
        continue;
      }
      const entry: Entry = { assignment, series, timetable, endless: { ...timetable, since: -Infinity }, at: null, running: false, extra: false };
      entry.at = this.#firstInstant(entry, second, now);
      this.#entries.set(key, entry);
    }
    for (const entry of this.#entries.values()) this.#enqueue(entry);
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
    for (let due = this.#queue.first(); due !== undefined && due.at <= now; due = this.#queue.first()) {
      this.#queue.pop();
      const { at, entry } = due;
      entry.at = nextPlannedAt(entry.series, timetableAt(entry, now), now + 1);
      this.#enqueue(entry);
      this.#fire(entry, at, now);
    }
    const next = this.#queue.first();
    return Math.min(LONGEST_NAP_MS, next === undefined ? LONGEST_NAP_MS : next.at - now);
  }

  #enqueue(entry: Entry): void {
    if (entry.at !== null) this.#queue.push({ at: entry.at, entry });
  }

  /** Deals with the instants from `planned` to now: the last may still be run, those before it were missed. */
  #fire(entry: Entry, planned: number, now: number): void {
    const { assignment, series } = entry;
    const { since } = entry.timetable;
    const timetable = timetableAt(entry, now);
    const more = countPlannedBetween(series, timetable, { from: planned + 1, to: now + 1 });
    const latest = more === 0 ? planned : (previousPlannedAt(series, timetable, now + 1) ?? planned);
    const nextInMs = entry.at === null ? Infinity : entry.at - latest;
    // A first run is due at once, so it is late by however long the news of it took.
    const inTime = latest === since ? isOpen(timetable, now) : now - latest <= Math.min(MOST_LATE_MS, nextInMs / 2);
    const missed = more + (inTime ? 0 : 1);
    if (missed > 0) {
      const lastMissed = inTime ? (previousPlannedAt(series, timetable, latest) ?? planned) : latest;
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
      const timetable = timetableAt(entry, now);
      const next = nextPlannedAt(entry.series, timetable, now);
      if (next !== null && !this.#isRepeated(entry, next, now)) entry.at = next;
      this.#enqueue(entry);
    }
  }

  /** Whether `next` is the run just done, which alone comes again after a small step back. */
  #isRepeated({ series, timetable, at }: Entry, next: number, now: number): boolean {
    if (next === at) return true;
    const following = nextPlannedAt(series, timetable, next + 1);
    return next - now < MOST_LATE_MS && following === at;
  }

  #firstInstant(entry: Entry, second: number | null, now: number): number | null {
    const { series, timetable } = entry;
    const { since } = timetable;
    const firstDone = this.#options.marks.has(runId(series, since));
    const firstIsDue = isOpen(timetable, since) && isOpen(timetable, now) && (second === null || now < second);
    if (firstIsDue && !firstDone) return since;
    return nextPlannedAt(series, timetableAt(entry, now), firstDone ? Math.max(now, since + 1) : now);
  }
}

/**
 * The timetable that holds now. One that begins when it was made, and yet in our future, means that our clock is behind:
 * then its grid counts without its beginning. One that is to begin later is waited for.
 */
function timetableAt({ assignment, timetable, endless }: Entry, now: number): Timetable {
  const behind = now < assignment.made_at - MOST_BEHIND_MS;
  return behind && timetable.since <= assignment.made_at ? endless : timetable;
}

function refusalOf(assignment: Assignment, policy: Policy): Skip | null {
  const verdict = policy.judge(assignment);
  if (!verdict.allowed) return { code: verdict.code, message: verdict.message };
  const problem = timetableProblem(assignment.timetable);
  return problem === null ? null : { code: 'unknown_timetable', message: problem };
}

export function seriesOf(assignment: Assignment, agentId: number): PlannedSeries {
  const { job_id: jobId, revision, kind, destination } = assignment;
  return { jobId, revision, agentId, destinationId: destination?.id ?? null, kind };
}

function keyOf({ job_id: jobId, revision, kind, destination }: Assignment): string {
  return `${jobId}/${revision}/${destination?.id ?? 0}/${kind}`;
}

function plannedRun(assignment: Assignment, series: PlannedSeries, plannedAt: number): Run {
  return { assignment, id: runId(series, plannedAt), plannedAt };
}
