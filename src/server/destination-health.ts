import type { DestinationHealth } from '../model/destination.ts';
import type { StoredJob } from '../model/job.ts';
import { nextPlannedAt, timetableOf } from '../model/timetable/timetable.ts';
import type { Line } from './metrics/latest.ts';

/** A result tells of today until the third one after it should have come: one may be late, one may be lost. */
const INTERVALS = 2.5;
/** For results that no schedule stands behind: posted ones, and those of a run by hand. */
const WITHOUT_SCHEDULE_MS = 3_600_000;

/**
 * How each destination looks from its agents, by the newest result of each agent and kind. Runs that were skipped, and
 * those that failed on the agent itself, say nothing of the destination.
 */
export function destinationHealths(lines: readonly Line[], jobs: readonly StoredJob[], now: number): ReadonlyMap<number, DestinationHealth> {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const newest = new Map<number, Map<string, Line>>();
  for (const line of lines) {
    const { destinationId, agentId, kind, startedAt, status, failure, jobId } = line.row;
    if (destinationId === null || status === 'skipped' || failure?.source === 'agent') continue;
    if (startedAt < now - freshMs(line, jobId === null ? undefined : byId.get(jobId))) continue;
    const own = newest.get(destinationId) ?? new Map<string, Line>();
    newest.set(destinationId, own);
    const before = own.get(`${agentId}/${kind}`);
    if (before === undefined || before.row.startedAt < startedAt) own.set(`${agentId}/${kind}`, line);
  }
  return new Map([...newest].map(([id, own]) => [id, healthOf([...own.values()])]));
}

/** What is said of a destination that nobody has measured lately. */
export const unknownHealth: DestinationHealth = { state: 'unknown', agents_ok: 0, agents_failing: 0, since: null, last_result_at: null };

function freshMs({ row }: Line, job: StoredJob | undefined): number {
  if (job === undefined) return WITHOUT_SCHEDULE_MS;
  if (job.interval !== null) return INTERVALS * job.interval * 1000;
  const series = { jobId: job.id, revision: job.revision, agentId: row.agentId, destinationId: row.destinationId, kind: row.kind };
  const timetable = timetableOf(job);
  const next = nextPlannedAt(series, timetable, row.startedAt + 1);
  const second = next === null ? null : nextPlannedAt(series, timetable, next + 1);
  return next === null || second === null ? WITHOUT_SCHEDULE_MS : second - row.startedAt + (second - next) / 2;
}

function healthOf(lines: readonly Line[]): DestinationHealth {
  const failing = lines.filter(({ row }) => row.status !== 'success');
  const sick = new Set(failing.map(({ row }) => row.agentId));
  const fine = new Set(lines.map(({ row }) => row.agentId).filter((id) => !sick.has(id)));
  const good = lines.filter(({ row }) => fine.has(row.agentId));
  return {
    state: sick.size === 0 ? 'ok' : fine.size === 0 ? 'failing' : 'partial',
    agents_ok: fine.size,
    agents_failing: sick.size,
    since: sick.size === 0 ? lastTurn(good) : fine.size === 0 ? lastTurn(failing) : Math.max(firstOf(good), firstOf(failing)),
    last_result_at: Math.max(...lines.map(({ row }) => row.startedAt)),
  };
}

/** When all of them were so: the last that became so; where none is known to have been otherwise, the first. */
function lastTurn(lines: readonly Line[]): number {
  const turned = lines.filter(({ hasTurned }) => hasTurned).map(({ since }) => since);
  return turned.length === 0 ? firstOf(lines) : Math.max(...turned);
}

function firstOf(lines: readonly Line[]): number {
  return Math.min(...lines.map(({ since }) => since));
}
