import { BIGINT, UUID, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import type { Failure } from '../../../model/failure.ts';
import type { ListQuery, ResultRow } from '../results-store.ts';
import { conditionOf, instantValue } from './filter.ts';
import { slotNames, statusCodes } from './layout.ts';
import { Parameters, readRows } from './read-rows.ts';
import type { Registry } from './registry.ts';
import { uuidValue } from './row-writer.ts';

const COLUMNS = [
  'CAST(r.started_at AS DOUBLE)',
  'r.id',
  'r.series',
  'r.status',
  'r.metric_count',
  'CAST(r.planned_at AS DOUBLE)',
  'r.duration_ms',
  'r.clock_offset_ms',
  'r.run',
  'r.failure_source',
  'r.failure_code',
  'r.failure_message',
  'r.details',
];

const DAY_MS = 86_400_000;
/** How many times wider each next look into the past is than the one before. */
const WIDENING = 8;

/**
 * One page, newest first. It looks into the last day before its newest possible result, then further and further
 * back until the page is full: a page of a large store costs what it holds, not what the store holds.
 */
export async function listResults(connection: DuckDBConnection, registry: Registry, query: ListQuery): Promise<ResultRow[]> {
  const bounds = await readRows(connection, 'SELECT CAST(min(started_at) AS DOUBLE), CAST(max(started_at) AS DOUBLE) FROM results');
  const [oldest, newest] = [bounds[0]?.[0], bounds[0]?.[1]];
  if (typeof oldest !== 'number' || typeof newest !== 'number') return [];
  const floor = Math.max(oldest, query.filter.from ?? -Infinity);
  let to = Math.min(newest + 1, query.filter.to ?? Infinity, query.after === undefined ? Infinity : query.after.startedAt + 1);
  const rows: ResultRow[] = [];
  for (let width = DAY_MS; to > floor && rows.length < query.limit; width *= WIDENING) {
    const from = Math.max(floor, to - width);
    const page = await readPage(connection, registry, {
      ...query,
      filter: { ...query.filter, from, to },
      limit: query.limit - rows.length,
    });
    for (const row of page) rows.push(row);
    to = from;
  }
  return rows;
}

async function readPage(connection: DuckDBConnection, registry: Registry, query: ListQuery): Promise<ResultRow[]> {
  const parameters = new Parameters();
  let condition = conditionOf(query.filter, parameters);
  if (query.after !== undefined) {
    const at = parameters.add(instantValue(query.after.startedAt), BIGINT);
    condition += ` AND (r.started_at < ${at} OR r.id < ${parameters.add(uuidValue(query.after.id), UUID)})`;
  }
  const limit = parameters.add(BigInt(Math.trunc(query.limit)), BIGINT);
  const sql = `SELECT ${[...COLUMNS, ...slotNames.map((name) => `r.${name}`)].join(', ')}
    FROM results r WHERE ${condition} ORDER BY r.started_at DESC, r.id DESC LIMIT ${limit}`;
  const rows = (await readRows(connection, sql, parameters)).map((values) => toRow(values, registry));
  const missing = rows.filter(({ row, metricCount }) => row.metrics.length < metricCount);
  const others = await readSamples(
    connection,
    registry,
    missing.map(({ row }) => row),
  );
  return rows.map(({ row }) => {
    const rest = others.get(`${row.startedAt}:${row.id}`) ?? [];
    return { ...row, metrics: Object.fromEntries([...row.metrics, ...rest]) };
  });
}

/** A row whose metrics are still a list: an object would take a metric of an unlucky name for its prototype. */
type OpenRow = Omit<ResultRow, 'metrics'> & { readonly metrics: [string, number][] };

function toRow(values: readonly DuckDBValue[], registry: Registry): { row: OpenRow; metricCount: number } {
  const [startedAt, id, seriesId, status, metricCount, plannedAt, durationMs, clockOffsetMs, run, source, code, message, details] = values;
  const series = registry.series(Number(seriesId));
  if (series === undefined) throw new Error(`results store is damaged: no series ${String(seriesId)}`);
  const metrics: [string, number][] = [];
  for (const metric of registry.metricsOf(series.kind).values()) {
    const value = metric.slot === null ? null : values[COLUMNS.length + metric.slot];
    if (typeof value === 'number') metrics.push([metric.name, value]);
  }
  const row: OpenRow = {
    id: String(id),
    run: textOf(run),
    plannedAt: numberOf(plannedAt),
    startedAt: Number(startedAt),
    durationMs: numberOf(durationMs),
    clockOffsetMs: numberOf(clockOffsetMs),
    kind: series.kind,
    agentId: series.agentId,
    destinationId: series.destinationId,
    jobId: series.jobId,
    status: statusCodes[Number(status)] ?? 'failed',
    failure: typeof source === 'string' ? { source: source as Failure['source'], code: String(code), message: String(message) } : null,
    metrics,
    labels: series.labels,
    details: typeof details === 'string' ? (JSON.parse(details) as ResultRow['details']) : {},
  };
  return { row, metricCount: Number(metricCount) };
}

/** Metrics without a column of their own, by the identity of their result. */
async function readSamples(connection: DuckDBConnection, registry: Registry, rows: readonly OpenRow[]): Promise<Map<string, [string, number][]>> {
  const found = new Map<string, [string, number][]>();
  if (rows.length === 0) return found;
  const parameters = new Parameters();
  const instants = rows.map((row) => row.startedAt);
  const oldest = parameters.add(instantValue(Math.min(...instants)), BIGINT);
  const newest = parameters.add(instantValue(Math.max(...instants)), BIGINT);
  const ids = parameters.oneOf(
    'id',
    rows.map((row) => uuidValue(row.id)),
    UUID,
  );
  const sql = `SELECT started_at, id, metric, CAST(value AS DOUBLE) FROM samples
    WHERE started_at BETWEEN ${oldest} AND ${newest} AND ${ids} ORDER BY metric`;
  for (const [startedAt, id, metric, value] of await readRows(connection, sql, parameters)) {
    const name = registry.metric(Number(metric))?.name;
    if (name === undefined) continue;
    const key = `${String(startedAt)}:${String(id)}`;
    const list = found.get(key);
    if (list === undefined) found.set(key, [[name, Number(value)]]);
    else list.push([name, Number(value)]);
  }
  return found;
}

function textOf(value: DuckDBValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: DuckDBValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
