import { LEASE_AGENT_GRACE_MS, LEASE_BEAT_MS, type AgentMessage } from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';

/** The control connection, as far as leases and listeners need it. */
export interface LeaseLink {
  readonly connected: boolean;
  /** Monotonic instant at which the last heartbeat was sent that was answered. */
  readonly answeredAt: number;
  beat(): void;
  /** Whether it could be sent. */
  send(message: AgentMessage): boolean;
}

/** Whether the server answered lately enough to be sure that it knows of what goes on here. */
export function isInTouch(link: LeaseLink, clock: Clock): boolean {
  return clock.monotonic() - link.answeredAt < LEASE_AGENT_GRACE_MS;
}

/** Keeps in touch with the server until aborted; resolves earlier where it was out of touch for the grace. */
export async function untilOutOfTouch(link: LeaseLink, clock: Clock, signal: AbortSignal): Promise<'silent' | 'aborted'> {
  for (;;) {
    link.beat();
    const leftMs = link.answeredAt + LEASE_AGENT_GRACE_MS - clock.monotonic();
    if (leftMs <= 0) return 'silent';
    try {
      await clock.sleep(Math.min(LEASE_BEAT_MS, leftMs), signal);
    } catch {
      return 'aborted';
    }
  }
}
