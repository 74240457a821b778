import { countText } from '../../../src/charts/number-text.ts';
import type { Job } from '../../../src/model/job.ts';

/** However often a job runs, what is younger than this is not old: a run, its batch and the agent's own beat take time. */
const LEAST_FRESH_MS = 5 * 60_000;
/** One run may be missed, and the next may be half an interval late, before what came last is old. */
const FRESH_INTERVALS = 2.5;

/** How long a result says how things are now, by the interval of the job that measures it; null where no job does. */
export function freshMs(intervalS: number | null): number {
  // Whole minutes: what is counted is what the sentence says.
  return Math.max(LEAST_FRESH_MS, Math.ceil(((intervalS ?? 0) * FRESH_INTERVALS) / 60) * 60_000);
}

export function isFresh(at: number, intervalS: number | null, now: number): boolean {
  return at > now - freshMs(intervalS);
}

type Times = Pick<Job, 'interval' | 'windows' | 'start_time' | 'end_time'>;

/** A job's interval where it runs at all times; null where a timetable makes pauses that are meant. */
export function steadyInterval({ interval, windows, start_time, end_time }: Times): number | null {
  return windows.length > 0 || start_time !== null || end_time !== null ? null : interval;
}

/** The interval of the running job that runs most often; null where none runs. */
export function shortestInterval(jobs: readonly (Times & Pick<Job, 'enabled'>)[]): number | null {
  const intervals = jobs.filter((job) => job.enabled).flatMap((job) => steadyInterval(job) ?? []);
  return intervals.length === 0 ? null : Math.min(...intervals);
}

/** A length of whole minutes in the unit that fits it: `13 minutes`, `2.5 hours`. */
export function periodText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 120) return countText(minutes, 'minute');
  return minutes < 2880 ? decimal(minutes / 60, 'hours') : decimal(minutes / 1440, 'days');
}

function decimal(count: number, words: string): string {
  return `${count.toLocaleString('en', { maximumFractionDigits: 1 })} ${words}`;
}
