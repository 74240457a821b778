import {
  DuckDBDataChunk,
  DuckDBMapValue,
  INTEGER,
  MAP,
  VARCHAR,
  mapValue,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Labels } from '../../../model/labels.ts';
import type { ResultRow } from '../results-store.ts';
import { appending, CHUNK_ROWS } from './appending.ts';
import { SLOTS } from './layout.ts';
import { readRows } from './read-rows.ts';

/** What all results of a series have in common. */
export interface SeriesEntry {
  readonly id: number;
  readonly agentId: number;
  readonly kind: string;
  readonly destinationId: number | null;
  readonly jobId: number | null;
  readonly labels: Labels;
}

/** A metric of a kind: its column of `results`, or null where it is kept in `samples`. */
export interface MetricEntry {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly slot: number | null;
}

/** Spellings (orders of label keys) remembered before they are forgotten all together; a forgotten one is only slower. */
const MOST_SPELLINGS = 50_000;

/**
 * Series and metrics by number. The tables are the truth; this is what they hold, plus what the running
 * transaction adds. It is loaded again after a transaction that failed.
 */
export class Registry {
  readonly #series = new Map<number, SeriesEntry>();
  readonly #ids = new Map<string, number>();
  readonly #spellings = new Map<string, number>();
  readonly #kinds = new Map<string, Map<string, MetricEntry>>();
  readonly #metrics = new Map<number, MetricEntry>();
  #addedSeries: SeriesEntry[] = [];
  #addedMetrics: MetricEntry[] = [];
  #nextSeries = 1;
  #nextMetric = 1;

  /** Takes over what the tables hold, and forgets everything else. */
  async load(connection: DuckDBConnection): Promise<void> {
    const series = await readRows(connection, 'SELECT id, agent_id, kind, destination_id, job_id, labels FROM series');
    const metrics = await readRows(connection, 'SELECT id, kind, name, slot FROM metrics ORDER BY id');
    for (const map of [this.#series, this.#ids, this.#spellings, this.#kinds, this.#metrics]) map.clear();
    this.#addedSeries = [];
    this.#addedMetrics = [];
    this.#nextSeries = 1;
    this.#nextMetric = 1;
    for (const [id, agentId, kind, destinationId, jobId, labels] of series) {
      this.#keepSeries({
        id: Number(id),
        agentId: Number(agentId),
        kind: String(kind),
        destinationId: destinationId === null ? null : Number(destinationId),
        jobId: jobId === null ? null : Number(jobId),
        labels: labelsOf(labels),
      });
    }
    for (const [id, kind, name, slot] of metrics) {
      this.#keepMetric({ id: Number(id), kind: String(kind), name: String(name), slot: slot === null ? null : Number(slot) });
    }
  }

  series(id: number): SeriesEntry | undefined {
    return this.#series.get(id);
  }

  metric(id: number): MetricEntry | undefined {
    return this.#metrics.get(id);
  }

  /** Metrics of a kind by name, in the order they were first seen. */
  metricsOf(kind: string): ReadonlyMap<string, MetricEntry> {
    return this.#kinds.get(kind) ?? new Map<string, MetricEntry>();
  }

