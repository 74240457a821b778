import * as z from 'zod';
import { findKind } from '../model/kinds/index.ts';
import type { Assignment } from '../protocol/messages.ts';

const DAY_MS = 86_400_000;
const MEGABYTE = 1e6;

/** What was spent on a UTC day, estimated bytes on the wire. */
export const spending = z.object({
  /** Days since the epoch. */
  day: z.int(),
  bytes: z.number().nonnegative(),
  /** By the id of the job. */
  jobs: z.record(z.string(), z.number().nonnegative()),
});
export type Spending = z.output<typeof spending>;

export interface Overspent {
  readonly code: 'budget_exceeded';
  readonly message: string;
}

export interface BudgetOptions {
  /** What was spent before, perhaps on another day. */
  readonly spent: Spending | null;
  /** The plan's time: the day is the server's. */
  readonly now: () => number;
  /** Told after each run that counts against a budget, so that a restart does not begin the day anew. */
  readonly onSpent: (spending: Spending) => void;
}

/**
 * Counts what runs put on the wire, by what their kind estimates, and says when a day's budget is used up. A run is
 * counted before it begins: what several runs at once would spend together does not exceed a budget.
 */
export class Budget {
  readonly #options: BudgetOptions;
  #day = -Infinity;
  #bytes = 0;
  #jobs = new Map<number, number>();
  /** Most megabytes a day for all runs together; null is without limit. */
  agentMbPerDay: number | null = null;

  constructor(options: BudgetOptions) {
    this.#options = options;
    const { spent } = options;
    if (spent === null) return;
    this.#day = spent.day;
    this.#bytes = spent.bytes;
    this.#jobs = new Map(Object.entries(spent.jobs).map(([id, bytes]) => [Number(id), bytes]));
  }

  /** Counts a run, or says why it must not be. */
  spend(assignment: Assignment): Overspent | null {
    const day = Math.floor(this.#options.now() / DAY_MS);
    // A clock that was set back a little must not give the day's budget out again.
    if (day > this.#day || day < this.#day - 1) {
      this.#day = day;
      this.#bytes = 0;
      this.#jobs.clear();
    }
    const bytes = trafficBytes(assignment);
    const { job_id: jobId, job, budget_mb_per_day: jobLimit } = assignment;
    const ofJob = this.#jobs.get(jobId) ?? 0;
    if (jobLimit !== undefined && ofJob + bytes > jobLimit * MEGABYTE) {
      return refusal(`this agent's budget for job ${JSON.stringify(job)}`, { limit: jobLimit, spent: ofJob, bytes });
    }
    if (this.agentMbPerDay !== null && this.#bytes + bytes > this.agentMbPerDay * MEGABYTE) {
      return refusal('the budget of this agent', { limit: this.agentMbPerDay, spent: this.#bytes, bytes });
    }
    if (bytes === 0) return null;
    this.#jobs.set(jobId, ofJob + bytes);
    this.#bytes += bytes;
    if (jobLimit !== undefined || this.agentMbPerDay !== null) {
      this.#options.onSpent({ day: this.#day, bytes: this.#bytes, jobs: Object.fromEntries(this.#jobs) });
    }
    return null;
  }
}

function refusal(whose: string, { limit, spent, bytes }: { limit: number; spent: number; bytes: number }): Overspent {
  const text = `${whose} is ${limit} MB a day: ${megabytes(spent)} MB are spent, and the run would take ${megabytes(bytes)} MB more`;
  return { code: 'budget_exceeded', message: text };
}

function megabytes(bytes: number): string {
  return String(Number((bytes / MEGABYTE).toPrecision(3)));
}

function trafficBytes({ kind, spec }: Assignment): number {
  const definition = findKind(kind);
  const parsed = definition?.spec.safeParse(spec);
  return parsed?.success === true ? (definition?.trafficBytes?.(parsed.data) ?? 0) : 0;
}
