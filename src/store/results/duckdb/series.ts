import { BIGINT, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { TachoError } from '../../../model/errors.ts';
import type { Series, SeriesQuery } from '../results-store.ts';
import { conditionOf } from './filter.ts';
import { metricValue } from './metric-value.ts';
import { Parameters, readChunks, readRows } from './read-rows.ts';
import type { Registry } from './registry.ts';

/**
 * Values up to which quantiles are exact: they are kept in memory, 8 bytes each and as much again while they are
 * sorted. Beyond, a t-digest a bucket takes their place.
 */
export const EXACT_VALUES = 4_000_000;

type Lines = { -readonly [K in keyof Series]: Series[K] extends readonly (infer T)[] ? T[] : Series[K] };

/** Buckets of one metric, a line for each agent and destination, computed in the engine. */
export async function readSeries(
  connection: DuckDBConnection,
  registry: Registry,
  query: SeriesQuery & { readonly exactValues: number },
): Promise<Series[]> {
  const { bucketMs } = query;
  if (!Number.isSafeInteger(bucketMs) || bucketMs <= 0) {
    throw new TachoError('invalid_request', `invalid bucket: expected a whole number of milliseconds above 0, got ${bucketMs}`);
  }
  const exact = (await countResults(connection, query)) <= query.exactValues;
  const parameters = new Parameters();
  const { value, join } = metricValue(query.metric, { registry, parameters, alias: 'm' });
  const width = parameters.add(BigInt(bucketMs), BIGINT);
  const condition = conditionOf(query.filter, parameters);
  const sql = `
    SELECT agent_id, destination_id, CAST(bucket AS DOUBLE), CAST(count AS DOUBLE), mean, least, most,
      quantiles[1], quantiles[2], quantiles[3], CAST(runs AS DOUBLE), CAST(failures AS DOUBLE)
    FROM (
      SELECT agent_id, destination_id, bucket, count(value) AS count, avg(value) AS mean, min(value) AS least, max(value) AS most,
        ${exact ? 'quantile_cont' : 'approx_quantile'}(value, [0.05, 0.5, 0.95]) AS quantiles,
        count(*) AS runs, count(*) FILTER (status <> 0) AS failures
      FROM (
        SELECT s.agent_id, s.destination_id, r.started_at - r.started_at % ${width} AS bucket, r.status, ${value} AS value
        FROM results r JOIN series s ON s.id = r.series ${join} WHERE ${condition})
      GROUP BY agent_id, destination_id, bucket)
    ORDER BY agent_id, destination_id NULLS FIRST, bucket`;
  const series: Lines[] = [];
  let buckets = 0;
  for await (const rows of readChunks(connection, sql, parameters)) {
    buckets += rows.length;
    if (query.mostBuckets !== undefined && buckets > query.mostBuckets) {
      throw new TachoError(
        'invalid_request',
        `too many buckets: expected at most ${query.mostBuckets} in all lines together; choose wider buckets, a shorter range, or fewer agents and destinations`,
      );
    }
    for (const row of rows) addBucket(series, row);
  }
  return series;
}

async function countResults(connection: DuckDBConnection, query: SeriesQuery): Promise<number> {
  const parameters = new Parameters();
  const rows = await readRows(
    connection,
    `SELECT CAST(count(*) AS DOUBLE) FROM results r WHERE ${conditionOf(query.filter, parameters)}`,
    parameters,
  );
  return Number(rows[0]?.[0] ?? 0);
}

function addBucket(series: Lines[], row: readonly DuckDBValue[]): void {
  const [agentId, destinationId, at, count, mean, min, max, p5, p50, p95, runs, failures] = row.map((value) =>
    value === null ? null : Number(value),
  );
  let line = series.at(-1);
  if (line === undefined || line.agentId !== agentId || line.destinationId !== destinationId) {
    const empty = { at: [], count: [], mean: [], min: [], max: [], p5: [], p50: [], p95: [], runs: [], failures: [] };
    line = { agentId: agentId ?? 0, destinationId: destinationId ?? null, ...empty };
    series.push(line);
  }
  line.at.push(at ?? 0);
  line.count.push(count ?? 0);
  line.mean.push(mean ?? null);
  line.min.push(min ?? null);
  line.max.push(max ?? null);
  line.p5.push(p5 ?? null);
  line.p50.push(p50 ?? null);
  line.p95.push(p95 ?? null);
  line.runs.push(runs ?? 0);
  line.failures.push(failures ?? 0);
}
