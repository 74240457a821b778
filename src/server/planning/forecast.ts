import type { Forecast } from '../../model/forecast.ts';
import type { StoredJob } from '../../model/job.ts';
import { findKind } from '../../model/kinds/index.ts';
import { countPlannedBetween } from '../../model/timetable/timetable.ts';
import { assignmentsOf, preparePlan, seriesOf } from '../coordinator/schedule.ts';
import { provisionalDestinations } from './mesh.ts';
import type { OpenSeries, PlanNow } from './planner.ts';

const DAY_MS = 86_400_000;
const MONTH_DAYS = 30;
const MEGABYTE = 1e6;

/** Warnings that are spelled out; the others are counted. */
const MOST_WARNINGS = 5;

export interface ForecastOptions {
  readonly now: number;
  /** What one result takes on disk. */
  readonly storedBytes: number;
}

interface Weight {
  runs: number;
  bytes: number;
}

/** What a job will do and cost if it runs, by the plan as it is otherwise. */
export function forecastOf(job: StoredJob, plan: PlanNow, { now, storedBytes }: ForecastOptions): Forecast {
  const tried = { jobs: [{ ...job, enabled: true }], agents: [...plan.agents.values()], destinations: plan.destinations };
  const prepared = preparePlan({ ...tried, destinations: [...plan.destinations, ...provisionalDestinations(tried)] });
  const start = Math.max(now, job.start_time ?? now);
  const day = { runs: 0, bytes: 0 };
  const month = { runs: 0, bytes: 0 };
  const warnings: string[] = [];
  let [agents, most] = [0, 0];
  for (const agent of plan.agents.values()) {
    const series = assignmentsOf(agent, prepared).map((one) => ({ ...seriesOf(agent, one), timetable: one.timetable, spec: one.spec }));
    if (series.length === 0) continue;
    agents += 1;
    const [ownDay, ownMonth] = [weightOf(series, start, DAY_MS), weightOf(series, start, MONTH_DAYS * DAY_MS)];
    add(day, ownDay);
    add(month, ownMonth);
    const daily = dailyBytes(ownDay, ownMonth);
    most = Math.max(most, daily);
    if (agent.budgetMbPerDay !== null) {
      const others = [...plan.series.values()].flat().filter((one) => one.agentId === agent.id && one.jobId !== job.id);
      const all = daily + dailyBytes(weightOf(others, start, DAY_MS), weightOf(others, start, MONTH_DAYS * DAY_MS));
      if (all > agent.budgetMbPerDay * MEGABYTE) {
        warnings.push(
          `agent ${agent.name} would spend ${megabytesText(all)} MB a day on all jobs, its budget is ${agent.budgetMbPerDay} MB: the runs beyond it are skipped`,
        );
      }
    }
  }
  if (job.budget_mb_per_day !== null && most > job.budget_mb_per_day * MEGABYTE) {
    warnings.unshift(
      `an agent would spend ${megabytesText(most)} MB a day on this job, the budget of each is ${job.budget_mb_per_day} MB: the runs beyond it are skipped`,
    );
  }
  return {
    agents,
    runs_per_day: day.runs,
    results_per_day: day.runs,
    runs_per_month: month.runs,
    results_per_month: month.runs,
    megabytes_per_day: day.bytes / MEGABYTE,
    megabytes_per_month: month.bytes / MEGABYTE,
    per_agent_megabytes_per_day: most / MEGABYTE,
    stored_megabytes_per_month: (month.runs * storedBytes) / MEGABYTE,
    warnings: warnings.length <= MOST_WARNINGS ? warnings : [...warnings.slice(0, MOST_WARNINGS), `and ${warnings.length - MOST_WARNINGS} more`],
  };
}

/** The next day may be a Sunday: then the month says what a day is like. */
function dailyBytes(day: Weight, month: Weight): number {
  return Math.max(day.bytes, month.bytes / MONTH_DAYS);
}

function weightOf(all: readonly OpenSeries[], from: number, durationMs: number): Weight {
  const weight = { runs: 0, bytes: 0 };
  for (const series of all) {
    const runs = countPlannedBetween(series, series.timetable, { from, to: from + durationMs });
    add(weight, { runs, bytes: runs * bytesOf(series) });
  }
  return weight;
}

function add(sum: Weight, { runs, bytes }: Weight): void {
  sum.runs += runs;
  sum.bytes += bytes;
}

function bytesOf({ kind, spec }: OpenSeries): number {
  const definition = findKind(kind);
  const parsed = definition?.spec.safeParse(spec);
  return parsed?.success === true ? (definition?.trafficBytes?.(parsed.data) ?? 0) : 0;
}

function megabytesText(bytes: number): string {
  const megabytes = bytes / MEGABYTE;
  return megabytes >= 100 ? megabytes.toFixed(0) : megabytes.toPrecision(3);
}
