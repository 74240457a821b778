import { join } from 'node:path';
import * as z from 'zod';
import { breakerState } from '../model/breaker.ts';
import { formatInstant } from '../model/instant.ts';
import { findKind } from '../model/kinds/index.ts';
import type { Details } from '../model/result.ts';
import type { BreakerSettings, Schedule } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import type { Random } from '../util/random.ts';
import { readFileIfThere, writeFileAtomic } from './atomic-file.ts';
import { afterEvent, closedBreaker, type Breaker, type BreakerEvent, type Transition } from './breaker.ts';
import { LinkedAbort } from './linked-abort.ts';
import type { Log } from './log.ts';
import type { Measured, Run } from './record.ts';
import type { Skip } from './scheduler.ts';

const transition = z.object({ from: breakerState, to: breakerState, at: z.number(), reason: z.string() });
const breakerFile = z.object({
  agent_id: z.int(),
  breakers: z.array(
    z.object({
      destination_id: z.int(),
      host: z.string(),
      state: breakerState,
      failures: z.int(),
      probes: z.int(),
      changes: z.int(),
      since: z.number().nullable(),
      reason: z.string().nullable(),
      untold: z.array(transition),
    }),
  ),
});

/** Share of the time between probes by which each is early or late, so that many do not go out at once. */
const JITTER = 0.1;
/** Probes at once: each is one packet, or one connection. */
const MOST_PROBES_AT_ONCE = 8;
/** Transitions kept for the next result; more than a few means that no run comes any more. */
const MOST_UNTOLD = 20;
const LONGEST_NAP_MS = 60_000;
/** The bounds of the server's own setting: a schedule beyond them is not obeyed. */
const PROBE_MS = { least: 1000, most: 3_600_000 };
const LONGEST_REASON = 300;

/** Asks a host, as cheaply as can be, whether it is there. */
export type Reach = (target: { readonly host: string; readonly spec: Readonly<Record<string, unknown>> }, signal: AbortSignal) => Promise<boolean>;

export interface BreakersOptions {
  readonly dir: string;
  readonly agentId: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly reach: Reach;
  readonly log: Log;
}

interface Entry {
  readonly host: string;
  breaker: Breaker;
  /** Options of the last run that may be held back: they may say on which port to knock. */
  spec: Readonly<Record<string, unknown>>;
  /** Changes that no result has carried yet. */
  untold: Transition[];
  /** Monotonic instant of the next probe, while open. */
  probeAt: number;
  probing: boolean;
  /** The run on trial, while half open. */
  trial: Run | null;
}

