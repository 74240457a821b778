import type { Logger } from 'pino';
import * as z from 'zod';
import { findKind } from '../../model/kinds/index.ts';
import { LONGEST_LEASE_KEY, LONGEST_LEASE_WAIT_MS, type AgentMessage, type ServerMessage } from '../../protocol/messages.ts';
import type { AgentRow, ControlStore } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import { LeaseBroker, type Lease, type LeaseAction, type LeaseAsk, type LeaseRefusal } from './broker.ts';
import { leaseResources } from './resources.ts';

type Said<Type extends AgentMessage['type']> = Extract<AgentMessage, { readonly type: Type }>;

/** What belongs to a lease beside what the broker decides by. */
const leaseFacts = z.object({
  /** The key as its agent knows it. */
  lease: z.string(),
  jobId: z.int(),
  kind: z.string(),
  destinationId: z.int().nullable(),
  spec: z.record(z.string(), z.unknown()),
});
export type LeaseFacts = z.output<typeof leaseFacts>;

/** A lease as the control store keeps it. */
const keptLease = z.object({
  agentId: z.int(),
  peerId: z.int().nullable(),
  resources: z.array(z.string()),
  facts: leaseFacts,
});

/** An agent measures under one lease at a time: so many may wait. */
const MOST_OF_ONE = 1000;

/** For one and the same run: the planned one, and some that people asked for. More would only keep others waiting. */
const MOST_OF_ONE_RUN = 4;

/** Deadlines, graces and ends are looked at so often. */
const TICK_MS = 250;

/** From the grant to the end, beside the run itself: the grant is on its way (10 s at most, else the agent gives it up), and the run is ended. */
export const HOLD_MARGIN_MS = 15_000;

/** One run that an agent really has. */
export interface AssignedRun {
  readonly spec: Readonly<Record<string, unknown>>;
  /** The agent that its destination is; null where it is none. */
  readonly peerId: number | null;
}

export interface LeaseDeskOptions {
  readonly control: Pick<ControlStore, 'leases'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly agents: {
    /** The connected agent; null where it is not. */
    connected(id: number): AgentRow | null;
    find(id: number): Promise<AgentRow | null>;
    /** Whether it could be sent. */
    send(id: number, message: ServerMessage): boolean;
    /** The run as it is planned for the agent; null where it has no such run. */
    assigned(
      agentId: number,
      run: { readonly jobId: number; readonly kind: string; readonly destinationId: number | null },
    ): Promise<AssignedRun | null>;
  };
}

export interface LeaseCounts {
  readonly held: number;
  readonly waiting: number;
  readonly granted: number;
  readonly expired: number;
  readonly refused: ReadonlyMap<string, number>;
}

interface Refused {
  readonly code: LeaseRefusal;
  readonly message: string;
}

/** A lease and its instants by the wall clock. */
export interface SeenLease {
  readonly lease: Lease<LeaseFacts>;
  readonly askedAt: number;
  readonly until: number;
  readonly waitsFor: readonly string[];
}

/** Gives leases to agents: the broker decides, this hears, tells and remembers. */
export class LeaseDesk {
  readonly #options: LeaseDeskOptions;
  readonly #broker = new LeaseBroker<LeaseFacts>();
  readonly #ticking: NodeJS.Timeout;
  readonly #refused = new Map<string, number>();
  readonly #ready: Promise<void>;
  #granted = 0;
  #expired = 0;
  /** What is being written and said: in the order it was decided. */
  #acting: Promise<void> = Promise.resolve();

  constructor(options: LeaseDeskOptions) {
    this.#options = options;
    this.#ready = this.#restore();
    // A failure is found by whoever awaits it.
    this.#ready.catch(() => undefined);
    this.#ticking = setInterval(() => this.#act(this.#broker.tick(this.#now())), TICK_MS);
    this.#ticking.unref();
  }

