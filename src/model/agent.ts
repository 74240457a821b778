import * as z from 'zod';
import { instant } from './instant.ts';
import { labels } from './labels.ts';
import { kindName } from './result.ts';

export const agentStates = ['online', 'late', 'offline', 'revoked', 'external'] as const;
export const agentState = z.enum(agentStates).meta({
  description:
    'online: connected; late: connected but its heartbeat is overdue; offline: not connected; revoked: its credential was withdrawn; external: known only from posted results',
});
export type AgentState = z.infer<typeof agentState>;

/** What an agent can do of one kind, and with what. */
export const capability = z.object({
  available: z.boolean(),
  /** What will measure: fping, ping, tcp, built-in, ... null where nothing can. */
  tool: z.string().max(64).nullable(),
  version: z.string().max(128).nullable(),
  /** Why the kind is unavailable or falls back, in words; null where there is nothing to say. */
  note: z.string().max(500).nullable(),
});
export type Capability = z.infer<typeof capability>;

export const capabilities = z.record(kindName, capability);
export type Capabilities = z.infer<typeof capabilities>;

/** What waits in an agent's spool, and what it had to give up. */
export const spoolState = z
  .object({
    epoch: z.string().min(1).max(64),
    /** Results waiting to be acknowledged. */
    pending: z.int().nonnegative(),
    pending_bytes: z.int().nonnegative(),
    /** Results dropped since the epoch began because the spool was full. */
    dropped: z.int().nonnegative(),
    /** Results the server refused, kept on the agent. */
    dead: z.int().nonnegative(),
  })
  .meta({ id: 'SpoolState' });
export type SpoolState = z.infer<typeof spoolState>;

/** Where an agent listens for other agents, if its own policy allows it. */
export const listening = z
  .object({ port_from: z.int().min(1).max(65_535), port_to: z.int().min(1).max(65_535) })
  .refine((range) => range.port_from <= range.port_to, 'invalid ports: expected port_from not above port_to')
  .meta({ id: 'Listening' });
export type Listening = z.infer<typeof listening>;

/** Most megabytes a UTC day that all runs of an agent may spend; null is without limit. */
export const agentBudget = z.number().positive().nullable();

/** An agent as it is answered. */
export const agent = z
  .object({
    id: z.int(),
    name: z.string(),
    state: agentState,
    labels,
    version: z.string().nullable(),
    platform: z.string().nullable(),
    address: z.string().nullable(),
    capabilities,
    spool: spoolState.nullable(),
    clock_offset_ms: z.number().nullable(),
    created_at: instant,
    last_seen_at: instant.nullable(),
    /** Most megabytes a UTC day that its runs may spend; null is without limit. */
    budget_mb_per_day: z.number().nullable(),
    /** Host or address under which other agents reach it; null: the address it connects from. */
    advertise: z.string().nullable(),
    /** null: its policy does not let it listen. */
    listening: listening.nullable(),
  })
  .meta({ id: 'Agent' });
export type Agent = z.output<typeof agent>;
