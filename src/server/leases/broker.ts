import { LEASE_SERVER_GRACE_MS, type leaseRefusals } from '../../protocol/messages.ts';

export type LeaseRefusal = (typeof leaseRefusals)[number];

/** What somebody asks for: to be alone with every one of these resources for a while. */
export interface LeaseAsk<Facts> {
  readonly key: string;
  readonly agentId: number;
  /** The agent that must listen for it; null where none must. */
  readonly peerId: number | null;
  readonly resources: readonly string[];
  /** From here on it is refused instead of granted. */
  readonly deadline: number;
  /** How long it may be held. */
  readonly holdMs: number;
  /** Whatever belongs to it and is of no matter here. */
  readonly facts: Facts;
}

/**
 * waiting: for resources; preparing: they are its own, and the other end is asked to listen; held: the run goes on;
 * closing: the run is over, and the listener may still be there.
 */
export type LeasePhase = 'waiting' | 'preparing' | 'held' | 'closing';

export interface Lease<Facts> extends LeaseAsk<Facts> {
  readonly phase: LeasePhase;
  readonly askedAt: number;
  /** When this phase ends by itself; of a waiting one its deadline. */
  readonly until: number;
  readonly port: number | null;
}

/** What is to be done now, in this order. */
export type LeaseAction<Facts> =
  | { readonly type: 'listen'; readonly lease: Lease<Facts> }
  | { readonly type: 'grant'; readonly lease: Lease<Facts> }
  | { readonly type: 'refuse'; readonly lease: Lease<Facts>; readonly code: LeaseRefusal; readonly message: string }
  | { readonly type: 'unlisten'; readonly lease: Lease<Facts> }
  /** Its resources are free again; nobody need remember it. */
  | { readonly type: 'free'; readonly lease: Lease<Facts>; readonly expired: boolean };

/** How long an agent may take to start a listener. */
export const LISTEN_WAIT_MS = 10_000;

type Changing<Facts> = { -readonly [K in keyof Lease<Facts>]: Lease<Facts>[K] } & { listenerOver: boolean };

/**
 * Who may measure alone, and who waits: a state machine without input or output. Each call takes the present time
 * (monotonic milliseconds) and answers what is to be done. First come, first served among those that conflict: a
 * younger request may pass only those older ones with which it shares nothing.
 */
export class LeaseBroker<Facts> {
  /** In the order they came. */
  readonly #waiting: Changing<Facts>[] = [];
  /** Those whose resources are taken. */
  readonly #taken = new Map<string, Changing<Facts>>();
  /** Since when agents are without a connection. */
  readonly #lost = new Map<number, number>();

