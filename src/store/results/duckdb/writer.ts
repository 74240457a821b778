import { setImmediate } from 'node:timers/promises';
import { TachoError } from '../../../model/errors.ts';
import type { Clock } from '../../../util/clock.ts';
import type { AppendOutcome, ForeignBatch, ResultRow, SpoolBatch } from '../results-store.ts';
import { appending, CHUNK_ROWS } from './appending.ts';
import type { Database } from './database.ts';
import { findStored, identityOf } from './duplicates.ts';
import { createResultsChunk, writeResults, writeSamples, type Sample } from './row-writer.ts';

type Waiting = {
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
  stored: number[];
} & ({ readonly form: 'spool'; readonly batch: SpoolBatch } | { readonly form: 'foreign'; readonly batch: ForeignBatch });

interface Task {
  readonly form: 'task';
  readonly task: (database: Database) => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Rows that share one transaction and one fsync: enough to pay for it, few enough to answer soon. */
const GROUP_ROWS = 16_384;

/**
 * Transactions of fewer rows than this begin at most so often: each costs the main thread milliseconds whatever is in
 * it, and a fleet's small batches come several hundred times a second.
 */
const FEW_ROWS = 512;
const FEW_EVERY_MS = 25;

/** How the writer gets its database: anew where the last one was lost. */
export interface DatabaseSource {
  get(): Promise<Database>;
  /** Lets the present one go; the next `get` opens it again. */
  lose(): Promise<void>;
}

/**
 * The one writer. Batches that wait while a transaction commits share the next one, so throughput does not depend on
 * how long an fsync takes; every batch is answered only after its own transaction is durable.
 */
export class Writer {
  readonly #source: DatabaseSource;
  readonly #queue: (Waiting | Task)[] = [];
  readonly #chunk = createResultsChunk();
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  #running: Promise<void> | null = null;
  /** Monotonic instant at which the last transaction began. */
  #begunAt = -Infinity;

  constructor(source: DatabaseSource, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#source = source;
    this.#clock = clock;
  }

  appendSpool(batch: SpoolBatch): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => this.#enqueue({ form: 'spool', batch, resolve, reject, stored: [] }));
  }

  appendForeign(batch: ForeignBatch): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => this.#enqueue({ form: 'foreign', batch, resolve, reject, stored: [] }));
  }

  /** Runs a task between two transactions, in its turn; appends handed in after it wait for it. */
  alone(task: (database: Database) => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => this.#enqueue({ form: 'task', task, resolve, reject }));
  }

  /** Resolves when everything that was handed in has been answered. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #enqueue(waiting: Waiting | Task): void {
    this.#queue.push(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Batches that arrive in the same turn of the event loop belong together.
    await setImmediate();
    while (this.#queue.length > 0) {
      const [head] = this.#queue;
      if (head?.form === 'task') {
        this.#queue.shift();
        await this.#source.get().then(head.task).then(head.resolve, head.reject);
        continue;
      }
      await this.#gather();
      const group = this.#nextGroup();
      try {
        await this.#write(group);
        for (const one of group) one.resolve({ stored: one.stored });
      } catch (error) {
        await this.#recover();
        const refusal =
          error instanceof TachoError ? error : new TachoError('unavailable', 'cannot write results: the store failed', { cause: error });
        for (const one of group) one.reject(refusal);
      }
    }
    // In the same turn as the last look at the queue: what is handed in after it starts a new run.
    this.#running = null;
  }

  /** Lets more come where little waits and a transaction has only just been. */
  async #gather(): Promise<void> {
    const waitMs = this.#begunAt + FEW_EVERY_MS - this.#clock.monotonic();
    const rows = this.#queue.reduce((sum, one) => sum + (one.form === 'task' ? 0 : one.batch.rows.length), 0);
    if (waitMs > 0 && rows < FEW_ROWS) await this.#clock.sleep(waitMs);
    this.#begunAt = this.#clock.monotonic();
  }

  #nextGroup(): Waiting[] {
    const group: Waiting[] = [];
    for (let rows = 0; rows < GROUP_ROWS;) {
      const [next] = this.#queue;
      if (next === undefined || next.form === 'task') break;
      this.#queue.shift();
      rows += next.batch.rows.length;
      group.push(next);
    }
    return group;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const database = await this.#source.get();
    const { writer, registry, marks } = database;
    await writer.run('BEGIN');
    const rows = await this.#select(database, group);
    if (rows.length > 0) {
      const results = await writer.createAppender('results');
      const samples: Sample[] = [];
      await appending(results, async () => {
        for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
          // Encoding a chunk takes milliseconds: others get their turn in between.
          if (from > 0) await setImmediate();
          for (const sample of writeResults({ appender: results, chunk: this.#chunk }, rows.slice(from, from + CHUNK_ROWS), registry))
            samples.push(sample);
        }
      });
      if (samples.length > 0) {
        const appender = await writer.createAppender('samples');
        await appending(appender, async () => {
          for (let from = 0; from < samples.length; from += CHUNK_ROWS) {
            if (from > 0) await setImmediate();
            writeSamples(appender, samples.slice(from, from + CHUNK_ROWS));
          }
        });
      }
      await registry.writeAdded(writer);
    }
    if (rows.length === 0 && !marks.hasClaims) {
      await writer.run('ROLLBACK');
      return;
    }
    await marks.writeClaims(writer);
    await writer.run('COMMIT');
    await database.syncDirectory();
    marks.confirm();
  }

  /** The rows that are not stored yet, in the order they came; notes them at their batches and claims the marks. */
  async #select(database: Database, group: readonly Waiting[]): Promise<ResultRow[]> {
    const rows: ResultRow[] = [];
    for (const one of group) {
      one.stored = [];
      if (one.form !== 'spool') continue;
      const { agentId, epoch, seqs, through } = one.batch;
      const mark = database.marks.current(agentId, epoch);
      for (let i = 0; i < seqs.length; i++) {
        if ((seqs[i] as number) <= mark) continue;
        one.stored.push(i);
        rows.push(one.batch.rows[i] as ResultRow);
      }
      database.marks.claim(agentId, epoch, through);
    }
    const foreign = group.filter((one) => one.form === 'foreign');
    if (foreign.length === 0) return rows;
    const known = await findStored(
      database.writer,
      foreign.flatMap((one) => one.batch.rows),
    );
    for (const row of rows) known.add(identityOf(row));
    for (const one of foreign) {
      for (const [i, row] of one.batch.rows.entries()) {
        const identity = identityOf(row);
        if (known.has(identity)) continue;
        known.add(identity);
        one.stored.push(i);
        rows.push(row);
      }
    }
    return rows;
  }

  /** After a failure nothing in memory is trusted: it is read again, from a database opened again where need be. */
  async #recover(): Promise<void> {
    try {
      const database = await this.#source.get();
      await database.writer.run('ROLLBACK');
      await database.reload();
    } catch {
      await this.#source.lose();
    }
  }
}