  list(): SeenLease[] {
    const { clock } = this.#options;
    const wall = (at: number): number => Math.round(clock.now() + at - this.#now());
    return this.#broker.list().map((lease) => ({
      lease,
      askedAt: wall(lease.askedAt),
      until: wall(lease.until),
      waitsFor: lease.phase === 'waiting' ? this.#broker.blockersOf(lease.key) : [],
    }));
  }

  counts(): LeaseCounts {
    const all = this.#broker.list();
    const waiting = all.filter(({ phase }) => phase === 'waiting').length;
    return { waiting, held: all.length - waiting, granted: this.#granted, expired: this.#expired, refused: this.#refused };
  }

  async request(agent: AgentRow, message: Said<'lease_request'>): Promise<void> {
    await this.#ready;
    const ask = await this.#askOf(agent, message);
    // The connection may have ended meanwhile; then it asks again when it is back.
    if (this.#options.agents.connected(agent.id) === null) return;
    if ('code' in ask) this.#refuse(agent.id, { lease: message.lease, ...ask });
    else this.#act(this.#broker.request(ask, this.#now()));
  }

  async release(agentId: number, { lease }: Said<'lease_release'>): Promise<void> {
    await this.#ready;
    this.#act(this.#broker.release(keyOf(agentId, lease), this.#now()));
  }

  /** What an agent says of its listener; a lease of which it is not the other end is none of its business. */
  async heard(peerId: number, message: Said<'listening'> | Said<'listen_failed'> | Said<'listen_ended'>): Promise<void> {
    await this.#ready;
    const now = this.#now();
    const key = message.lease;
    if (this.#broker.get(key)?.peerId !== peerId) return;
    if (message.type === 'listening') this.#listening(key, peerId, message.port);
    else if (message.type === 'listen_ended') this.#act(this.#broker.listenerEnded(key, now));
    else {
      const code = message.code === 'refused_by_policy' ? 'peer_refused' : 'listen_failed';
      this.#act(this.#broker.refuse(key, { code, message: message.message, listenerOver: true }, now));
    }
  }

  /** The port is where another agent goes next: none but those that the listener's own policy names. */
  #listening(key: string, peerId: number, port: number): void {
    const now = this.#now();
    const ports = this.#options.agents.connected(peerId)?.listening ?? null;
    if (ports !== null && port >= ports.port_from && port <= ports.port_to) this.#act(this.#broker.listening(key, port, now));
    else {
      const expected = ports === null ? 'none' : `${ports.port_from} to ${ports.port_to}`;
      const message = `the other end listens on a port that is not among its own: expected ${expected}, got ${port}`;
      this.#act(this.#broker.refuse(key, { code: 'listen_failed', message, listenerOver: false }, now));
    }
  }

  /** The agent said hello, and under which leases it measures. */
  async agentBack(agentId: number, leases: readonly string[]): Promise<void> {
    await this.#ready;
    const claimed = leases.map((lease) => ({ lease, key: keyOf(agentId, lease) }));
    this.#act(this.#broker.agentBack(agentId, new Set(claimed.map(({ key }) => key)), this.#now()));
    for (const { lease, key } of claimed) {
      const known = this.#broker.get(key);
      if (known?.phase !== 'held') this.#refuse(agentId, { lease, code: 'not_possible', message: 'the lease is not held any more' });
    }
  }

  async agentLost(agentId: number): Promise<void> {
    await this.#ready;
    this.#act(this.#broker.agentLost(agentId, this.#now()));
  }

  /** Resolves when everything that was decided is written. */
  async close(): Promise<void> {
    clearInterval(this.#ticking);
    await this.#ready.catch(() => undefined);
    await this.#acting;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  /** What an agent's request asks the broker for, or why it is not to be had. */
  async #askOf(agent: AgentRow, message: Said<'lease_request'>): Promise<LeaseAsk<LeaseFacts> | Refused> {
    const { clock, agents } = this.#options;
    const { lease, kind, job_id: jobId, destination_id: destinationId } = message;
    const key = keyOf(agent.id, lease);
    const definition = findKind(kind);
    if (definition?.exclusive !== true) return notPossible(`runs of the kind ${kind} need no lease`);
    if (key.length > LONGEST_LEASE_KEY) return notPossible('the key of the lease is too long');
    const own = this.#broker.list().filter((one) => one.agentId === agent.id && one.key !== key);
    if (own.length >= MOST_OF_ONE) return notPossible(`expected at most ${MOST_OF_ONE} leases of one agent`);
    const same = own.filter(({ phase, facts }) => phase !== 'closing' && isSameRun(facts, { jobId, kind, destinationId }));
    if (same.length >= MOST_OF_ONE_RUN) return notPossible(`this run was asked for ${MOST_OF_ONE_RUN} times, and none of them is over`);
    const run = await agents.assigned(agent.id, { jobId, kind, destinationId });
    if (run === null) return notPossible('this agent has no such run');
    const spec = definition.spec.safeParse(run.spec);
    if (!spec.success) return notPossible(`the options of job ${jobId} do not fit ${kind}`);
    const peer = run.peerId === null ? null : (agents.connected(run.peerId) ?? (await agents.find(run.peerId)));
    const listens = peer !== null && definition.listens === true;
    const unfit = listens ? this.#unfit(peer.id) : null;
    if (unfit !== null) return unfit;
    return {
      key,
      agentId: agent.id,
      peerId: listens ? peer.id : null,
      resources: leaseResources(agents.connected(agent.id) ?? agent, peer, destinationId),
      deadline: this.#now() + Math.min(LONGEST_LEASE_WAIT_MS, Math.max(0, message.deadline - clock.now())),
      holdMs: definition.longestRunMs(spec.data) + HOLD_MARGIN_MS,
      facts: { lease, jobId, kind, destinationId, spec: run.spec },
    };
  }

  /** Why an agent cannot be the other end; null where it can. */
  #unfit(peerId: number): Refused | null {
    const peer = this.#options.agents.connected(peerId);
    if (peer === null) return { code: 'peer_offline', message: 'the agent at the other end is not connected' };
    if (peer.listening === null)
      return { code: 'peer_refused', message: `agent ${peer.name} does not listen: it was given no ports (--listen-ports)` };
    return null;
  }

  /** What was held when the server ended is held until its agent says otherwise, or has been away for the grace. */
  async #restore(): Promise<void> {
    const { control, clock, logger } = this.#options;
    const rows = await control.leases.list();
    const asks: LeaseAsk<LeaseFacts>[] = [];
    for (const { key, lease, expiresAt } of rows) {
      const kept = keptLease.safeParse(lease);
      if (kept.success) asks.push({ key, ...kept.data, deadline: 0, holdMs: Math.max(0, expiresAt - clock.now()) });
      else {
        logger.warn({ key }, 'a lease that was kept cannot be read and is dropped');
        await control.leases.remove(key);
      }
    }
    this.#broker.restore(asks, this.#now());
  }

  #act(actions: readonly LeaseAction<LeaseFacts>[]): void {
    if (actions.length === 0) return;
    this.#acting = this.#acting.then(async () => {
      for (const action of actions) {
        try {
          await this.#do(action);
        } catch (error) {
          this.#options.logger.error({ err: error, lease: action.lease.key }, `could not ${action.type} a lease`);
        }
      }
    });
  }

  async #do(action: LeaseAction<LeaseFacts>): Promise<void> {
    const { control, agents } = this.#options;
    const { lease } = action;
    const { key, agentId, peerId, facts } = lease;
    switch (action.type) {
      case 'listen': {
        const unfit = peerId === null ? null : this.#unfit(peerId);
        if (peerId === null || unfit !== null) {
          if (unfit !== null) this.#act(this.#broker.refuse(key, { ...unfit, listenerOver: true }, this.#now()));
          return;
        }
        // Written before anything begins, so that a server that starts again knows of it.
        const expiresAt = await this.#keep(lease);
        agents.send(peerId, { type: 'listen', lease: key, kind: facts.kind, spec: facts.spec, expires_at: expiresAt });
        return;
      }
      case 'grant': {
        const expiresAt = await this.#keep(lease);
        // Released, or lost with its agent, while it was written.
        if (this.#broker.get(key)?.phase !== 'held') return;
        this.#granted += 1;
        agents.send(agentId, { type: 'lease_granted', lease: facts.lease, expires_at: expiresAt, port: lease.port });
        return;
      }
      case 'refuse':
        this.#refuse(agentId, { lease: facts.lease, code: action.code, message: action.message });
        return;
      case 'unlisten':
        if (peerId !== null) agents.send(peerId, { type: 'unlisten', lease: key });
        return;
      case 'free':
        if (action.expired) this.#expired += 1;
        await control.leases.remove(key);
    }
  }

  async #keep({ key, agentId, peerId, resources, facts, holdMs }: Lease<LeaseFacts>): Promise<number> {
    const expiresAt = this.#options.clock.now() + holdMs;
    await this.#options.control.leases.put({ key, lease: { agentId, peerId, resources, facts }, expiresAt });
    return expiresAt;
  }

  #refuse(agentId: number, refusal: { readonly lease: string; readonly code: LeaseRefusal; readonly message: string }): void {
    this.#refused.set(refusal.code, (this.#refused.get(refusal.code) ?? 0) + 1);
    this.#options.agents.send(agentId, { type: 'lease_refused', ...refusal });
  }
}

function isSameRun(one: LeaseFacts, other: Pick<LeaseFacts, 'jobId' | 'kind' | 'destinationId'>): boolean {
  return one.jobId === other.jobId && one.kind === other.kind && one.destinationId === other.destinationId;
}

function notPossible(message: string): Refused {
  return { code: 'not_possible', message };
}

/** Agents choose their keys by themselves: with the agent's id they are unique. */
function keyOf(agentId: number, lease: string): string {
  return `${agentId}/${lease}`;
}
