import type { Failure } from '../../model/failure.ts';
import type { Labels } from '../../model/labels.ts';
import type { Details, Metrics, Status } from '../../model/result.ts';

/** A result by ids, as it is kept. Instants are epoch milliseconds. */
export interface ResultRow {
  /** UUID, given or derived. */
  readonly id: string;
  readonly run: string | null;
  readonly plannedAt: number | null;
  readonly startedAt: number;
  readonly durationMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly kind: string;
  readonly agentId: number;
  readonly destinationId: number | null;
  readonly jobId: number | null;
  readonly status: Status;
  readonly failure: Failure | null;
  readonly metrics: Metrics;
  readonly labels: Labels;
  readonly details: Details;
}

/** Results of an agent's spool, in order: `seqs[i]` is the sequence number of `rows[i]`, strictly growing. */
export interface SpoolBatch {
  readonly agentId: number;
  readonly epoch: string;
  readonly rows: readonly ResultRow[];
  readonly seqs: readonly number[];
  /** The mark to keep once this is durable: at least the last seq; more where the last results were refused. */
  readonly through: number;
}

/** Results of anyone else: duplicates are looked for by id among results that started at the same instant. */
export interface ForeignBatch {
  readonly rows: readonly ResultRow[];
}

export interface AppendOutcome {
  /** Indexes into `rows` of what was stored by this call; the others were stored before. */
  readonly stored: readonly number[];
}

export interface ResultFilter {
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly agentIds?: readonly number[] | undefined;
  readonly destinationIds?: readonly number[] | undefined;
  readonly jobIds?: readonly number[] | undefined;
  readonly statuses?: readonly Status[] | undefined;
  /** Every pair must be on the result. */
  readonly labels?: Labels | undefined;
}

/** Newest first by (startedAt, id); `after` is the last row of the page before. */
export interface ListQuery {
  readonly filter: ResultFilter;
  readonly limit: number;
  readonly after?: { readonly startedAt: number; readonly id: string } | undefined;
}

export interface SeriesQuery {
  readonly filter: ResultFilter & { readonly from: number; readonly to: number };
  readonly metric: string;
  /** Width of a bucket; buckets begin at multiples of it since the epoch. */
  readonly bucketMs: number;
  /** Most buckets of all lines together; a question that has more is refused, whatever memory it would take. */
  readonly mostBuckets?: number;
}

/** One line of a chart. The arrays have one length; a bucket without a result is absent. */
export interface Series {
  readonly agentId: number;
  readonly destinationId: number | null;
  /** Start of each bucket, ascending. */
  readonly at: readonly number[];
  /** Results that carry the metric. */
  readonly count: readonly number[];
  /** Mean, extremes and quantiles of the metric in the bucket; null where no result of the bucket carries it. */
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly p5: readonly (number | null)[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  /** Results in the bucket, and how many of them did not succeed. */
  readonly runs: readonly number[];
  readonly failures: readonly number[];
}

export interface ValuesQuery {
  readonly filter: ResultFilter & { readonly from: number; readonly to: number };
  readonly metrics: readonly string[];
  /** Most results answered: the earliest ones where more match. */
  readonly limit: number;
}

/** What the results of one source have in common. */
export interface ValueSource {
  readonly kind: string;
  readonly agentId: number;
  readonly destinationId: number | null;
  readonly jobId: number | null;
  readonly labels: Labels;
}

/** Results as columns, for analysis. The arrays have one length and are ordered by (startedAt, id). */
export interface Values {
  readonly startedAt: Float64Array;
  /** Index into `sources`. */
  readonly source: Int32Array;
  readonly sources: readonly ValueSource[];
  readonly status: readonly Status[];
  /** One array a metric, in the order asked for; NaN where a result does not carry it. */
  readonly metrics: readonly Float64Array[];
  /** False where more match than `limit`. */
  readonly complete: boolean;
}

/** A filter that leaves time aside. */
export type RunFilter = Omit<ResultFilter, 'from' | 'to'>;

export interface RunsQuery {
  readonly filter: RunFilter;
  /** Planned instants: inclusive, exclusive. */
  readonly from: number;
  readonly to: number;
  /** Also runs that nobody planned, by the instant at which they began. */
  readonly unplanned?: boolean;
  /** The newest are answered where more match. */
  readonly limit: number;
}

/** What became of a run: its result without what was measured. */
export type RunOutcome = Pick<
  ResultRow,
  'id' | 'run' | 'plannedAt' | 'startedAt' | 'agentId' | 'destinationId' | 'jobId' | 'kind' | 'status' | 'failure'
>;

export interface RunCountsQuery {
  readonly filter: RunFilter;
  /** Planned instants: inclusive, exclusive. */
  readonly from: number;
  readonly to: number;
  /** Width of a bucket; buckets begin at multiples of it since the epoch. null: the whole range is one. */
  readonly bucketMs: number | null;
}

/** Planned runs of one agent, destination and kind by how they ended; of several results of a run the best counts. */
export interface RunCount extends Readonly<Record<Status, number>> {
  readonly agentId: number;
  readonly destinationId: number | null;
  readonly kind: string;
  /** Start of the bucket; null where the whole range is one. */
  readonly at: number | null;
}

export interface ResultsStats {
  readonly results: number;
  readonly samples: number;
  readonly series: number;
  readonly bytes: number;
  readonly oldest: number | null;
  readonly newest: number | null;
}

/**
 * The data plane: every result, for years. Implementations keep what they acknowledge through kill -9 at any
 * instant, and pass `results-store.contract.ts` unchanged.
 */
export interface ResultsStore {
  /**
   * Stores a spool batch once: rows whose seq is not above the epoch's mark are duplicates. Data and mark become
   * durable together, before this resolves.
   * @throws {TachoError} unavailable, when the engine cannot write; nothing of the batch is kept then.
   */
  appendSpool(batch: SpoolBatch): Promise<AppendOutcome>;
  /** Stores rows whose id is not yet there at that instant; durable before this resolves. */
  appendForeign(batch: ForeignBatch): Promise<AppendOutcome>;
  /** The highest sequence number acknowledged for an agent's epoch; 0 where there is none. */
  highWater(agentId: number, epoch: string): Promise<number>;
  list(query: ListQuery): Promise<ResultRow[]>;
  /**
   * One series per agent and destination that has results in the range.
   * @throws {TachoError} invalid_request, where there are more than `mostBuckets`
   */
  series(query: SeriesQuery): Promise<Series[]>;
  /** Some metrics of every matching result. Others get their turn while it reads, however many there are. */
  values(query: ValuesQuery): Promise<Values>;
  /** What became of runs, by planned instant; newest first by (plannedAt or else startedAt, id). */
  runs(query: RunsQuery): Promise<RunOutcome[]>;
  /** How planned runs ended, counted; by agent, destination, kind and bucket, in that order. */
  counts(query: RunCountsQuery): Promise<RunCount[]>;
  stats(): Promise<ResultsStats>;
  /**
   * Copies everything acknowledged so far to a new file that `open` takes, durably. Appends wait meanwhile, reads do not.
   * @throws {TachoError} conflict, when the file exists; unavailable, when it cannot be written
   */
  copyTo(path: string): Promise<void>;
  /** Waits for what is being written, then closes. Later calls reject. */
  close(): Promise<void>;
}
