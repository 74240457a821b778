import { INTEGER, VARCHAR } from '@duckdb/node-api';
import type { Parameters } from './read-rows.ts';
import type { Registry } from './registry.ts';

interface MetricValueOptions {
  readonly registry: Registry;
  readonly parameters: Parameters;
  /** Name of the join, another for each metric of a statement. */
  readonly alias: string;
}

/**
 * A metric's value in a row of `results r JOIN series s`: its column depends on the row's kind, because each kind
 * fills the columns in its own order; what found no column is joined from `samples`.
 */
export function metricValue(metric: string, { registry, parameters, alias }: MetricValueOptions): { value: string; join: string } {
  const cases: string[] = [];
  const others: string[] = [];
  for (const entry of registry.named(metric)) {
    if (entry.slot === null) others.push(parameters.add(entry.id, INTEGER));
    else cases.push(`WHEN s.kind = ${parameters.add(entry.kind, VARCHAR)} THEN r.v${entry.slot}`);
  }
  const inColumns = cases.length === 0 ? 'CAST(NULL AS DOUBLE)' : `CASE ${cases.join(' ')} END`;
  if (others.length === 0) return { value: inColumns, join: '' };
  return {
    value: `coalesce(${inColumns}, ${alias}.value)`,
    join: `LEFT JOIN samples ${alias} ON ${alias}.started_at = r.started_at AND ${alias}.id = r.id AND ${alias}.metric IN (${others.join(', ')})`,
  };
}
