import { stat } from 'node:fs/promises';
import { TachoError } from '../../../model/errors.ts';
import type { Clock } from '../../../util/clock.ts';
import type {
  AppendOutcome,
  ForeignBatch,
  ListQuery,
  ResultRow,
  ResultsStats,
  ResultsStore,
  RunCount,
  RunCountsQuery,
  RunOutcome,
  RunsQuery,
  Series,
  SeriesQuery,
  SpoolBatch,
  Values,
  ValuesQuery,
} from '../results-store.ts';
import { checkForeign, checkSpool, isUuid } from './check-batch.ts';
import { copyDurably } from './copy-file.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { listResults } from './list.ts';
import { readRows } from './read-rows.ts';
import { countRuns, readRuns } from './runs.ts';
import { EXACT_VALUES, readSeries } from './series.ts';
import { readValues } from './values.ts';
import { Writer } from './writer.ts';

export interface DuckdbResultsStoreOptions {
  /** The database file; created where it is absent. Its folder must exist. */
  readonly path: string;
  /** Most memory the engine takes for its buffers, MB. The rest of the process needs about as much again. */
  readonly memoryLimitMb?: number;
  readonly threads?: number;
  /** Log size at which it is folded into the database, MB: larger is less work in all, and a slower start after a crash. */
  readonly checkpointMb?: number;
  readonly clock: Clock;
  /** Results in a series query up to which its quantiles are exact. */
  readonly exactValues?: number;
}

/** Fits a process of 512 MB. */
const MEMORY_LIMIT_MB = 160;
const THREADS = 2;
const CHECKPOINT_MB = 64;

/** Opens the embedded results store, bringing its schema up to date. */
export async function openDuckdbResultsStore(options: DuckdbResultsStoreOptions): Promise<ResultsStore> {
  const { path, clock, memoryLimitMb = MEMORY_LIMIT_MB, threads = THREADS, exactValues = EXACT_VALUES } = options;
  const database = { path, clock, memoryLimitMb, threads, checkpointMb: options.checkpointMb ?? CHECKPOINT_MB };
  return new DuckdbResultsStore(database, await openDatabase(database), exactValues);
}

class DuckdbResultsStore implements ResultsStore {
  readonly #options: DatabaseOptions;
  readonly #exactValues: number;
  readonly #writer: Writer;
  #database: Promise<Database> | null;
  #closing: Promise<void> | null = null;

  constructor(options: DatabaseOptions, database: Database, exactValues: number) {
    this.#options = options;
    this.#exactValues = exactValues;
    this.#database = Promise.resolve(database);
    this.#writer = new Writer({ get: () => this.#get(), lose: () => this.#lose() }, options.clock);
  }

  async appendSpool(batch: SpoolBatch): Promise<AppendOutcome> {
    this.#checkOpen();
    checkSpool(batch);
    return this.#writer.appendSpool(batch);
  }

  async appendForeign(batch: ForeignBatch): Promise<AppendOutcome> {
    this.#checkOpen();
    checkForeign(batch);
    return this.#writer.appendForeign(batch);
  }

  async highWater(agentId: number, epoch: string): Promise<number> {
    this.#checkOpen();
    return (await this.#get()).marks.committed(agentId, epoch);
  }

  async list(query: ListQuery): Promise<ResultRow[]> {
    this.#checkOpen();
    if (query.after !== undefined && !isUuid(query.after.id)) {
      throw new TachoError('invalid_request', `invalid page position: expected a result id, got ${JSON.stringify(query.after.id.slice(0, 64))}`);
    }
    const { readers, registry } = await this.#get();
    return readers.use((connection) => listResults(connection, registry, query));
  }

  async series(query: SeriesQuery): Promise<Series[]> {
    this.#checkOpen();
    const { readers, registry } = await this.#get();
    return readers.use((connection) => readSeries(connection, registry, { ...query, exactValues: this.#exactValues }));
  }

  async copyTo(path: string): Promise<void> {
    this.#checkOpen();
    await this.#writer.alone(async (database) => {
      // With its log folded in, the file alone is the whole database; nobody writes to it until the copy is made.
      await database.writer.run('CHECKPOINT');
      await copyDurably(this.#options.path, path);
    });
  }

  async values(query: ValuesQuery): Promise<Values> {
    this.#checkOpen();
    const { readers, registry } = await this.#get();
    return readers.use((connection) => readValues(connection, registry, query));
  }

  async runs(query: RunsQuery): Promise<RunOutcome[]> {
    this.#checkOpen();
    const { readers } = await this.#get();
    return readers.use((connection) => readRuns(connection, query));
  }

  async counts(query: RunCountsQuery): Promise<RunCount[]> {
    this.#checkOpen();
    const { readers } = await this.#get();
    return readers.use((connection) => countRuns(connection, query));
  }

  async stats(): Promise<ResultsStats> {
    this.#checkOpen();
    const { readers } = await this.#get();
    const rows = await readers.use((connection) =>
      readRows(
        connection,
        `SELECT CAST(count(*) AS DOUBLE), CAST(coalesce(sum(metric_count), 0) AS DOUBLE), CAST(min(started_at) AS DOUBLE),
          CAST(max(started_at) AS DOUBLE), (SELECT CAST(count(*) AS DOUBLE) FROM series) FROM results`,
      ),
    );
    const [results, samples, oldest, newest, series] = rows[0] ?? [];
    const sizes = await Promise.all([sizeOf(this.#options.path), sizeOf(`${this.#options.path}.wal`)]);
    return {
      results: Number(results ?? 0),
      samples: Number(samples ?? 0),
      series: Number(series ?? 0),
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      oldest: typeof oldest === 'number' ? oldest : null,
      newest: typeof newest === 'number' ? newest : null,
    };
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#writer.idle();
      await this.#lose();
    })();
    return this.#closing;
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new TachoError('unavailable', 'results store is closed');
  }

  async #get(): Promise<Database> {
    this.#database ??= openDatabase(this.#options);
    const opening = this.#database;
    try {
      return await opening;
    } catch (error) {
      if (this.#database === opening) this.#database = null;
      throw error;
    }
  }

  async #lose(): Promise<void> {
    const database = this.#database;
    if (database === null) return;
    // Until it has let go of the file nobody may open it again: the file's lock does not hold within one process.
    const closed = database.then((open) => open.close()).catch(() => undefined);
    this.#database = null;
    if (this.#closing === null) {
      const opening = closed.then(() => openDatabase(this.#options));
      // Whoever asks for the database next hears of a failure.
      opening.catch(() => undefined);
      this.#database = opening;
    }
    await closed;
  }
}

async function openDatabase(options: DatabaseOptions): Promise<Database> {
  try {
    return await Database.open(options);
  } catch (error) {
    if (error instanceof TachoError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TachoError('unavailable', `cannot open the results store ${options.path}: ${reason}`, { cause: error });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
