import { randomBytes } from 'node:crypto';
import { findKind } from '../model/kinds/index.ts';
import type { Details, ResultWire } from '../model/result.ts';
import { REFUSED_BY_POLICY } from '../probes/resolve.ts';
import type { Clock } from '../util/clock.ts';
import { uuid7, UUID7_RANDOM_BYTES } from '../util/uuid7.ts';
import { LeaseFailure, type Leases } from './leases.ts';
import type { Log } from './log.ts';
import { measuredResult, skippedResult, type Measured, type Run, type Stamp } from './record.ts';
import type { Skip } from './scheduler.ts';
import { Slots } from './slots.ts';

/** What is measured: the kind, where, and its options as the server gave them. */
export interface Order {
  readonly kind: string;
  /** Host or URL; an empty text where the machine measures itself. */
  readonly host: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One measurement, of bounded length. A measurement that fails is data; a rejection is a fault of the program, or the abort. */
export type Measure = (order: Order, signal: AbortSignal) => Promise<Measured>;

export interface RunnerOptions {
  readonly clock: Clock;
  readonly measure: Measure;
  /** Keeps a result; resolves when it is on disk. */
  readonly keep: (result: ResultWire) => Promise<unknown>;
  readonly clockOffsetMs: () => number | null;
  /** For the runs that must be alone. */
  readonly leases: Pick<Leases, 'alone'>;
  /** Until when a run may wait to be alone, by the server's clock. */
  readonly leaseDeadline: (run: Run) => number;
  readonly log: Log;
  /** Whether one more run may begin, or why not; 'silently': not, and no result says so. */
  readonly admit?: (run: Run) => Skip | 'silently' | null;
  /** Told what a run found, or null where it was ended before; answers details that its result carries besides. */
  readonly observe?: (run: Run, measured: Measured | null) => Details;
  readonly mostAtOnce?: number;
}

/** Sockets and child processes of this many runs fit a small machine; more only wait a little. */
const MOST_AT_ONCE = 32;

/** Executes runs, a bounded number at a time, and keeps what they find. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #slots: Slots;
  readonly #ending = new AbortController();
  readonly #open = new Set<Promise<void>>();
  #running = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#slots = new Slots(options.mostAtOnce ?? MOST_AT_ONCE);
  }

  /** Runs that measure at this moment. */
  get running(): number {
    return this.#running;
  }

  /** Resolves when the run's result is kept, or could not be. */
  start(run: Run): Promise<void> {
    const why = this.#options.admit?.(run) ?? null;
    if (why === 'silently') return Promise.resolve();
    if (why !== null) return this.#track(this.#keep(this.#skipped(run, why)));
    return this.#track(this.#execute(run));
  }

  skip(run: Run, why: Skip): void {
    void this.#track(this.#keep(this.#skipped(run, why)));
  }

  /** Runs at once from now on. */
  resize(mostAtOnce: number): void {
    this.#slots.resize(mostAtOnce);
  }

  /** Lets runs end until `graceMs` have passed, then ends them; resolves when every result is kept. */
  async stop(graceMs: number): Promise<void> {
    const over = new AbortController();
    const all = Promise.all(this.#open).finally(() => over.abort());
    await this.#options.clock.sleep(graceMs, over.signal).catch(() => undefined);
    this.#ending.abort(new Error('the agent is stopping'));
    await all;
  }

  async #execute(run: Run): Promise<void> {
    if (findKind(run.assignment.kind)?.exclusive === true) {
      // Without a slot: it waits longer than others may, and then only one measures at a time.
      await this.#keep(await this.#measureAlone(run));
      return;
    }
    const giveBack = await this.#slots.take();
    this.#running += 1;
    try {
      const result = this.#ending.signal.aborted ? this.#stopped(run) : await this.#measure(run, { signal: this.#ending.signal, port: null });
      await this.#keep(result);
    } finally {
      this.#running -= 1;
      giveBack();
    }
  }

