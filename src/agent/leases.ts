import { LEASE_AGENT_GRACE_MS, LEASE_BEAT_MS, LONGEST_LEASE_WAIT_MS, type leaseRefusals, type ServerMessage } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import { isInTouch, untilOutOfTouch, type LeaseLink } from './lease-link.ts';
import { LinkedAbort } from './linked-abort.ts';
import type { Log } from './log.ts';

export type LeaseAnswer = Extract<ServerMessage, { readonly type: 'lease_granted' | 'lease_refused' }>;

/** `unavailable`: the server cannot be asked; `lost`: it may have given the lease to another while the run went on. */
export type LeaseFailureCode = `lease_${(typeof leaseRefusals)[number] | 'unavailable' | 'lost'}`;

/** Why a run was not alone, and so did not happen, or was ended. */
export class LeaseFailure extends Error {
  readonly code: LeaseFailureCode;

  constructor(code: LeaseFailureCode, message: string) {
    super(message);
    this.name = 'LeaseFailure';
    this.code = code;
  }
}

/** The run that is to be alone. */
export interface LeaseOrder {
  readonly jobId: number;
  readonly kind: string;
  readonly destinationId: number | null;
  /** From here on it need not begin any more, by the server's clock. */
  readonly deadline: number;
}

export interface LeasesOptions {
  readonly clock: Clock;
  /** The server's wall clock. */
  readonly now: () => number;
  readonly link: LeaseLink;
  readonly makeKey: () => string;
  readonly log: Log;
}

interface Asking {
  readonly order: LeaseOrder;
  /** Another for each connection: what the server did with the one before is not known. */
  key: string;
  readonly grant: (port: number | null) => void;
  readonly refuse: (failure: LeaseFailure) => void;
}

/** The leases of this agent: asked for, waited for, measured under and given back. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #asking = new Map<string, Asking>();
  readonly #held = new Map<string, AbortController>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Keys of those under which something is measured now. */
  held(): string[] {
    return [...this.#held.keys()];
  }

  /**
   * Waits until nobody else measures what this run would disturb, then does the work with the port on which the other
   * end listens (null: that of the order), and gives the lease back when the work is over, however it ended.
   * @throws {LeaseFailure} where there was no lease, or it was lost during the work
   */
  async alone<T>(order: LeaseOrder, signal: AbortSignal, work: (port: number | null, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, link, log } = this.#options;
    const { key, port } = await this.#acquire(order, signal);
    const lost = new AbortController();
    const over = new AbortController();
    this.#held.set(key, lost);
    try {
      // A grant that was long on its way may be another's by now.
      if (!isInTouch(link, clock)) throw new LeaseFailure('lease_lost', 'the server fell silent before the run began');
      void untilOutOfTouch(link, clock, over.signal).then((how) => {
        if (how === 'silent')
          lost.abort(new LeaseFailure('lease_lost', 'the connection to the server was lost for too long to be sure of the lease'));
      });
      using ends = new LinkedAbort(signal, lost.signal);
      return await work(port, ends.signal);
    } catch (error) {
      throw lost.signal.aborted && !signal.aborted ? (lost.signal.reason as Error) : error;
    } finally {
      over.abort();
      this.#held.delete(key);
      // Where it cannot be sent, the next hello does not name it.
      link.send({ type: 'lease_release', lease: key });
      log.debug({ lease: key }, 'lease given back');
    }
  }

  hear(message: LeaseAnswer): void {
    const asking = this.#asking.get(message.lease);
    if (message.type === 'lease_refused') {
      const failure = new LeaseFailure(`lease_${message.code}`, message.message);
      asking?.refuse(failure);
      this.#held.get(message.lease)?.abort(new LeaseFailure('lease_lost', message.message));
    } else if (asking !== undefined) asking.grant(message.port);
    // Given up meanwhile.
    else if (!this.#held.has(message.lease)) this.#options.link.send({ type: 'lease_release', lease: message.lease });
  }

  /** The server has forgotten what was waited for on another connection: asks again. */
  connected(): void {
    for (const asking of [...this.#asking.values()]) {
      this.#asking.delete(asking.key);
      asking.key = this.#options.makeKey();
      this.#asking.set(asking.key, asking);
      this.#ask(asking);
    }
  }

  async #acquire(order: LeaseOrder, signal: AbortSignal): Promise<{ readonly key: string; readonly port: number | null }> {
    signal.throwIfAborted();
    const { now, link, makeKey } = this.#options;
    const latest = now() + LONGEST_LEASE_WAIT_MS;
    const answered = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    // Who waits for it may have gone.
    promise.catch(() => undefined);
    const asking: Asking = { order: { ...order, deadline: Math.min(order.deadline, latest) }, key: makeKey(), grant: resolve, refuse: reject };
    this.#asking.set(asking.key, asking);
    if (link.connected) this.#ask(asking);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    void this.#giveUpInTime(asking, answered.signal);
    try {
      return { port: await promise, key: asking.key };
    } catch (error) {
      // Also where it was refused: then the server knows no such lease, and that is all the same.
      if (!(error instanceof LeaseFailure) || error.code === 'lease_deadline') link.send({ type: 'lease_release', lease: asking.key });
      throw error;
    } finally {
      answered.abort();
      signal.removeEventListener('abort', onAbort);
      this.#asking.delete(asking.key);
    }
  }

  #ask({ key, order }: Asking): void {
    const { jobId, kind, destinationId, deadline } = order;
    const { link } = this.#options;
    // Answered before the request is, so that a grant finds us in touch.
    link.beat();
    link.send({ type: 'lease_request', lease: key, job_id: jobId, kind, destination_id: destinationId, deadline });
  }

  /** Keeps in touch while it waits, and ends the wait at the deadline, or where the server stays away. */
  async #giveUpInTime(asking: Asking, signal: AbortSignal): Promise<void> {
    const { clock, now, link } = this.#options;
    const began = clock.monotonic();
    const { deadline } = asking.order;
    for (;;) {
      const leftMs = deadline - now();
      if (leftMs <= 0) {
        asking.refuse(new LeaseFailure('lease_deadline', 'the lease was not free before the deadline of the run'));
        return;
      }
      const awayMs = clock.monotonic() - Math.max(began, link.answeredAt);
      if (!link.connected && awayMs >= LEASE_AGENT_GRACE_MS) {
        asking.refuse(new LeaseFailure('lease_unavailable', 'the server that gives leases cannot be reached'));
        return;
      }
      try {
        await clock.sleep(Math.min(LEASE_BEAT_MS, leftMs), signal);
      } catch {
        return;
      }
      link.beat();
    }
  }
}
