import { graceMs, type RunEvent } from '../../model/planned-run.ts';
import { runId } from '../../model/run.ts';
import { nextPlannedAt, previousPlannedAt } from '../../model/timetable/timetable.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { OpenSeries, PlanNow } from './planner.ts';

/** A plan that began no longer ago than this has its first run before it. */
const JUST_BEGUN_MS = 60_000;

interface Watched {
  readonly series: OpenSeries;
  readonly graceMs: number;
  /** The planned instant that is waited for. */
  awaited: number | null;
  /** The newest planned instant that was reported. */
  reportedAt: number;
  /** The newest instant that was found missing, and the first of those in a row. */
  missedAt: number;
  missingSince: number | null;
}

export interface MissingSeries {
  readonly series: OpenSeries;
  readonly since: number;
}

/** Notices planned runs whose result does not come. It looks at the newest instant of each series only. */
export class RunWatch {
  #watched = new Map<string, Watched>();

  /** Takes over a new plan. What is known of series that stay is kept. */
  follow(plan: PlanNow, now: number): void {
    const before = this.#watched;
    this.#watched = new Map();
    for (const series of [...plan.series.values()].flat()) {
      const key = keyOf(series);
      const known = before.get(key);
      if (known?.series.revision === series.revision && known.series.timetable.since === series.timetable.since) {
        this.#watched.set(key, { ...known, series });
        continue;
      }
      const { since } = series.timetable;
      const from = now - since <= JUST_BEGUN_MS ? Math.min(since, now) : now;
      this.#watched.set(key, {
        series,
        graceMs: graceMs(series.kind, series.spec),
        awaited: nextPlannedAt(series, series.timetable, from),
        reportedAt: -Infinity,
        missedAt: -Infinity,
        missingSince: null,
      });
    }
  }

  /** What came: the outcomes of planned runs among it. */
  reported(rows: readonly ResultRow[]): RunEvent[] {
    const events: RunEvent[] = [];
    for (const { run, plannedAt, jobId, agentId, destinationId, kind, status } of rows) {
      if (run === null || plannedAt === null || jobId === null) continue;
      const watched = this.#watched.get(keyOf({ jobId, agentId, destinationId, kind }));
      if (watched !== undefined && plannedAt > watched.reportedAt) {
        watched.reportedAt = plannedAt;
        if (plannedAt >= watched.missedAt) watched.missingSince = null;
      }
      events.push({ run, job_id: jobId, agent_id: agentId, destination_id: destinationId, kind, planned_at: plannedAt, status });
    }
    return events;
  }

  /** Runs that are overdue and were not when it looked last: the newest of each series. */
  sweep(now: number): RunEvent[] {
    const events: RunEvent[] = [];
    for (const watched of this.#watched.values()) {
      const { series, awaited } = watched;
      const cutoff = now - watched.graceMs;
      if (awaited === null || awaited > cutoff) continue;
      const following = nextPlannedAt(series, series.timetable, awaited + 1);
      const isNewest = following === null || following > cutoff;
      const newest = isNewest ? awaited : (previousPlannedAt(series, series.timetable, cutoff + 1) ?? awaited);
      watched.awaited = isNewest ? following : nextPlannedAt(series, series.timetable, newest + 1);
      if (watched.reportedAt >= newest) continue;
      watched.missedAt = newest;
      watched.missingSince ??= watched.reportedAt >= awaited ? newest : awaited;
      const { jobId, agentId, destinationId, kind } = series;
      const which = { job_id: jobId, agent_id: agentId, destination_id: destinationId, kind };
      events.push({ run: runId(series, newest), ...which, planned_at: newest, status: 'missing' });
    }
    return events;
  }

  /** Series of a job whose newest run is overdue. */
  missingOf(all: readonly OpenSeries[]): MissingSeries[] {
    return all.flatMap((series) => {
      const since = this.#watched.get(keyOf(series))?.missingSince ?? null;
      return since === null ? [] : [{ series, since }];
    });
  }
}

function keyOf({ jobId, agentId, destinationId, kind }: Pick<OpenSeries, 'jobId' | 'agentId' | 'destinationId' | 'kind'>): string {
  return `${jobId}/${agentId}/${destinationId ?? ''}/${kind}`;
}
