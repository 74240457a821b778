import type { Cell, Column, Row } from '../../exporters/exporter.ts';
import { findKindDescription } from '../../model/kinds/index.ts';
import { wordOfKind } from '../../model/metric-words.ts';
import { metricRowFields } from '../../model/job-analysis.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { Directory, Thing } from '../ingest/directory.ts';

type Field = (typeof metricRowFields)[number];

/** What a row needs of a result: without its details, which weigh most. */
export type FlatResult = Pick<ResultRow, 'startedAt' | 'id' | 'kind' | 'status' | 'metrics'> & { readonly fixed: Row };

const types: Readonly<Partial<Record<Field, Column['type']>>> = { timestamp: 'instant', planned_at: 'instant', response_time_ms: 'number' };

/** Turns results into flat ones, with today's names, each asked for once. */
export function flattener(directory: Pick<Directory, 'nameOf'>): (row: ResultRow) => Promise<FlatResult> {
  const names = new Map<string, Promise<string>>();
  const nameOf = (thing: Thing, id: number | null): Promise<string> | null => {
    if (id === null) return null;
    const key = `${thing} ${id}`;
    const known = names.get(key) ?? directory.nameOf(thing, id);
    names.set(key, known);
    return known;
  };
  return async ({ startedAt, id, kind, status, metrics, ...row }) => {
    const cells: Record<Field, Cell> = {
      timestamp: startedAt,
      planned_at: row.plannedAt,
      job: await nameOf('job', row.jobId),
      agent: await nameOf('agent', row.agentId),
      destination: await nameOf('destination', row.destinationId),
      metric: wordOfKind(kind),
      kind,
      status,
      response_time_ms: responseTimeOf(kind, metrics),
      failure_source: row.failure?.source ?? null,
      failure_code: row.failure?.code ?? null,
      failure_message: row.failure?.message ?? null,
    };
    return { startedAt, id, kind, status, metrics, fixed: metricRowFields.map((field) => cells[field]) };
  };
}

function responseTimeOf(kind: string, metrics: ResultRow['metrics']): number | null {
  const metric = findKindDescription(kind)?.responseTime;
  return metric === undefined ? null : ownMetric(metrics, metric);
}

/** A metric's name may be that of something every object has. */
function ownMetric(metrics: ResultRow['metrics'], name: string): number | null {
  return Object.hasOwn(metrics, name) ? (metrics[name] ?? null) : null;
}

/** The metrics that some results carry, gathered as they come. */
export class MetricNames {
  readonly #ofKind = new Map<string, Set<string>>();

  add({ kind, metrics }: Pick<FlatResult, 'kind' | 'metrics'>): void {
    const known = this.#ofKind.get(kind) ?? new Set();
    this.#ofKind.set(kind, known);
    for (const name of Object.keys(metrics)) known.add(name);
  }

  kinds(): string[] {
    return [...this.#ofKind.keys()].sort();
  }

  /** Of one kind: those it describes in its own order, then what else was seen. */
  of(kind: string): string[] {
    const described = Object.keys(findKindDescription(kind)?.metrics ?? {});
    const others = [...(this.#ofKind.get(kind) ?? [])].filter((name) => !described.includes(name));
    return [...described, ...others.sort()];
  }

  /** Of all kinds that were seen, each once. */
  all(): string[] {
    return [...new Set(this.kinds().flatMap((kind) => this.of(kind)))];
  }
}

export interface MetricTable {
  readonly columns: readonly Column[];
  rowOf(result: FlatResult): Row;
}

/** The table of results that carry these metrics: the fields that every row has, then a column a metric. */
export function metricTable(names: MetricNames): MetricTable {
  const metrics = names.all();
  const decimals = decimalsOf(names);
  const taken = new Set<string>([...metricRowFields, ...metrics]);
  const columns: Column[] = [
    ...metricRowFields.map((name): Column => ({ name, type: types[name] ?? 'text', ...(name === 'response_time_ms' && { decimals: 2 }) })),
    ...metrics.map((metric): Column => ({ name: columnName(metric, taken), type: 'number', decimals: decimals.get(metric) })),
  ];
  return { columns, rowOf: ({ fixed, metrics: carried }) => [...fixed, ...metrics.map((metric) => ownMetric(carried, metric))] };
}

/** A metric that is called like a field of every row stands beside it under a longer name. */
function columnName(metric: string, taken: ReadonlySet<string>): string {
  if (!metricRowFields.some((field) => field === metric)) return metric;
  let name = `metric_${metric}`;
  while (taken.has(name)) name = `metric_${name}`;
  return name;
}

function decimalsOf(names: MetricNames): Map<string, number> {
  const found = new Map<string, number>();
  for (const kind of names.kinds()) {
    for (const [metric, { decimals }] of Object.entries(findKindDescription(kind)?.metrics ?? {})) found.set(metric, decimals);
  }
  return found;
}
