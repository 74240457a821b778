import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Forecast } from '../../../src/model/forecast.ts';
import type { Job } from '../../../src/model/job.ts';
import { jobStates, type JobState } from '../../../src/model/job-state.ts';
import { weekdays, type TimeWindow, type Weekday } from '../../../src/model/timetable/windows.ts';
import { intervalText, sinceText } from './time.ts';

/** What each state asks of the reader. */
export const jobTones: Readonly<Record<JobState, StateTone>> = {
  running: 'good',
  scheduled: 'unknown',
  stopped: 'unknown',
  completed: 'unknown',
  error: 'bad',
};

const HOUR_MS = 3_600_000;

/** An API's sentence whose instants stand in the reader's own clock. */
export function reasonText(reason: string, now: number): string {
  return reason.replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/g, (utc) => sinceText(Date.parse(`${utc.replace(' ', 'T')}Z`), now));
}

/** When the next run is: `in 4 min`, or the time of it. */
export function nextText(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  if (seconds <= 0) return 'now';
  if (seconds < 60) return `in ${Math.max(10, Math.ceil(seconds / 10) * 10)} s`;
  if (at - now < HOUR_MS) return `in ${Math.round(seconds / 60)} min`;
  return sinceText(at, now);
}

type Times = Pick<Job, 'interval' | 'cron' | 'time_zone' | 'windows' | 'start_time' | 'end_time'>;

/** How often, in short: `every 5 min`, or the cron expression. */
export function everyText({ interval, cron }: Pick<Job, 'interval' | 'cron'>): string {
  if (cron !== null) return cron;
  return interval === null ? 'once' : `every ${intervalText(interval)}`;
}

/** When a job runs, whole: `every 5 min, mon-fri 08:00 to 18:00 (Europe/Berlin), until 1 Dec, 00:00`. */
export function timesText(times: Times, now: number): string {
  const { cron, time_zone: zone, windows, start_time: start, end_time: end } = times;
  const local = [...(cron === null ? [everyText(times)] : [`at ${cron}`]), ...windows.map(windowText)].join(', ');
  const zoned = cron === null && windows.length === 0 ? local : `${local} (${zone})`;
  return [zoned, ...(start === null ? [] : [`from ${sinceText(start, now)}`]), ...(end === null ? [] : [`until ${sinceText(end, now)}`])].join(', ');
}

/** `mon-fri 08:00 to 18:00` */
export function windowText({ days, from, to }: TimeWindow): string {
  return `${daysText(days)} ${from} to ${to}`;
}

function daysText(days: readonly Weekday[]): string {
  const chosen = weekdays.map((day) => days.includes(day));
  if (!chosen.includes(false)) return 'every day';
  const runs: string[] = [];
  for (let i = 0; i < weekdays.length; i += 1) {
    if (chosen[i] !== true) continue;
    let end = i;
    while (chosen[end + 1] === true) end += 1;
    const [first, last] = [weekdays[i] ?? '', weekdays[end] ?? ''];
    runs.push(...(end - i >= 2 ? [`${first}-${last}`] : end > i ? [first, last] : [first]));
    i = end;
  }
  return runs.length === 0 ? 'no day' : runs.join(', ');
}

/** What a job will do and cost, in one sentence. */
export function forecastText({ agents, runs_per_day: runs, megabytes_per_day: day, megabytes_per_month: month }: Forecast): string {
  if (agents === 0) return 'No agent would measure it.';
  if (runs === 0) return 'No run is planned.';
  return `${countText(runs, 'run')} and ${megabytesText(day)} a day by ${countText(agents, 'agent')}; ${megabytesText(month)} a month.`;
}

/** Megabytes with as many digits as mean something. */
export function megabytesText(megabytes: number): string {
  if (megabytes === 0) return '0 MB';
  if (megabytes < 0.01) return 'less than 0.01 MB';
  const decimals = megabytes < 1 ? 2 : megabytes < 100 ? 1 : 0;
  return `${megabytes.toLocaleString('en', { maximumFractionDigits: decimals })} MB`;
}

/** Why something cannot be changed here; null where it can. */
export function declaredText({ declared_by: file }: { readonly declared_by: string | null }): string | null {
  return file === null ? null : `declared in ${file}; change it there`;
}

/** The sentence above the list: how many there are of each state. */
export function jobsOpening(jobs: readonly Pick<Job, 'state'>[]): string {
  if (jobs.length === 0) return 'No job tells the agents what to measure.';
  const counts = jobStates.map((state) => ({ state, count: jobs.filter((job) => job.state === state).length })).filter(({ count }) => count > 0);
  const [only] = counts;
  if (counts.length === 1 && only !== undefined) {
    if (jobs.length === 1) return `One job, and it is ${stateWords[only.state]}.`;
    return `${countText(jobs.length, 'job')}, all ${stateWords[only.state]}.`;
  }
  return `${countText(jobs.length, 'job')}: ${counts.map(({ state, count }) => `${count.toLocaleString('en')} ${stateWords[state]}`).join(', ')}.`;
}

const stateWords: Readonly<Record<JobState, string>> = {
  error: 'in error',
  running: 'running',
  scheduled: 'scheduled',
  stopped: 'stopped',
  completed: 'completed',
};
