import { BIGINT, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { TachoError } from '../../../model/errors.ts';
import type { Failure } from '../../../model/failure.ts';
import type { RunCount, RunCountsQuery, RunOutcome, RunsQuery } from '../results-store.ts';
import { conditionOf, instantValue } from './filter.ts';
import { statusCodes } from './layout.ts';
import { Parameters, readChunks } from './read-rows.ts';

/** A run begins after its planned instant, but for a clock that is wrong: no more than this, so that older results need no look. */
const EARLIEST_START_MS = 86_400_000;

/** What became of runs, newest first. */
export async function readRuns(connection: DuckDBConnection, query: RunsQuery): Promise<RunOutcome[]> {
  const { limit, unplanned = false } = query;
  if (!Number.isSafeInteger(limit) || limit <= 0) {
    throw new TachoError('invalid_request', `invalid limit: expected a whole number above 0, got ${limit}`);
  }
  const parameters = new Parameters();
  const planned = inRange('r.planned_at', query, parameters);
  const condition = `${unplanned ? `(${planned} OR (r.planned_at IS NULL AND ${inRange('r.started_at', query, parameters)}))` : planned}
      AND ${scopeOf(query, parameters)}`;
  const sql = `SELECT r.id, r.run, CAST(r.planned_at AS DOUBLE), CAST(r.started_at AS DOUBLE), r.status, r.failure_source, r.failure_code,
      r.failure_message, s.agent_id, s.destination_id, s.job_id, s.kind
    FROM results r JOIN series s ON s.id = r.series WHERE ${condition}
    ORDER BY coalesce(r.planned_at, r.started_at) DESC, r.id DESC LIMIT ${parameters.add(BigInt(limit), BIGINT)}`;
  const outcomes: RunOutcome[] = [];
  for await (const rows of readChunks(connection, sql, parameters)) for (const row of rows) outcomes.push(toOutcome(row));
  return outcomes;
}

/** How many planned runs came to which end. */
export async function countRuns(connection: DuckDBConnection, query: RunCountsQuery): Promise<RunCount[]> {
  const { bucketMs } = query;
  if (bucketMs !== null && (!Number.isSafeInteger(bucketMs) || bucketMs <= 0)) {
    throw new TachoError('invalid_request', `invalid bucket: expected a whole number of milliseconds above 0, got ${bucketMs}`);
  }
  const parameters = new Parameters();
  const bucket = bucketMs === null ? 'NULL::BIGINT' : `planned_at - planned_at % ${parameters.add(BigInt(bucketMs), BIGINT)}`;
  const condition = `${inRange('r.planned_at', query, parameters)} AND ${scopeOf(query, parameters)}`;
  // Of several results of one run the best counts: a real one that came late is worth more than that it was skipped.
  const sql = `
    SELECT agent_id, destination_id, kind, CAST(${bucket} AS DOUBLE) AS bucket,
      ${statusCodes.map((_, code) => `CAST(count(*) FILTER (status = ${code}) AS DOUBLE)`).join(', ')}
    FROM (
      SELECT s.agent_id, s.destination_id, s.kind, s.job_id, r.planned_at, min(r.status) AS status
      FROM results r JOIN series s ON s.id = r.series WHERE ${condition}
      GROUP BY s.agent_id, s.destination_id, s.kind, s.job_id, r.planned_at)
    GROUP BY agent_id, destination_id, kind, bucket
    ORDER BY agent_id, destination_id NULLS FIRST, kind, bucket`;
  const counts: RunCount[] = [];
  for await (const rows of readChunks(connection, sql, parameters)) {
    for (const [agentId, destinationId, kind, at, success, failed, timeout, skipped] of rows) {
      counts.push({
        agentId: Number(agentId),
        destinationId: destinationId === null ? null : Number(destinationId),
        kind: String(kind),
        at: at === null ? null : Number(at),
        ...{ success: Number(success), failed: Number(failed), timeout: Number(timeout), skipped: Number(skipped) },
      });
    }
  }
  return counts;
}

function inRange(column: string, { from, to }: { from: number; to: number }, parameters: Parameters): string {
  return `${column} >= ${parameters.add(instantValue(from), BIGINT)} AND ${column} < ${parameters.add(instantValue(to), BIGINT)}`;
}

function scopeOf({ filter, from }: Pick<RunsQuery, 'filter' | 'from'>, parameters: Parameters): string {
  return conditionOf({ ...filter, from: from - EARLIEST_START_MS }, parameters);
}

function toOutcome(row: readonly DuckDBValue[]): RunOutcome {
  const [id, run, plannedAt, startedAt, status, source, code, message, agentId, destinationId, jobId, kind] = row;
  return {
    id: String(id),
    run: typeof run === 'string' ? run : null,
    plannedAt: plannedAt === null ? null : Number(plannedAt),
    startedAt: Number(startedAt),
    status: statusCodes[Number(status)] ?? 'failed',
    failure: typeof source === 'string' ? { source: source as Failure['source'], code: String(code), message: String(message) } : null,
    agentId: Number(agentId),
    destinationId: destinationId === null ? null : Number(destinationId),
    jobId: jobId === null ? null : Number(jobId),
    kind: String(kind),
  };
}
