import type { BreakerState } from '../../model/breaker.ts';
import type { Capabilities, Listening, SpoolState } from '../../model/agent.ts';
import type { DestinationInput, StoredDestination } from '../../model/destination.ts';
import type { JobInput, StoredJob } from '../../model/job.ts';
import type { Labels } from '../../model/labels.ts';
import type { PlannedSeries } from '../../model/run.ts';
import type { Timetable } from '../../model/timetable/timetable.ts';

/** What a bearer of a token or session may do. */
export type Scope = 'read' | 'write' | 'admin' | 'agent';

export interface AgentRow {
  readonly id: number;
  readonly name: string;
  readonly labels: Labels;
  readonly version: string | null;
  readonly platform: string | null;
  readonly address: string | null;
  readonly capabilities: Capabilities;
  readonly spool: SpoolState | null;
  readonly clockOffsetMs: number | null;
  /** Known only from posted results; it has no credential. */
  readonly external: boolean;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
  readonly revokedAt: number | null;
  /** Most megabytes a UTC day that its runs may spend; null is without limit. */
  readonly budgetMbPerDay: number | null;
  /** Host or address under which other agents reach it; null: the address it connects from. */
  readonly advertise: string | null;
  /** Whether and where its own policy lets it listen for other agents; null: not at all. */
  readonly listening: Listening | null;
}

/** What an agent says of itself when it connects. */
export interface AgentReport {
  readonly labels?: Labels;
  readonly version?: string;
  readonly platform?: string;
  readonly address?: string;
  readonly capabilities?: Capabilities;
  readonly spool?: SpoolState;
  readonly clockOffsetMs?: number | null;
  readonly lastSeenAt?: number;
  readonly advertise?: string | null;
  readonly listening?: Listening | null;
}

export interface Agents {
  /** @throws {TachoError} name_taken */
  create(agent: {
    readonly name: string;
    readonly labels: Labels;
    readonly external: boolean;
    readonly version?: string;
    readonly platform?: string;
  }): Promise<AgentRow>;
  list(): Promise<AgentRow[]>;
  find(id: number): Promise<AgentRow | null>;
  findByName(name: string): Promise<AgentRow | null>;
  /**
   * Changes what the report says and nothing else.
   * @throws {TachoError} not_found
   */
  report(id: number, report: AgentReport): Promise<void>;
  /** The same for many, in one write; agents that are not there are passed over. */
  reportAll(reports: readonly { readonly id: number; readonly report: AgentReport }[]): Promise<void>;
  /** @throws {TachoError} name_taken, not_found */
  update(id: number, change: { readonly name?: string; readonly labels?: Labels; readonly budgetMbPerDay?: number | null }): Promise<AgentRow>;
  /** Takes the agent away and revokes its tokens, together; its name is kept as a former one. Results stay, under its id. @throws {TachoError} not_found */
  remove(id: number): Promise<void>;
  /**
   * Marks the agent revoked and revokes its tokens, together. Results stay. Again it changes nothing.
   * @throws {TachoError} not_found
   */
  revoke(id: number): Promise<void>;
}

export interface Destinations {
  /** @throws {TachoError} name_taken */
  create(
    input: DestinationInput,
    options?: { readonly external?: boolean; readonly agentId?: number | null; readonly declaredBy?: string | null },
  ): Promise<StoredDestination>;
  list(): Promise<StoredDestination[]>;
  find(id: number): Promise<StoredDestination | null>;
  findByName(name: string): Promise<StoredDestination | null>;
  /** Replaces all but id and age; an external one that is edited is external no more. @throws {TachoError} name_taken, not_found */
  update(
    id: number,
    input: DestinationInput,
    options?: { readonly agentId?: number | null; readonly declaredBy?: string | null },
  ): Promise<StoredDestination>;
  /** Results stay, under its id; its name is kept as a former one. @throws {TachoError} not_found */
  remove(id: number): Promise<void>;
}

