import type { Forecast } from '../../model/forecast.ts';
import type { job as jobSchema } from '../../model/job.ts';
import type { JobState } from '../../model/job-state.ts';
import type { Wire } from '../answers.ts';
import { durationText } from '../duration.ts';
import type { JobOptions } from '../job-options.ts';
import { fields, instantText, pairs, words, type Column } from './listing.ts';
import type { Colour, Style } from './style.ts';

type Job = Wire<typeof jobSchema>;

const colours: Readonly<Record<JobState, Colour>> = { running: 'green', scheduled: 'yellow', error: 'red', stopped: 'dim', completed: 'dim' };

export const jobColumns: readonly Column<Job>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: ({ state }) => state, colour: ({ state }) => colours[state] },
  { title: 'WHEN', right: true, cell: ({ interval, cron }) => (interval === null ? (cron ?? '-') : durationText(interval)) },
  { title: 'NEXT RUN (UTC)', cell: ({ next_run_at }) => instantText(next_run_at) },
  { title: 'KINDS', cell: ({ kinds }) => words(kinds) },
  { title: 'DESTINATIONS', cell: ({ destinations }) => words(destinations) },
  { title: 'AGENTS', cell: ({ agents }) => words(agents) },
  { title: 'WHY', cell: ({ state_reason }) => state_reason },
];

/** When a job runs, in words. */
export function whenText({ interval, cron, time_zone }: Job): string {
  return interval === null ? `cron ${cron ?? ''} (${time_zone})` : `every ${durationText(interval)}`;
}

export function jobText(job: Job, style: Style): string {
  const options = Object.entries(job.options as JobOptions).flatMap(([kind, values]) => pairs(values).map((pair) => `${kind}.${pair}`));
  const windows = job.windows.map(({ days, from, to }) => `${days.join(',')} ${from}-${to} (${job.time_zone})`);
  return fields(
    [
      ['id', String(job.id)],
      ['name', job.name],
      ['state', `${job.state}: ${job.state_reason}`],
      ['next run', instantText(job.next_run_at)],
      ['when', whenText(job)],
      ['windows', windows],
      ['start', instantText(job.start_time)],
      ['end', instantText(job.end_time)],
      ['kinds', words(job.kinds)],
      ['destinations', words(job.destinations)],
      ['agents', words(job.agents)],
      ['mesh', meshText(job.mesh)],
      ['budget', job.budget_mb_per_day === null ? '-' : `${job.budget_mb_per_day} MB a day and agent`],
      ['options', options],
      ['description', job.description ?? '-'],
      ['tags', words(job.tags)],
      ['revision', `${job.revision}, since ${instantText(job.since)}`],
      ['created', instantText(job.created_at)],
    ],
    style,
  );
}

/** A forecast in one line. */
export function forecastText({ agents, runs_per_day, megabytes_per_day, stored_megabytes_per_month }: Forecast): string {
  if (agents === 0) return 'forecast: no runs, until an agent matches\n';
  const by = agents === 1 ? '1 agent' : `${agents} agents`;
  return `forecast: ${runs_per_day} runs and ${megabytes(megabytes_per_day)} MB a day by ${by}, ${megabytes(stored_megabytes_per_month)} MB of results a month\n`;
}

function meshText(mesh: Job['mesh']): string {
  if (mesh === null) return '-';
  if (mesh.type === 'full') return 'full: every agent measures every other';
  return mesh.type === 'hub' ? `hub ${mesh.hub}` : `pairs with the same ${mesh.label}`;
}

function megabytes(count: number): string {
  return count >= 100 ? count.toFixed(0) : String(Number(count.toPrecision(2)));
}