  /** Entries of one metric name, one a kind that has it. */
  named(name: string): MetricEntry[] {
    return [...this.#kinds.values()].flatMap((metrics) => metrics.get(name) ?? []);
  }

  /** The series of a row, added where it is new. */
  seriesOf(row: ResultRow): number {
    const head = `${row.agentId}|${row.destinationId ?? ''}|${row.jobId ?? ''}|${row.kind}|`;
    let spelling = head;
    for (const key in row.labels) spelling += pair(key, row.labels[key] ?? '');
    const known = this.#spellings.get(spelling);
    if (known !== undefined) return known;
    const key = head + canonical(row.labels);
    const id = this.#ids.get(key) ?? this.#addSeries(row);
    if (this.#spellings.size >= MOST_SPELLINGS) this.#spellings.clear();
    this.#spellings.set(spelling, id);
    return id;
  }

  /** The metric of a kind by name, added where it is new. */
  metricOf(kind: string, name: string): MetricEntry {
    const known = this.#kinds.get(kind)?.get(name);
    if (known !== undefined) return known;
    const used = this.#kinds.get(kind)?.size ?? 0;
    const entry = { id: this.#nextMetric, kind, name, slot: used < SLOTS ? used : null };
    this.#keepMetric(entry);
    this.#addedMetrics.push(entry);
    return entry;
  }

  /** Writes what was added since the last call; part of the transaction that needs it. */
  async writeAdded(connection: DuckDBConnection): Promise<void> {
    const [series, metrics] = [this.#addedSeries, this.#addedMetrics];
    this.#addedSeries = [];
    this.#addedMetrics = [];
    await append(connection, seriesTable, series);
    await append(connection, metricsTable, metrics);
  }

  #addSeries(row: ResultRow): number {
    const { agentId, kind, destinationId, jobId } = row;
    const entry: SeriesEntry = { id: this.#nextSeries, agentId, kind, destinationId, jobId, labels: { ...row.labels } };
    this.#keepSeries(entry);
    this.#addedSeries.push(entry);
    return entry.id;
  }

  #keepSeries(entry: SeriesEntry): void {
    this.#series.set(entry.id, entry);
    this.#ids.set(`${entry.agentId}|${entry.destinationId ?? ''}|${entry.jobId ?? ''}|${entry.kind}|${canonical(entry.labels)}`, entry.id);
    this.#nextSeries = Math.max(this.#nextSeries, entry.id + 1);
  }

  #keepMetric(entry: MetricEntry): void {
    let ofKind = this.#kinds.get(entry.kind);
    if (ofKind === undefined) {
      ofKind = new Map();
      this.#kinds.set(entry.kind, ofKind);
    }
    ofKind.set(entry.name, entry);
    this.#metrics.set(entry.id, entry);
    this.#nextMetric = Math.max(this.#nextMetric, entry.id + 1);
  }
}

/** How entries become rows of their table. */
interface EntryTable<Entry> {
  readonly name: string;
  readonly types: readonly DuckDBType[];
  values(entry: Entry): DuckDBValue[];
}

const seriesTable: EntryTable<SeriesEntry> = {
  name: 'series',
  types: [INTEGER, INTEGER, VARCHAR, INTEGER, INTEGER, MAP(VARCHAR, VARCHAR)],
  values: ({ id, agentId, kind, destinationId, jobId, labels }) => {
    const pairs = Object.entries(labels).map(([key, value]) => ({ key, value }));
    return [id, agentId, kind, destinationId, jobId, mapValue(pairs)];
  },
};

const metricsTable: EntryTable<MetricEntry> = {
  name: 'metrics',
  types: [INTEGER, VARCHAR, VARCHAR, INTEGER],
  values: ({ id, kind, name, slot }) => [id, kind, name, slot],
};

async function append<Entry>(connection: DuckDBConnection, table: EntryTable<Entry>, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const appender = await connection.createAppender(table.name);
  await appending(appender, () => {
    for (let from = 0; from < entries.length; from += CHUNK_ROWS) {
      const chunk = DuckDBDataChunk.create(table.types);
      chunk.setRows(entries.slice(from, from + CHUNK_ROWS).map((entry) => table.values(entry)));
      appender.appendDataChunk(chunk);
    }
  });
}

/** Lengths before the texts keep any two label sets apart, whatever characters they hold. */
function pair(key: string, value: string): string {
  return `${key.length}:${key}${value.length}:${value}`;
}

function canonical(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => pair(key, labels[key] ?? ''))
    .join('');
}

function labelsOf(value: unknown): Labels {
  if (!(value instanceof DuckDBMapValue)) return {};
  return Object.fromEntries(value.entries.map(({ key, value: text }) => [String(key), String(text)]));
}
