import { TachoError } from '../model/errors.ts';
import { findKind } from '../model/kinds/index.ts';
import type { Listening } from '../probes/probe.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import { untilOutOfTouch, type LeaseLink } from './lease-link.ts';
import type { Log } from './log.ts';
import type { RulePolicy } from './policy/policy.ts';

type Order = Extract<ServerMessage, { readonly type: 'listen' }>;

/** Is the other end of one run of a kind. Rejects with a TachoError in words, `conflict` where the port is taken. */
export type Listen = (
  order: { readonly kind: string; readonly port: number; readonly spec: Readonly<Record<string, unknown>> },
  signal: AbortSignal,
) => Promise<Listening>;

export interface ListenersOptions {
  readonly clock: Clock;
  /** The server's wall clock. */
  readonly now: () => number;
  readonly link: LeaseLink;
  /** The policy that holds now. */
  readonly policy: () => Pick<RulePolicy, 'listening' | 'judgeListening'>;
  readonly listen: Listen;
  readonly log: Log;
}

/** Beyond the run itself: a listener that is told to stay longer ends anyway. */
const MOST_BEYOND_MS = 60_000;

/** Starts and ends the listeners that the server asks for: each for one run of another agent, on a port of this agent's own range. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #open = new Map<string, { readonly ending: AbortController; readonly gone: Promise<void> }>();
  /** Ports are taken in turn, so that what still waits in the kernel from one run does not meet the next. */
  #next = 0;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  listen(order: Order): void {
    if (this.#open.has(order.lease)) return;
    const verdict = this.#options.policy().judgeListening({ kind: order.kind, spec: order.spec, port: null });
    if (!verdict.allowed) {
      this.#options.link.send({ type: 'listen_failed', lease: order.lease, code: verdict.code, message: verdict.message });
      return;
    }
    const ending = new AbortController();
    const gone = this.#serve(order, ending).finally(() => this.#open.delete(order.lease));
    this.#open.set(order.lease, { ending, gone });
  }

  unlisten(lease: string): void {
    const listener = this.#open.get(lease);
    if (listener === undefined) this.#options.link.send({ type: 'listen_ended', lease });
    else listener.ending.abort(new Error('the run is over'));
  }

  /** Ends them all; resolves when nothing of them is left. */
  async stop(): Promise<void> {
    for (const { ending } of this.#open.values()) ending.abort(new Error('the agent is stopping'));
    await Promise.all([...this.#open.values()].map(({ gone }) => gone));
  }

  /** One listener, from its start to its end; never rejects. */
  async #serve(order: Order, ending: AbortController): Promise<void> {
    const { clock, link, log } = this.#options;
    const { lease } = order;
    const over = new AbortController();
    try {
      const listening = await this.#start(order, ending.signal);
      log.info({ lease, kind: order.kind, port: listening.port }, 'listening');
      link.send({ type: 'listening', lease, port: listening.port });
      void untilOutOfTouch(link, clock, over.signal).then((how) => {
        if (how === 'silent') ending.abort(new Error('the server fell silent'));
      });
      clock.sleep(this.#longestLifeMs(order), over.signal).then(
        () => ending.abort(new Error('its time is over')),
        () => undefined,
      );
      await listening.ended;
      log.info({ lease, kind: order.kind, port: listening.port }, 'listener ended');
      link.send({ type: 'listen_ended', lease });
    } catch (error) {
      if (ending.signal.aborted) link.send({ type: 'listen_ended', lease });
      else {
        const message = (error instanceof Error ? error.message : String(error)).slice(0, 2000);
        log.warn({ lease, kind: order.kind, err: error }, 'cannot listen');
        link.send({ type: 'listen_failed', lease, code: error instanceof TachoError ? error.code : 'internal', message });
      }
    } finally {
      over.abort();
    }
  }

  /** Tries the ports of the range in turn until one is free. */
  async #start({ kind, spec }: Order, signal: AbortSignal): Promise<Listening> {
    const { listen, policy } = this.#options;
    const ports = policy().listening;
    if (ports === null) throw new TachoError('forbidden', 'this agent listens for nobody');
    const count = ports.port_to - ports.port_from + 1;
    for (let tried = 0; tried < count; tried += 1) {
      const port = ports.port_from + (this.#next++ % count);
      try {
        return await listen({ kind, port, spec }, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof TachoError) || error.code !== 'conflict') throw error;
      }
    }
    throw new TachoError('conflict', `cannot listen: every port from ${ports.port_from} to ${ports.port_to} is taken`);
  }

  #longestLifeMs({ kind, spec, expires_at: expiresAt }: Order): number {
    const definition = findKind(kind);
    const parsed = definition?.spec.safeParse(spec);
    const runMs = definition !== undefined && parsed?.success === true ? definition.longestRunMs(parsed.data) : 0;
    return Math.min(Math.max(0, expiresAt - this.#options.now()), runMs + MOST_BEYOND_MS);
  }
}
