import type { Random } from './random.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Delay before attempt `attempt` (0 = first retry), exponential with full jitter: uniform in
 * [0, min(cap, base * 2^attempt)]. Full jitter is what spreads a fleet that lost its server at one instant.
 */
export function backoffMs(attempt: number, { baseMs, capMs }: BackoffOptions, random: Random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(random() * ceiling);
}
