import type { Agent } from '../../model/agent.ts';
import { HEARTBEATS_UNTIL_LATE } from '../../protocol/messages.ts';
import type { AgentRow } from '../../store/control/control-store.ts';

export interface Presence {
  readonly connected: boolean;
  /** Instant of the last message; null where there was none since the server started. */
  readonly lastMessageAt: number | null;
  /** Monotonic milliseconds since that message, which no step of the clock disturbs. */
  readonly silentMs: number;
}

/** An agent as it is answered: what is stored of it, and what its connection says now. */
export function describeAgent(row: AgentRow, presence: Presence, heartbeatMs: number): Agent {
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row, presence, heartbeatMs),
    labels: row.labels,
    version: row.version,
    platform: row.platform,
    address: row.address,
    capabilities: row.capabilities,
    spool: row.spool,
    clock_offset_ms: row.clockOffsetMs,
    created_at: row.createdAt,
    last_seen_at: latest(row.lastSeenAt, presence.lastMessageAt),
    budget_mb_per_day: row.budgetMbPerDay,
    advertise: row.advertise,
    listening: row.listening,
  };
}

function stateOf(row: AgentRow, presence: Presence, heartbeatMs: number): Agent['state'] {
  if (row.external) return 'external';
  if (row.revokedAt !== null) return 'revoked';
  if (!presence.connected) return 'offline';
  return presence.silentMs > HEARTBEATS_UNTIL_LATE * heartbeatMs ? 'late' : 'online';
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}
