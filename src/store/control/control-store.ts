import type { Capabilities, SpoolState } from '../../model/agent.ts';
import type { Destination, DestinationInput } from '../../model/destination.ts';
import type { Job, JobInput } from '../../model/job.ts';
import type { Labels } from '../../model/labels.ts';

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
  /** @throws {TachoError} name_taken, not_found */
  update(id: number, change: { readonly name?: string; readonly labels?: Labels }): Promise<AgentRow>;
  /** Takes the agent and its tokens away, together. Results stay, under its id. @throws {TachoError} not_found */
  remove(id: number): Promise<void>;
  /**
   * Marks the agent revoked and revokes its tokens, together. Results stay. Again it changes nothing.
   * @throws {TachoError} not_found
   */
  revoke(id: number): Promise<void>;
}

export interface Destinations {
  /** @throws {TachoError} name_taken */
  create(input: DestinationInput, options?: { readonly external?: boolean }): Promise<Destination>;
  list(): Promise<Destination[]>;
  find(id: number): Promise<Destination | null>;
  findByName(name: string): Promise<Destination | null>;
  /** Replaces all but id and age; an external one that is edited is external no more. @throws {TachoError} name_taken, not_found */
  update(id: number, input: DestinationInput): Promise<Destination>;
  /** Results stay, under its id. @throws {TachoError} not_found */
  remove(id: number): Promise<void>;
}

export interface Jobs {
  /** @throws {TachoError} name_taken */
  create(input: JobInput): Promise<Job>;
  list(): Promise<Job[]>;
  find(id: number): Promise<Job | null>;
  findByName(name: string): Promise<Job | null>;
  /** A new revision with a new `since` begins only where what is measured changed. @throws {TachoError} name_taken, not_found */
  update(id: number, input: JobInput): Promise<Job>;
  /** Results stay, under its id. @throws {TachoError} not_found */
  remove(id: number): Promise<void>;
  /**
   * Enabling and disabling begin a new revision with a new `since`; a call that changes nothing leaves both.
   * @throws {TachoError} not_found
   */
  setEnabled(id: number, enabled: boolean): Promise<Job>;
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

/** Small things an administrator set, by key. */
export interface KeptSettings {
  get(key: string): Promise<string | null>;
  /** null takes the setting away. */
  set(key: string, value: string | null): Promise<void>;
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
  close(): Promise<void>;
}
