import { TachoError } from '../model/errors.ts';
import { findKind } from '../model/kinds/index.ts';
import type { Listening } from '../probes/probe.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import { untilOutOfTouch, type LeaseLink } from './lease-link.ts';
import type { Log } from './log.ts';
import type { RulePolicy } from './policy/policy.ts';
import { RunRate } from './policy/run-rate.ts';

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

/** A server that gives leases asks for one at a time, and for the next when that has ended: more than these are no such server's. */
const MOST_AT_ONCE = 4;
/** Each order starts a program. Runs of a few kilobytes follow one another several times a second. */
const MOST_PER_MINUTE = 600;

interface Open {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly ending: AbortController;
  /** null until it listens. */
  port: number | null;
  gone: Promise<void>;
}

/** Starts and ends the listeners that the server asks for: each for one run of another agent, on a port of this agent's own range. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #open = new Map<string, Open>();
  readonly #rate: RunRate;
  /** Ports are taken in turn, so that what still waits in the kernel from one run does not meet the next. */
  #next = 0;

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#rate = new RunRate(options.clock, MOST_PER_MINUTE);
  }

  listen(order: Order): void {
    const { lease, kind, spec } = order;
    if (this.#open.has(lease)) return;
    const refuse = (code: string, message: string): void => void this.#options.link.send({ type: 'listen_failed', lease, code, message });
    const verdict = this.#options.policy().judgeListening({ kind, spec, port: null });
    if (!verdict.allowed) {
      refuse(verdict.code, verdict.message);
      return;
    }
    if (this.#open.size >= MOST_AT_ONCE) {
      refuse('conflict', `this agent listens for ${MOST_AT_ONCE} runs already`);
      return;
    }
    if (!this.#rate.take()) {
      refuse('rate_limited', `this agent was asked to listen more than ${MOST_PER_MINUTE} times in a minute`);
      return;
    }
    const open: Open = { kind, spec, ending: new AbortController(), port: null, gone: Promise.resolve() };
    this.#open.set(lease, open);
    open.gone = this.#serve(order, open).finally(() => this.#open.delete(lease));
  }

  /** Ends what the policy does not let go on any more. */
  policyChanged(): void {
    const policy = this.#options.policy();
    for (const { kind, spec, port, ending } of this.#open.values()) {
      if (!policy.judgeListening({ kind, spec, port }).allowed) ending.abort(new Error("the agent's policy does not let it listen any more"));
    }
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
  async #serve(order: Order, open: Open): Promise<void> {
    const { clock, link, log } = this.#options;
    const { lease } = order;
    const { ending } = open;
    const over = new AbortController();
    try {
      const listening = await this.#start(order, ending.signal);
      open.port = listening.port;
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
      if ([...this.#open.values()].some((open) => open.port === port)) continue;
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
