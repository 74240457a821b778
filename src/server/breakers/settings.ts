import type { BreakerSettings, Schedule } from '../../protocol/messages.ts';

/** What the settings of the server mean for agents; null: nothing is held back. */
export function breakerSettings(failures: number, probeMs: number): BreakerSettings | null {
  return failures === 0 ? null : { failures, probe_ms: probeMs };
}

/** The schedule with the server's settings for breakers. They are part of its version: an agent must hear of a change. */
export function withBreakers(schedule: Schedule, breaker: BreakerSettings | null): Schedule {
  const version = breaker === null ? schedule.version : `${schedule.version}.${breaker.failures}.${breaker.probe_ms}`;
  return { ...schedule, version, breaker };
}