  /** Those that have resources, then those that wait, oldest first. */
  list(): Lease<Facts>[] {
    return [...this.#taken.values(), ...this.#waiting];
  }

  get(key: string): Lease<Facts> | undefined {
    return this.#taken.get(key) ?? this.#waiting.find((lease) => lease.key === key);
  }

  /** The resources that keep a waiting one from being next. */
  blockersOf(key: string): string[] {
    const blocked = this.#resourcesTaken();
    for (const lease of this.#waiting) {
      if (lease.key === key) return lease.resources.filter((resource) => blocked.has(resource));
      for (const resource of lease.resources) blocked.add(resource);
    }
    return [];
  }

  /** Takes what was held when another broker ended: nobody knows yet whether its agents go on. */
  restore(leases: readonly LeaseAsk<Facts>[], now: number): void {
    for (const ask of leases) {
      const held = { ...ask, phase: 'held' as const, askedAt: now, until: now + ask.holdMs, port: null, listenerOver: ask.peerId === null };
      this.#taken.set(ask.key, held);
      this.#lost.set(ask.agentId, now);
      if (ask.peerId !== null) this.#lost.set(ask.peerId, now);
    }
  }

  /** Asking again under the same key changes nothing. */
  request(ask: LeaseAsk<Facts>, now: number): LeaseAction<Facts>[] {
    if (this.get(ask.key) !== undefined) return [];
    this.#waiting.push({ ...ask, phase: 'waiting', askedAt: now, until: ask.deadline, port: null, listenerOver: ask.peerId === null });
    return this.tick(now);
  }

  /** The other end listens. */
  listening(key: string, port: number, now: number): LeaseAction<Facts>[] {
    const lease = this.#taken.get(key);
    if (lease?.phase !== 'preparing') return [];
    lease.port = port;
    return [this.#hold(lease, now)];
  }

  /** The other end is not to be had. */
  refuse(
    key: string,
    why: { readonly code: LeaseRefusal; readonly message: string; readonly listenerOver: boolean },
    now: number,
  ): LeaseAction<Facts>[] {
    const lease = this.#taken.get(key);
    if (lease?.phase !== 'preparing') return [];
    lease.listenerOver ||= why.listenerOver;
    const refused = { type: 'refuse', lease, code: why.code, message: why.message } as const;
    return [refused, ...this.#end(lease, now, false), ...this.tick(now)];
  }

  /** Nothing of the listener is left. */
  listenerEnded(key: string, now: number): LeaseAction<Facts>[] {
    const lease = this.#taken.get(key);
    if (lease === undefined) return [];
    if (lease.phase === 'preparing') {
      return this.refuse(key, { code: 'listen_failed', message: 'the listener of the other end ended at once', listenerOver: true }, now);
    }
    lease.listenerOver = true;
    return lease.phase === 'closing' ? [this.#free(lease, false), ...this.tick(now)] : [];
  }

  /** The run is over, or was given up. */
  release(key: string, now: number): LeaseAction<Facts>[] {
    const at = this.#waiting.findIndex((lease) => lease.key === key);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      return this.tick(now);
    }
    const lease = this.#taken.get(key);
    if (lease === undefined || lease.phase === 'closing') return [];
    return [...this.#end(lease, now, false), ...this.tick(now)];
  }

  /** The agent's connection ended. What it waited for it asks for again when it is back. */
  agentLost(agentId: number, now: number): LeaseAction<Facts>[] {
    this.#lost.set(agentId, now);
    this.#forgetWaiting(agentId);
    const actions: LeaseAction<Facts>[] = [];
    for (const lease of [...this.#taken.values()]) {
      if (lease.peerId !== agentId || lease.phase !== 'preparing') continue;
      actions.push(...this.refuse(lease.key, { code: 'peer_offline', message: 'the other end lost its connection', listenerOver: false }, now));
    }
    return [...actions, ...this.tick(now)];
  }

  /** The agent is connected again, and measures under these leases; it has given up all others. */
  agentBack(agentId: number, claimed: ReadonlySet<string>, now: number): LeaseAction<Facts>[] {
    this.#lost.delete(agentId);
    this.#forgetWaiting(agentId);
    const actions: LeaseAction<Facts>[] = [];
    for (const lease of [...this.#taken.values()]) {
      if (lease.phase === 'closing') {
        // The first call may have been lost with the connection.
        if (lease.peerId === agentId) actions.push({ type: 'unlisten', lease });
      } else if (lease.agentId === agentId && !claimed.has(lease.key)) actions.push(...this.#end(lease, now, false));
    }
    return [...actions, ...this.tick(now)];
  }

  /** Ends what has had its time, and gives what is free to those who are next. */
  tick(now: number): LeaseAction<Facts>[] {
    const actions: LeaseAction<Facts>[] = [];
    for (const lease of [...this.#taken.values()]) actions.push(...this.#age(lease, now));
    for (let i = 0; i < this.#waiting.length;) {
      const lease = this.#waiting[i];
      if (lease === undefined || lease.deadline > now) i += 1;
      else {
        this.#waiting.splice(i, 1);
        actions.push({ type: 'refuse', lease, code: 'deadline', message: 'the lease was not free in time' });
      }
    }
    return [...actions, ...this.#serve(now)];
  }

  /** Grants to everybody who conflicts with nobody that is served or waits before him. */
  #serve(now: number): LeaseAction<Facts>[] {
    const actions: LeaseAction<Facts>[] = [];
    const blocked = this.#resourcesTaken();
    for (const lease of [...this.#waiting]) {
      const free = !lease.resources.some((resource) => blocked.has(resource));
      for (const resource of lease.resources) blocked.add(resource);
      if (!free) continue;
      this.#waiting.splice(this.#waiting.indexOf(lease), 1);
      this.#taken.set(lease.key, lease);
      if (lease.peerId === null) actions.push(this.#hold(lease, now));
      else {
        lease.phase = 'preparing';
        lease.until = now + LISTEN_WAIT_MS;
        actions.push({ type: 'listen', lease });
      }
    }
    return actions;
  }

  #age(lease: Changing<Facts>, now: number): LeaseAction<Facts>[] {
    if (lease.phase === 'closing') {
      const peerLostAt = lease.peerId === null ? undefined : this.#lost.get(lease.peerId);
      const over = lease.until <= now || (peerLostAt !== undefined && now - peerLostAt >= LEASE_SERVER_GRACE_MS);
      return over ? [this.#free(lease, false)] : [];
    }
    const lostAt = this.#lost.get(lease.agentId);
    if (lostAt !== undefined && now - lostAt >= LEASE_SERVER_GRACE_MS) return this.#end(lease, now, false);
    if (lease.until > now) return [];
    if (lease.phase === 'held') return this.#end(lease, now, true);
    const refused = { type: 'refuse', lease, code: 'listen_failed', message: 'the other end did not answer in time' } as const;
    return [refused, ...this.#end(lease, now, false)];
  }

  #hold(lease: Changing<Facts>, now: number): LeaseAction<Facts> {
    lease.phase = 'held';
    lease.until = now + lease.holdMs;
    return { type: 'grant', lease };
  }

  /** The run is over: the resources are free once the listener has gone, too. */
  #end(lease: Changing<Facts>, now: number, expired: boolean): LeaseAction<Facts>[] {
    if (lease.listenerOver) return [this.#free(lease, expired)];
    lease.phase = 'closing';
    // An agent that is cut off ends its listeners by itself within this time.
    lease.until = now + LEASE_SERVER_GRACE_MS;
    return [{ type: 'unlisten', lease }, ...this.#age(lease, now)];
  }

  #free(lease: Changing<Facts>, expired: boolean): LeaseAction<Facts> {
    this.#taken.delete(lease.key);
    return { type: 'free', lease, expired };
  }

  #forgetWaiting(agentId: number): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) if (this.#waiting[i]?.agentId === agentId) this.#waiting.splice(i, 1);
  }

  #resourcesTaken(): Set<string> {
    return new Set([...this.#taken.values()].flatMap(({ resources }) => resources));
  }
}