export interface Jobs {
  /** @throws {TachoError} name_taken */
  create(input: JobInput, options?: { readonly declaredBy?: string | null }): Promise<StoredJob>;
  list(): Promise<StoredJob[]>;
  find(id: number): Promise<StoredJob | null>;
  findByName(name: string): Promise<StoredJob | null>;
  /** A new revision with a new `since` begins only where what is measured changed. @throws {TachoError} name_taken, not_found */
  update(id: number, input: JobInput, options?: { readonly declaredBy?: string | null }): Promise<StoredJob>;
  /** Results stay, under its id; its name is kept as a former one. @throws {TachoError} not_found */
  remove(id: number): Promise<void>;
  /**
   * Enabling and disabling begin a new revision with a new `since`; a call that changes nothing leaves both.
   * @throws {TachoError} not_found
   */
  setEnabled(id: number, enabled: boolean): Promise<StoredJob>;
}

export interface TokenRow {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The agent whose credential this is; null for people's and programs' tokens. */
  readonly agentId: number | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export interface EnrolmentTokenRow {
  readonly id: number;
  readonly name: string;
  readonly maxUses: number | null;
  readonly uses: number;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** Secrets come in as SHA-256 hashes (hex) of high-entropy texts; the texts themselves are never stored. */
export interface Tokens {
  create(token: {
    readonly name: string;
    readonly hash: string;
    readonly scopes: readonly Scope[];
    readonly agentId?: number;
    readonly expiresAt?: number;
  }): Promise<TokenRow>;
  list(): Promise<TokenRow[]>;
  /** Whatever its state: the caller judges expiry and revocation. */
  findByHash(hash: string): Promise<TokenRow | null>;
  /** Notes that the token was used. */
  touch(id: number, at: number): Promise<void>;
  /** The same for many, in one write. */
  touchAll(touches: readonly { readonly id: number; readonly at: number }[]): Promise<void>;
  /**
   * Again it changes nothing.
   * @throws {TachoError} not_found
   */
  revoke(id: number): Promise<void>;
}

export interface EnrolmentTokens {
  create(token: {
    readonly name: string;
    readonly hash: string;
    readonly maxUses: number | null;
    readonly expiresAt: number | null;
  }): Promise<EnrolmentTokenRow>;
  list(): Promise<EnrolmentTokenRow[]>;
  /**
   * Spends one use and creates the agent with its credential, all or nothing.
   * @throws {TachoError} unauthenticated (no such token), gone (used up, expired, revoked), name_taken (no use is spent)
   */
  enrol(enrolment: {
    readonly hash: string;
    readonly at: number;
    readonly agent: { readonly name: string; readonly labels: Labels; readonly version: string; readonly platform: string };
    readonly credentialHash: string;
  }): Promise<AgentRow>;
  /**
   * Again it changes nothing. Agents that used the token stay.
   * @throws {TachoError} not_found
   */
  revoke(id: number): Promise<void>;
}

export interface SessionRow {
  readonly id: number;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface Sessions {
  /** A link that opens one session, once, before `expiresAt`. */
  createLoginLink(link: { readonly hash: string; readonly expiresAt: number }): Promise<void>;
  /** Spends the link and creates the session, together; null where the link is unknown, spent or expired. */
  redeemLoginLink(redeem: {
    readonly linkHash: string;
    readonly sessionHash: string;
    readonly at: number;
    readonly expiresAt: number;
  }): Promise<SessionRow | null>;
  /** Whatever its state: the caller judges expiry. */
  find(hash: string): Promise<SessionRow | null>;
  /** Ending what is not there changes nothing. */
  end(hash: string): Promise<void>;
  /** A session of whoever proved himself otherwise than by a link. */
  create(session: { readonly hash: string; readonly at: number; readonly expiresAt: number }): Promise<SessionRow>;
  /** Ends every session, and every link that was not used. */
  endAll(): Promise<void>;
  /** Removes sessions and links that have expired at `at`. */
  sweep(at: number): Promise<void>;
}

/** What a widget on some machine said: kept as it came. Speed tests are results and not here. */
export interface WidgetLogRow {
  readonly id: number;
  readonly agentId: number;
  readonly widgetType: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WidgetLogQuery {
  readonly agentIds?: readonly number[] | undefined;
  readonly widgetTypes?: readonly string[] | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
  /** The last row of the page before. */
  readonly after?: { readonly at: number; readonly id: number } | undefined;
  readonly limit: number;
}

export interface WidgetLogs {
  /** Keeps each log once: what the same agent said before, of the same type at the same instant, changes nothing. Answers how many are new. */
  add(logs: readonly Omit<WidgetLogRow, 'id'>[]): Promise<number>;
  /** Newest first, by (at, id). */
  list(query: WidgetLogQuery): Promise<WidgetLogRow[]>;
}

export type NamedThing = 'agent' | 'destination' | 'job';

/** How things were called that are there no more. */
export interface FormerNames {
  find(thing: NamedThing, id: number): Promise<string | null>;
}

/** One series of a plan, from the moment it was planned until it no longer was. */
export interface PlannedSeriesRow extends PlannedSeries {
  readonly id: number;
  readonly timetable: Timetable;
  readonly begunAt: number;
  /** null while it is planned. */
  readonly endedAt: number | null;
}

/** What was planned when: with it, what should have reported and did not is computed when it is asked for. */
export interface PlanLedger {
  /** Series that were planned at any moment of [from, to), in the order they began. */
  list(query: {
    readonly from: number;
    readonly to: number;
    readonly jobIds?: readonly number[] | undefined;
    readonly agentIds?: readonly number[] | undefined;
  }): Promise<PlannedSeriesRow[]>;
  /** Series that are planned now. */
  open(): Promise<PlannedSeriesRow[]>;
  /** Ends some series (ids of their rows) and begins others, together. */
  change(change: {
    readonly at: number;
    readonly ended: readonly number[];
    readonly begun: readonly (PlannedSeries & { readonly timetable: Timetable })[];
  }): Promise<void>;
}

/** A lease as it is kept, so that a server that starts again gives nothing away that is still held. */
export interface LeaseRow {
  readonly key: string;
  readonly lease: Readonly<Record<string, unknown>>;
  readonly expiresAt: number;
}

export interface Leases {
  list(): Promise<LeaseRow[]>;
  put(lease: LeaseRow): Promise<void>;
  /** Removing what is not there changes nothing. */
  remove(key: string): Promise<void>;
}

export interface BreakerTransition {
  readonly agentId: number;
  readonly destinationId: number;
  readonly at: number;
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly reason: string;
}

export interface BreakerTransitions {
  /** Keeps each once. */
  add(transitions: readonly BreakerTransition[]): Promise<void>;
  /** The newest of each agent and destination, by their ids. */
  current(query: {
    readonly agentIds?: readonly number[] | undefined;
    readonly destinationIds?: readonly number[] | undefined;
  }): Promise<BreakerTransition[]>;
  /** Newest first, by (at, id). */
  list(query: {
    readonly agentIds?: readonly number[] | undefined;
    readonly destinationIds?: readonly number[] | undefined;
    /** Inclusive. */
    readonly from?: number | undefined;
    /** Exclusive. */
    readonly to?: number | undefined;
    readonly after?: { readonly at: number; readonly id: number } | undefined;
    readonly limit: number;
  }): Promise<(BreakerTransition & { readonly id: number })[]>;
}

/** Small things an administrator set, by key. */
export interface KeptSettings {
  get(key: string): Promise<string | null>;
  /** null takes the setting away. */
  set(key: string, value: string | null): Promise<void>;
}

/** What people manage. */
export interface Objects {
  readonly agents: Agents;
  readonly destinations: Destinations;
  readonly jobs: Jobs;
}

/**
 * The control plane: small, relational, forward-only migrations. Implementations pass `control-store.contract.ts`
 * unchanged. Every call is durable when it resolves. Ids stay the same for ever and are never given out again. Names
 * are unique as they are written: case and accents count. Lists are in the order of ids.
 */
export interface ControlStore {
  readonly agents: Agents;
  readonly destinations: Destinations;
  readonly jobs: Jobs;
  readonly tokens: Tokens;
  readonly enrolmentTokens: EnrolmentTokens;
  readonly sessions: Sessions;
  readonly widgetLogs: WidgetLogs;
  readonly settings: KeptSettings;
  readonly formerNames: FormerNames;
  readonly planLedger: PlanLedger;
  readonly leases: Leases;
  readonly breakerTransitions: BreakerTransitions;
  /**
   * Does several changes as one: all of them, or none where the work throws. The work must ask the objects it is given
   * and nothing else of the store, which waits until it is done.
   */
  together<T>(work: (objects: Objects) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