/** One breaker for each destination: holds runs back where the last ones failed, and finds out when they may go on. */
export class Breakers {
  readonly #options: BreakersOptions;
  readonly #entries: Map<number, Entry>;
  readonly #began = new WeakMap<Run, number>();
  #settings: BreakerSettings | null = null;
  #nap = new AbortController();
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: BreakersOptions, entries: Map<number, Entry>) {
    this.#options = options;
    this.#entries = entries;
  }

  static async open(options: BreakersOptions): Promise<Breakers> {
    const { dir, agentId, log } = options;
    const entries = new Map<number, Entry>();
    const text = await readFileIfThere(join(dir, 'breakers.json'));
    try {
      const kept = text === null ? null : breakerFile.parse(JSON.parse(text));
      for (const { destination_id: id, host, untold, ...breaker } of kept?.agent_id === agentId ? kept.breakers : []) {
        entries.set(id, { host, breaker, untold, spec: {}, probeAt: -Infinity, probing: false, trial: null });
      }
    } catch (error) {
      log.warn({ err: error }, 'the file of the breakers is broken and counts as absent');
    }
    return new Breakers(options, entries);
  }

  /** Takes over a schedule: breakers of what is measured no longer are forgotten, the others stay as they are. */
  apply({ assignments, breaker }: Pick<Schedule, 'assignments' | 'breaker'>): void {
    this.#settings = breaker;
    const hosts = new Map(assignments.flatMap(({ destination }) => (destination === null ? [] : [[destination.id, destination.host] as const])));
    for (const [id, entry] of this.#entries) {
      if (hosts.get(id) !== entry.host) this.#entries.delete(id);
      else if (breaker === null && entry.breaker.state !== 'closed') {
        const at = this.#options.clock.now();
        entry.untold.push({ from: entry.breaker.state, to: 'closed', at, reason: 'breakers were switched off' });
        entry.breaker = { ...closedBreaker, changes: entry.breaker.changes + 1, since: at, reason: 'breakers were switched off' };
        entry.trial = null;
      }
    }
    this.#save();
    this.#nap.abort();
  }

  /** Whether the run may begin, or why it is held back. */
  admit(run: Run): Skip | null {
    const { destination, kind, spec } = run.assignment;
    if (this.#settings === null || destination === null) return null;
    const entry = this.#entryOf(destination);
    const { breaker } = entry;
    const showsOutage = findKind(kind)?.showsOutage === true;
    if (!showsOutage) entry.spec = spec;
    if (breaker.state === 'closed' || showsOutage) {
      this.#began.set(run, breaker.changes);
      return null;
    }
    if (breaker.state === 'half_open' && entry.trial === null) {
      entry.trial = run;
      this.#began.set(run, breaker.changes);
      return null;
    }
    const since = breaker.since === null ? '' : ` since ${formatInstant(breaker.since)}`;
    const message =
      breaker.state === 'open'
        ? `held back: the breaker of ${destination.name} is open${since} (${breaker.reason ?? 'runs failed'})`
        : `held back: another run tries whether ${destination.name} is there again`;
    return { code: 'breaker_open', message, details: this.tell(run, null) };
  }

  /** What a run found counts here; answers what its result says of the breaker. null: it found nothing, and is only over. */
  tell(run: Run, measured: Pick<Measured, 'status' | 'failure'> | null): Details {
    const { destination } = run.assignment;
    const entry = destination === null ? undefined : this.#entries.get(destination.id);
    if (entry === undefined || entry.host !== destination?.host) return {};
    const earlier = entry.untold.splice(0);
    if (entry.trial === run) entry.trial = null;
    const source = measured?.failure?.source;
    // Faults of this machine and of its resolver say nothing of the destination.
    const counts = measured !== null && (measured.status === 'success' || source === 'target' || source === 'network');
    const began = this.#began.get(run);
    let caused: Transition | null = null;
    if (counts && began !== undefined && this.#settings !== null) {
      const words = (measured.failure?.message ?? '').slice(0, LONGEST_REASON);
      caused = this.#step(entry, { type: 'run', failed: measured.status !== 'success', at: this.#options.clock.now(), began, words });
    }
    if (caused !== null || earlier.length > 0) this.#save();
    return {
      ...(caused !== null && { breaker: wire(caused) }),
      ...(earlier.length > 0 && { breaker_earlier: earlier.map(wire) }),
    };
  }

  /** Probes what is open until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#nap.abort();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        this.#nap = new AbortController();
        const waitMs = this.#probeDue(signal);
        using either = new LinkedAbort(signal, this.#nap.signal);
        await this.#options.clock.sleep(waitMs, either.signal).catch(() => undefined);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#save();
      await this.#writing;
    }
  }

  #probeDue(signal: AbortSignal): number {
    const at = this.#options.clock.monotonic();
    let next = at + LONGEST_NAP_MS;
    let free = MOST_PROBES_AT_ONCE - [...this.#entries.values()].filter(({ probing }) => probing).length;
    if (this.#settings === null) return LONGEST_NAP_MS;
    for (const entry of this.#entries.values()) {
      if (entry.breaker.state !== 'open' || entry.probing) continue;
      // One that is read from its file waits its turn like one that has just opened.
      if (entry.probeAt === -Infinity) entry.probeAt = at + this.#probeMs();
      if (entry.probeAt > at) next = Math.min(next, entry.probeAt);
      else if (free > 0) {
        free -= 1;
        void this.#probe(entry, signal);
      }
    }
    return Math.max(1, next - at);
  }

  async #probe(entry: Entry, signal: AbortSignal): Promise<void> {
    const { clock, reach, log } = this.#options;
    entry.probing = true;
    let answered = false;
    try {
      answered = await reach({ host: entry.host, spec: entry.spec }, signal);
    } catch (error) {
      if (!signal.aborted) log.debug({ err: error, host: entry.host }, 'a probe failed to work');
    }
    entry.probing = false;
    entry.probeAt = clock.monotonic() + this.#probeMs();
    if (!signal.aborted && this.#settings !== null) {
      const made = this.#step(entry, { type: 'probe', answered, at: clock.now() });
      if (made !== null) {
        entry.untold = [...entry.untold, made].slice(-MOST_UNTOLD);
        this.#save();
      }
    }
    this.#nap.abort();
  }

  #step(entry: Entry, event: BreakerEvent): Transition | null {
    const { breaker, transition: made } = afterEvent(entry.breaker, event, this.#settings?.failures ?? Infinity);
    entry.breaker = breaker;
    if (made === null) return null;
    this.#options.log.info({ host: entry.host, from: made.from, to: made.to, reason: made.reason }, 'breaker');
    entry.trial = null;
    if (made.to === 'open') {
      entry.probeAt = this.#options.clock.monotonic() + this.#probeMs();
      this.#nap.abort();
    }
    return made;
  }

  #probeMs(): number {
    const askedMs = this.#settings?.probe_ms ?? LONGEST_NAP_MS;
    return Math.min(PROBE_MS.most, Math.max(PROBE_MS.least, askedMs)) * (1 + JITTER * (2 * this.#options.random() - 1));
  }

  #entryOf({ id, host }: { id: number; host: string }): Entry {
    let entry = this.#entries.get(id);
    if (entry?.host !== host) {
      entry = { host, breaker: closedBreaker, spec: {}, untold: [], probeAt: -Infinity, probing: false, trial: null };
      this.#entries.set(id, entry);
    }
    return entry;
  }

  /** Writes what has ever changed; one write after the other, each with the newest. */
  #save(): void {
    const { dir, agentId, log } = this.#options;
    this.#writing = this.#writing
      .then(() => {
        const breakers = [...this.#entries]
          .filter(([, { breaker }]) => breaker.changes > 0)
          .map(([id, { host, breaker, untold }]) => ({ destination_id: id, host, ...breaker, untold }));
        return writeFileAtomic(join(dir, 'breakers.json'), JSON.stringify({ agent_id: agentId, breakers }));
      })
      .catch((error: unknown) => log.error({ err: error }, 'cannot write the breakers; after a restart they are as they were before'));
  }
}

function wire({ from, to, at, reason }: Transition): Details {
  return { from, to, at: formatInstant(at), reason };
}
