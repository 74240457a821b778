import {
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBUUIDValue,
  INTEGER,
  UINTEGER,
  UTINYINT,
  UUID,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Status } from '../../../model/result.ts';
import type { ResultRow } from '../results-store.ts';
import { SLOTS, statusCodes } from './layout.ts';
import type { MetricEntry, Registry } from './registry.ts';

const RESULT_TYPES: readonly DuckDBType[] = [
  BIGINT,
  UUID,
  INTEGER,
  UTINYINT,
  UINTEGER,
  BIGINT,
  DOUBLE,
  DOUBLE,
  VARCHAR,
  VARCHAR,
  VARCHAR,
  VARCHAR,
  VARCHAR,
  ...Array.from({ length: SLOTS }, () => DOUBLE),
];
/** Columns of `results` before the metrics. */
const FIRST_SLOT = RESULT_TYPES.length - SLOTS;
const SAMPLE_TYPES: readonly DuckDBType[] = [BIGINT, UUID, INTEGER, DOUBLE];

const codeOfStatus: Readonly<Record<Status, number>> = { success: 0, failed: 1, timeout: 2, skipped: 3 };
statusCodes satisfies readonly Status[];

/** A metric that has no column of its own. */
export interface Sample {
  readonly row: ResultRow;
  readonly metric: number;
  readonly value: number;
}

/** A chunk of `results` to be filled again and again: its half megabyte lies outside the heap, where no garbage collection hurries. */
export function createResultsChunk(): DuckDBDataChunk {
  return DuckDBDataChunk.create(RESULT_TYPES);
}

export interface ResultsTarget {
  readonly appender: DuckDBAppender;
  readonly chunk: DuckDBDataChunk;
}

/** Appends at most CHUNK_ROWS rows column by column; answers the metrics that found no column. */
export function writeResults({ appender, chunk }: ResultsTarget, rows: readonly ResultRow[], registry: Registry): Sample[] {
  chunk.reset();
  chunk.rowCount = rows.length;
  const column = (index: number, value: (row: ResultRow) => DuckDBValue): void => {
    const vector = chunk.getColumnVector(index);
    for (let i = 0; i < rows.length; i++) vector.setItem(i, value(rows[i] as ResultRow));
    vector.flush();
  };
  column(0, (row) => BigInt(row.startedAt));
  column(1, (row) => uuidValue(row.id));
  column(2, (row) => registry.seriesOf(row));
  column(3, (row) => codeOfStatus[row.status]);
  const samples = writeMetrics(chunk, rows, registry);
  column(5, (row) => (row.plannedAt === null ? null : BigInt(row.plannedAt)));
  column(6, (row) => row.durationMs);
  column(7, (row) => row.clockOffsetMs);
  column(8, (row) => row.run);
  column(9, (row) => row.failure?.source ?? null);
  column(10, (row) => row.failure?.code ?? null);
  column(11, (row) => row.failure?.message ?? null);
  column(12, (row) => detailsText(row));
  appender.appendDataChunk(chunk);
  return samples;
}

export function writeSamples(appender: DuckDBAppender, samples: readonly Sample[]): void {
  const chunk = DuckDBDataChunk.create(SAMPLE_TYPES, samples.length);
  chunk.setColumns([
    samples.map((sample) => BigInt(sample.row.startedAt)),
    samples.map((sample) => uuidValue(sample.row.id)),
    samples.map((sample) => sample.metric),
    samples.map((sample) => sample.value),
  ]);
  appender.appendDataChunk(chunk);
}

export function uuidValue(text: string): DuckDBUUIDValue {
  const hex = text.slice(0, 8) + text.slice(9, 13) + text.slice(14, 18) + text.slice(19, 23) + text.slice(24);
  return DuckDBUUIDValue.fromUint128(BigInt(`0x${hex}`));
}

/** Metrics go row by row into a matrix of the slots, NaN where absent, and from there into the columns. */
function writeMetrics(chunk: DuckDBDataChunk, rows: readonly ResultRow[], registry: Registry): Sample[] {
  const matrix = new Float64Array(rows.length * SLOTS).fill(NaN);
  const samples: Sample[] = [];
  const counts = chunk.getColumnVector(4);
  let used = 0;
  let kind: string | null = null;
  let metrics: ReadonlyMap<string, MetricEntry> = new Map();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as ResultRow;
    if (row.kind !== kind) {
      kind = row.kind;
      metrics = registry.metricsOf(kind);
    }
    let count = 0;
    for (const name in row.metrics) {
      const value = row.metrics[name] as number;
      let entry = metrics.get(name);
      if (entry === undefined) {
        entry = registry.metricOf(kind, name);
        metrics = registry.metricsOf(kind);
      }
      count++;
      if (entry.slot === null) samples.push({ row, metric: entry.id, value });
      else {
        matrix[i * SLOTS + entry.slot] = value;
        if (entry.slot >= used) used = entry.slot + 1;
      }
    }
    counts.setItem(i, count);
  }
  counts.flush();
  for (let slot = 0; slot < SLOTS; slot++) {
    const vector = chunk.getColumnVector(FIRST_SLOT + slot);
    for (let i = 0; i < rows.length; i++) {
      const value = slot < used ? (matrix[i * SLOTS + slot] as number) : NaN;
      vector.setItem(i, Number.isNaN(value) ? null : value);
    }
    vector.flush();
  }
  return samples;
}

function detailsText(row: ResultRow): string | null {
  for (const _ in row.details) return JSON.stringify(row.details);
  return null;
}
