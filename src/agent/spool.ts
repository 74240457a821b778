import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TachoError } from '../model/errors.ts';
import type { SpoolState } from '../model/agent.ts';
import type { Clock } from '../util/clock.ts';
import { readPidFile, removePidFile, writePidFile } from '../util/pid-file.ts';
import type { Log } from './log.ts';
import { isBusy, isCorrupt, SpoolFile } from './spool-file.ts';
import type { PeekLimits, Refused, SpoolLimits, Spooled } from './spool-file.ts';

export interface SpoolOptions extends Partial<SpoolLimits> {
  readonly path: string;
  /** Whose results these are, as a text that is not secret: another's are set aside, never sent under this name. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A quarter of a gigabyte holds about a year of one job each minute, or two days of 200. */
const DEFAULT_MAX_BYTES = 256 * 1_048_576;
const DEFAULT_DEAD_RESULTS = 1000;
const DEFAULT_DEAD_BYTES = 16 * 1_048_576;
/** Files set aside that are kept; more would fill the disk that measuring needs. */
const MOST_SET_ASIDE = 3;

/** How long a process that is about to end, or just did, may still hold the file. */
const LOCK_WAIT_MS = 2000;
/** And one that is not: the system may need a moment to take back what a killed process held. */
const SHORT_LOCK_WAIT_MS = 300;

interface Waiting {
  readonly body: string;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Results on their way to the server, in a file that survives kill -9 and power cuts. Each gets a sequence number that
 * never repeats within the epoch; an epoch is as old as its file. A file that is broken is set aside and a new epoch
 * begins, because measuring must go on.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #limits: SpoolLimits;
  #file: SpoolFile;
  #waiting: Waiting[] = [];
  #scheduled = false;
  /** Results that could not be written at all (a full disk). */
  #unwritten = 0;
  #onAdded: () => void = () => {};

  constructor(options: SpoolOptions, limits: SpoolLimits, file: SpoolFile) {
    this.#options = options;
    this.#limits = limits;
    this.#file = file;
  }

  /** Opens the spool, or makes it. Rejects only where another process holds it or the directory cannot be written. */
  static open(options: SpoolOptions): Spool {
    const limits: SpoolLimits = {
      maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
      deadResults: options.deadResults ?? DEFAULT_DEAD_RESULTS,
      deadBytes: options.deadBytes ?? DEFAULT_DEAD_BYTES,
    };
    const file = openOrReplace(options, limits);
    writePidFile(pidFileOf(options.path));
    return new Spool(options, limits, file);
  }

  get epoch(): string {
    return this.#file.epoch;
  }

  /** Broken or foreign spool files kept beside this one. */
  get setAside(): number {
    return setAsideFiles(this.#options.path).length;
  }

  state(): SpoolState {
    const { epoch, pending, pendingBytes, dropped, dead } = this.#file;
    return { epoch, pending, pending_bytes: pendingBytes, dropped: dropped + this.#unwritten, dead };
  }

  /** Calls back after results became durable. */
  onAdded(callback: () => void): void {
    this.#onAdded = callback;
  }

  /** Resolves with the result's number once it is on disk. Results added together share one sync. */
  add(result: object): Promise<number> {
    const body = JSON.stringify(result);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#commit());
    });
  }

  /** The oldest results, in order: as many as fit, and at least one where there is one. */
  peek(limits: PeekLimits): Spooled[] {
    return this.#guarded(() => this.#file.peek(limits));
  }

  /** Drops everything up to `through`, keeping what was refused in the dead letter; both or neither, on disk. */
  forget(through: number, refused: readonly Refused[] = []): void {
    this.#guarded(() => this.#file.forget(through, refused));
  }

  /** The newest refused results. */
  deadLetters(): { seq: number; code: string; message: string; body: string }[] {
    return this.#guarded(() => this.#file.deadLetters());
  }

  /** From now on this process is one that will let go of the file soon: the next one waits for it. */
  leaving(): void {
    removePidFile(pidFileOf(this.#options.path));
  }

  close(): void {
    this.#commit();
    this.leaving();
    this.#file.close();
  }

  #commit(): void {
    this.#scheduled = false;
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    const bodies = batch.map(({ body }) => body);
    try {
      const first = this.#guarded(() => this.#file.add(bodies));
      batch.forEach(({ resolve }, i) => resolve(first + i));
    } catch (error) {
      this.#unwritten += batch.length;
      for (const { reject } of batch) reject(error);
      return;
    }
    this.#onAdded();
  }

  /** Does it; where the file turns out to be broken, does it once more on a new one. */
  #guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      const { dropped } = this.#file;
      this.#file.close();
      setAside(this.#options, error);
      this.#file = SpoolFile.open(this.#options.path, this.#options.owner, this.#limits);
      this.#options.log.error({ dropped }, 'the new spool begins empty');
      return action();
    }
  }
}

function openOrReplace(options: SpoolOptions, limits: SpoolLimits): SpoolFile {
  const { path, owner } = options;
  try {
    return openPatiently(options, limits);
  } catch (error) {
    if (isBusy(error)) {
      const holder = readPidFile(pidFileOf(path));
      throw new TachoError(
        'conflict',
        `the spool ${path} is in use: another agent runs in this directory${holder === null ? '' : ` (process ${holder})`}: stop it, or choose another with --dir`,
        { cause: error },
      );
    }
    if (!isCorrupt(error)) throw error;
    setAside(options, error);
    return SpoolFile.open(path, owner, limits);
  }
}

/** Waits for who holds the file: hardly where it is an agent that runs and does not stop. */
function openPatiently({ path, owner, log }: SpoolOptions, limits: SpoolLimits): SpoolFile {
  try {
    return SpoolFile.open(path, owner, limits);
  } catch (error) {
    if (!isBusy(error)) throw error;
    const waitMs = readPidFile(pidFileOf(path)) === null ? LOCK_WAIT_MS : SHORT_LOCK_WAIT_MS;
    if (waitMs === LOCK_WAIT_MS) log.warn({ spool: path, wait_ms: waitMs }, 'the spool is in use by an agent that starts or stops: waiting for it');
    return SpoolFile.open(path, owner, { ...limits, lockWaitMs: waitMs });
  }
}

/** Says who holds the spool, while that one means to keep it. */
function pidFileOf(path: string): string {
  return `${path}.pid`;
}

function setAside({ path, clock, log }: SpoolOptions, cause: unknown): void {
  const to = `${path}.set-aside-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`;
  for (const suffix of ['', '-wal', '-journal']) {
    try {
      renameSync(path + suffix, to + suffix);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  rmSync(`${path}-shm`, { force: true });
  log.error({ err: cause, file: to }, 'the spool file cannot be used: it was set aside and a new one begun; results in it were not sent');
  const all = setAsideFiles(path);
  for (const old of all.slice(0, Math.max(0, all.length - MOST_SET_ASIDE))) {
    for (const suffix of ['', '-wal', '-journal']) rmSync(join(dirname(path), old + suffix), { force: true });
    log.error({ file: old }, `removed the oldest spool file set aside: ${MOST_SET_ASIDE} are kept`);
  }
}

/** Oldest first: the instant is in the name. */
function setAsideFiles(path: string): string[] {
  return readdirSync(dirname(path))
    .filter((file) => file.startsWith(`${basename(path)}.set-aside-`) && !/-(wal|journal)$/.test(file))
    .sort();
}
