import { BIGINT, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { TachoError } from '../../../model/errors.ts';
import type { Status } from '../../../model/result.ts';
import type { Values, ValuesQuery, ValueSource } from '../results-store.ts';
import { conditionOf } from './filter.ts';
import { statusCodes } from './layout.ts';
import { metricValue } from './metric-value.ts';
import { Parameters, readColumns } from './read-rows.ts';
import type { Registry } from './registry.ts';

/** Some metrics of every matching result, as columns. */
export async function readValues(connection: DuckDBConnection, registry: Registry, query: ValuesQuery): Promise<Values> {
  const { limit } = query;
  if (!Number.isSafeInteger(limit) || limit <= 0) {
    throw new TachoError('invalid_request', `invalid limit: expected a whole number above 0, got ${limit}`);
  }
  const parameters = new Parameters();
  const metrics = query.metrics.map((metric, index) => metricValue(metric, { registry, parameters, alias: `m${index}` }));
  const condition = conditionOf(query.filter, parameters);
  // One more than asked for shows whether there are more.
  const most = parameters.add(BigInt(limit + 1), BIGINT);
  const columns = ['CAST(r.started_at AS DOUBLE)', 'r.series', 'r.status', ...metrics.map(({ value }) => value)];
  const sql = `SELECT ${columns.join(', ')} FROM results r JOIN series s ON s.id = r.series ${metrics.map(({ join }) => join).join(' ')}
    WHERE ${condition} ORDER BY r.started_at, r.id LIMIT ${most}`;

  const answer = await readColumns(connection, sql, parameters);
  const found = Math.min(answer.rows, limit);
  const startedAt = new Float64Array(found);
  const source = new Int32Array(found);
  const status = new Array<Status>(found);
  const values = query.metrics.map(() => new Float64Array(found));
  const sources = new Sources(registry);
  let at = 0;
  for await (const [instants, series, codes, ...cells] of answer.chunks) {
    const count = Math.min(instants?.length ?? 0, found - at);
    for (let i = 0; i < count; i++) {
      startedAt[at + i] = Number(instants?.[i]);
      source[at + i] = sources.indexOf(Number(series?.[i]));
      status[at + i] = statusCodes[Number(codes?.[i])] ?? 'failed';
    }
    for (const [metric, column] of values.entries()) fill(column, cells[metric] ?? [], { at, count });
    at += count;
  }
  return { startedAt, source, sources: sources.list, status, metrics: values, complete: answer.rows <= limit };
}

function fill(column: Float64Array, values: readonly DuckDBValue[], { at, count }: { at: number; count: number }): void {
  for (let i = 0; i < count; i++) {
    const value = values[i];
    column[at + i] = typeof value === 'number' ? value : NaN;
  }
}

/** The series that an answer names, numbered as they come. */
class Sources {
  readonly list: ValueSource[] = [];
  readonly #registry: Registry;
  readonly #indexes = new Map<number, number>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  indexOf(id: number): number {
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    const series = this.#registry.series(id);
    if (series === undefined) throw new Error(`results store is damaged: no series ${id}`);
    const { kind, agentId, destinationId, jobId, labels } = series;
    this.#indexes.set(id, this.list.length);
    return this.list.push({ kind, agentId, destinationId, jobId, labels }) - 1;
  }
}
