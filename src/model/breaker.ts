import * as z from 'zod';

/**
 * Circuit breaker of one agent and destination. closed: runs go on; open: they are skipped because the last ones
 * failed; half_open: a cheap probe got through, and the next run decides.
 */
export const breakerStates = ['closed', 'open', 'half_open'] as const;
export const breakerState = z.enum(breakerStates);
export type BreakerState = z.infer<typeof breakerState>;
