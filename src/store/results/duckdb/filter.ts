import { BIGINT, INTEGER, UTINYINT, VARCHAR } from '@duckdb/node-api';
import type { ResultFilter } from '../results-store.ts';
import { statusCodes } from './layout.ts';
import type { Parameters } from './read-rows.ts';

/** Beyond any instant a result may carry; keeps what a caller passes within BIGINT. */
const FARTHEST_MS = 8.64e15;

/** The condition on `results r` that a filter stands for. */
export function conditionOf(filter: ResultFilter, parameters: Parameters): string {
  const conditions = ['true'];
  if (filter.from !== undefined) conditions.push(`r.started_at >= ${parameters.add(instantValue(filter.from), BIGINT)}`);
  if (filter.to !== undefined) conditions.push(`r.started_at < ${parameters.add(instantValue(filter.to), BIGINT)}`);
  if (filter.statuses !== undefined) {
    const codes = filter.statuses.map((status) => statusCodes.indexOf(status));
    conditions.push(parameters.oneOf('r.status', codes, UTINYINT));
  }
  const ofSeries = seriesConditions(filter, parameters);
  if (ofSeries.length > 0) conditions.push(`r.series IN (SELECT s.id FROM series s WHERE ${ofSeries.join(' AND ')})`);
  return conditions.join(' AND ');
}

/** The first whole millisecond that is not before an instant. */
export function instantValue(ms: number): bigint {
  return BigInt(Math.ceil(Math.max(-FARTHEST_MS, Math.min(FARTHEST_MS, ms))));
}

function seriesConditions(filter: ResultFilter, parameters: Parameters): string[] {
  const conditions: string[] = [];
  if (filter.kinds !== undefined) conditions.push(parameters.oneOf('s.kind', filter.kinds, VARCHAR));
  if (filter.agentIds !== undefined) conditions.push(parameters.oneOf('s.agent_id', filter.agentIds, INTEGER));
  if (filter.destinationIds !== undefined) conditions.push(parameters.oneOf('s.destination_id', filter.destinationIds, INTEGER));
  if (filter.jobIds !== undefined) conditions.push(parameters.oneOf('s.job_id', filter.jobIds, INTEGER));
  for (const [key, value] of Object.entries(filter.labels ?? {})) {
    conditions.push(`map_extract_value(s.labels, ${parameters.add(key, VARCHAR)}) = ${parameters.add(value, VARCHAR)}`);
  }
  return conditions;
}