  async #measureAlone(run: Run): Promise<ResultWire> {
    const { leases, leaseDeadline } = this.#options;
    const { job_id: jobId, kind, destination } = run.assignment;
    try {
      const order = { jobId, kind, destinationId: destination?.id ?? null, deadline: leaseDeadline(run) };
      return await leases.alone(order, this.#ending.signal, async (port, signal) => {
        this.#running += 1;
        try {
          return await this.#measure(run, { signal, port });
        } finally {
          this.#running -= 1;
        }
      });
    } catch (error) {
      const details = this.#options.observe?.(run, null) ?? {};
      if (error instanceof LeaseFailure) return this.#skipped(run, { code: error.code, message: error.message, details });
      if (this.#ending.signal.aborted) return this.#stopped(run, details);
      throw error;
    }
  }

  /** `port`: where the other end listens for this run; null: as its options say. */
  async #measure(run: Run, { signal, port }: { signal: AbortSignal; port: number | null }): Promise<ResultWire> {
    const { clock, measure, log } = this.#options;
    const { kind, destination, job } = run.assignment;
    const spec = port === null ? run.assignment.spec : { ...run.assignment.spec, port };
    // Of the clock that says when it started: it may be set meanwhile.
    const offsetMs = this.#options.clockOffsetMs();
    const startedAt = clock.now();
    const startedMono = clock.monotonic();
    try {
      const measured = await measure({ kind, host: destination?.host ?? '', spec }, signal);
      // What the policy keeps a run from measuring was not measured.
      const refused = measured.failure?.code === REFUSED_BY_POLICY ? measured.failure : null;
      const more = this.#options.observe?.(run, refused === null ? measured : null) ?? {};
      if (refused !== null) return this.#skipped(run, { code: REFUSED_BY_POLICY, message: refused.message, details: more });
      return measuredResult(run, { ...measured, details: { ...measured.details, ...more } }, this.#stamp(offsetMs));
    } catch (error) {
      const details = this.#options.observe?.(run, null) ?? {};
      if (this.#ending.signal.aborted) return this.#stopped(run, details);
      const durationMs = clock.monotonic() - startedMono;
      const lost = signal.aborted && signal.reason instanceof LeaseFailure;
      if (!lost) log.error({ err: error, kind, job }, 'a probe failed to work');
      const failure = { source: 'agent' as const, code: lost ? signal.reason.code : 'internal', message: messageOf(lost ? signal.reason : error) };
      return measuredResult(run, { startedAt, durationMs, status: 'failed', failure, metrics: {}, details }, this.#stamp(offsetMs));
    }
  }

  #skipped(run: Run, { code, message, details = {} }: Skip): ResultWire {
    return skippedResult(run, { at: this.#options.clock.now(), code, message: message.slice(0, 2000), details }, this.#stamp());
  }

  #stopped(run: Run, details: Details = {}): ResultWire {
    const why = { at: this.#options.clock.now(), code: 'agent_stopped', message: 'the agent was stopped before the run had ended', details };
    return skippedResult(run, why, this.#stamp());
  }

  async #keep(result: ResultWire): Promise<void> {
    const { keep, log } = this.#options;
    try {
      await keep(result);
      log.debug({ id: result.id, run: result.run, kind: result.kind, status: result.status }, 'kept');
    } catch (error) {
      log.error({ err: error, run: result.run }, 'a result could not be written and is lost');
    }
  }

  /** `offsetMs`: of the clock at the result's instant, where it was known then. */
  #stamp(offsetMs: number | null = null): Stamp {
    return { id: uuid7(this.#options.clock.now(), randomBytes(UUID7_RANDOM_BYTES)), clockOffsetMs: offsetMs ?? this.#options.clockOffsetMs() };
  }

  #track(promise: Promise<void>): Promise<void> {
    this.#open.add(promise);
    return promise.finally(() => this.#open.delete(promise));
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2000);
}
