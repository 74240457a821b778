import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Agent, AgentState, SpoolState } from '../../../src/model/agent.ts';
import type { Breaker } from '../../../src/model/breaker.ts';
import { kindTitle } from './metrics.ts';
import { sinceText } from './time.ts';

/** What each state asks of the reader. */
export const stateTones: Readonly<Record<AgentState, StateTone>> = {
  online: 'good',
  late: 'attention',
  offline: 'bad',
  revoked: 'unknown',
  external: 'unknown',
};

/** A clock further off than this is worth a word: results would land in the wrong minute. */
const LARGE_OFFSET_MS = 2000;

export interface CapabilityWords {
  readonly kind: string;
  readonly title: string;
  readonly available: boolean;
  /** `fping 5.1`; null where nothing can measure the kind. */
  readonly tool: string | null;
  /** Why the kind falls back or is unavailable. */
  readonly note: string | null;
}

export function capabilityWords(agent: Pick<Agent, 'capabilities'>): CapabilityWords[] {
  return Object.entries(agent.capabilities).map(([kind, capability]) => ({
    kind,
    title: kindTitle(kind),
    available: capability.available,
    tool: capability.tool === null ? null : [capability.tool, capability.version].filter((part) => part !== null).join(' '),
    note: capability.note,
  }));
}

/** What is not as it should be with an agent's spool and clock, each in words; empty where all is well. */
export function troubleWords(agent: Pick<Agent, 'spool' | 'clock_offset_ms'>): string[] {
  const { spool, clock_offset_ms: offsetMs } = agent;
  const words = spool === null ? [] : spoolTroubles(spool);
  if (offsetMs !== null && Math.abs(offsetMs) >= LARGE_OFFSET_MS)
    words.push(`its clock is ${durationWords(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`);
  return words;
}

function spoolTroubles({ pending, dropped, dead }: SpoolState): string[] {
  return [
    ...(pending > 0 ? [`${countText(pending, 'result')} waiting to be sent`] : []),
    ...(dropped > 0 ? [`${countText(dropped, 'result')} dropped: the spool was full`] : []),
    ...(dead > 0 ? [`${countText(dead, 'result')} refused by the server, kept on the agent`] : []),
  ];
}

export function spoolWords(spool: SpoolState): string {
  const troubles = spoolTroubles(spool);
  return troubles.length === 0 ? 'empty: all results are on the server' : troubles.join('; ');
}

/** How far an agent's clock is from the server's. */
export function offsetWords(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1) return "as the server's";
  const size = Math.abs(offsetMs) < LARGE_OFFSET_MS ? `${Math.round(Math.abs(offsetMs))} ms` : durationWords(Math.abs(offsetMs));
  return `${size} ${offsetMs > 0 ? 'ahead of' : 'behind'} the server's`;
}

/** Whether it is there, and since when it is not. */
export function agentStateText({ state, last_seen_at: seen }: Pick<Agent, 'state' | 'last_seen_at'>, now: number): string {
  if (state === 'external') return 'only posts results';
  if (state === 'online' || state === 'revoked') return state;
  if (seen === null) return `${state}, never connected`;
  return state === 'late' ? `late, last heard of at ${sinceText(seen, now)}` : `offline since ${sinceText(seen, now)}`;
}

/** Where it can be measured by other agents. */
export function listeningWords({ listening, advertise, address }: Pick<Agent, 'listening' | 'advertise' | 'address'>): string {
  if (listening === null) return 'its policy does not let it listen';
  const { port_from: from, port_to: to } = listening;
  const host = advertise ?? address;
  return `${from === to ? `port ${from}` : `ports ${from} to ${to}`}${host === null ? '' : `, reached as ${host}`}`;
}

/** `open since 10:30: 5 runs failed in a row` */
export function breakerText({ state, since, reason }: Pick<Breaker, 'state' | 'since' | 'reason'>, now: number): string {
  const words = { open: 'open', half_open: 'half open', closed: 'closed' } as const;
  return `${words[state]} since ${sinceText(since, now)}${reason === '' ? '' : `: ${reason}`}`;
}

/** `linux x64` of `linux x64 6.12.0-1`: the kernel's release is for the tooltip. */
export function shortPlatform(platform: string): string {
  return platform.split(' ', 2).join(' ');
}

function durationWords(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
