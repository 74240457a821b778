import type { ColumnType, Generated, Selectable } from 'kysely';

/**
 * The tables as queries see them, the same on every engine: JSON is text, booleans are 0 or 1, instants are epoch
 * milliseconds (bigint where an integer has 32 bits). An engine whose driver hands bigints out as texts turns
 * them into numbers.
 */
export interface Schema {
  agents: AgentsTable;
  destinations: DestinationsTable;
  jobs: JobsTable;
  tokens: TokensTable;
  enrolment_tokens: EnrolmentTokensTable;
  login_links: LoginLinksTable;
  sessions: SessionsTable;
  widget_logs: WidgetLogsTable;
  settings: SettingsTable;
  former_names: FormerNamesTable;
  planned_series: PlannedSeriesTable;
  leases: LeasesTable;
  breaker_transitions: BreakerTransitionsTable;
  migrations: MigrationsTable;
}

/** Written when the row is made and never again. */
type Fixed<T> = ColumnType<T, T, never>;
/** Absent on insert means null. */
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>;

interface AgentsTable {
  id: Generated<number>;
  name: string;
  labels: string;
  version: Nullable<string>;
  platform: Nullable<string>;
  address: Nullable<string>;
  capabilities: string;
  spool: Nullable<string>;
  clock_offset_ms: Nullable<number>;
  external: number;
  created_at: Fixed<number>;
  last_seen_at: Nullable<number>;
  revoked_at: Nullable<number>;
  budget_mb_per_day: Nullable<number>;
  advertise: Nullable<string>;
  listening: Nullable<string>;
}

interface DestinationsTable {
  id: Generated<number>;
  name: string;
  host: string;
  display_name: Nullable<string>;
  description: Nullable<string>;
  tags: string;
  status: 'active' | 'inactive';
  external: number;
  created_at: Fixed<number>;
  agent_id: Nullable<number>;
  declared_by: Nullable<string>;
}

interface JobsTable {
  id: Generated<number>;
  name: string;
  description: Nullable<string>;
  enabled: number;
  timing: string;
  kinds: string;
  destinations: string;
  agents: string;
  tags: string;
  options: string;
  revision: number;
  created_at: Fixed<number>;
  since: number;
  metrics: Nullable<string>;
  mesh: Nullable<string>;
  budget_mb_per_day: Nullable<number>;
  declared_by: Nullable<string>;
}

interface FormerNamesTable {
  id: Generated<number>;
  thing: Fixed<'agent' | 'destination' | 'job'>;
  thing_id: Fixed<number>;
  name: Fixed<string>;
  removed_at: Fixed<number>;
}

interface PlannedSeriesTable {
  id: Generated<number>;
  job_id: Fixed<number>;
  revision: Fixed<number>;
  agent_id: Fixed<number>;
  destination_id: Fixed<number | null>;
  kind: Fixed<string>;
  timetable: Fixed<string>;
  begun_at: Fixed<number>;
  ended_at: Nullable<number>;
}

interface LeasesTable {
  id: Generated<number>;
  key: Fixed<string>;
  lease: string;
  expires_at: number;
}

interface BreakerTransitionsTable {
  id: Generated<number>;
  agent_id: Fixed<number>;
  destination_id: Fixed<number>;
  at: Fixed<number>;
  from_state: Fixed<'closed' | 'open' | 'half_open'>;
  to_state: Fixed<'closed' | 'open' | 'half_open'>;
  reason: Fixed<string>;
}

interface TokensTable {
  id: Generated<number>;
  name: string;
  hash: Fixed<string>;
  scopes: string;
  agent_id: Nullable<number>;
  created_at: Fixed<number>;
  expires_at: Nullable<number>;
  last_used_at: Nullable<number>;
  revoked_at: Nullable<number>;
}

interface EnrolmentTokensTable {
  id: Generated<number>;
  name: string;
  hash: Fixed<string>;
  max_uses: Nullable<number>;
  uses: number;
  created_at: Fixed<number>;
  expires_at: Nullable<number>;
  revoked_at: Nullable<number>;
}

interface LoginLinksTable {
  id: Generated<number>;
  hash: Fixed<string>;
  expires_at: Fixed<number>;
}

interface SessionsTable {
  id: Generated<number>;
  hash: Fixed<string>;
  scopes: string;
  created_at: Fixed<number>;
  expires_at: number;
}

interface WidgetLogsTable {
  id: Generated<number>;
  agent_id: Fixed<number>;
  widget_type: Fixed<string>;
  at: Fixed<number>;
  data: Fixed<string>;
  /** SHA-256 of agent, type, instant and data. */
  hash: Fixed<string>;
}

interface MigrationsTable {
  number: Fixed<number>;
  name: Fixed<string>;
  applied_at: Fixed<number>;
}

export type AgentRecord = Selectable<AgentsTable>;
export type DestinationRecord = Selectable<DestinationsTable>;
export type JobRecord = Selectable<JobsTable>;
export type TokenRecord = Selectable<TokensTable>;
export type EnrolmentTokenRecord = Selectable<EnrolmentTokensTable>;
export type SessionRecord = Selectable<SessionsTable>;
export type PlannedSeriesRecord = Selectable<PlannedSeriesTable>;
export type BreakerTransitionRecord = Selectable<BreakerTransitionsTable>;
export type WidgetLogRecord = Selectable<WidgetLogsTable>;

export interface SettingsTable {
  id: Generated<number>;
  key: string;
  value: string;
}
