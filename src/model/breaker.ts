import * as z from 'zod';
import { instant } from './instant.ts';

/**
 * Circuit breaker of one agent and destination. closed: runs go on; open: they are skipped because the last ones
 * failed; half_open: a cheap probe got through, and the next run decides.
 */
export const breakerStates = ['closed', 'open', 'half_open'] as const;
export const breakerState = z.enum(breakerStates);
export type BreakerState = z.infer<typeof breakerState>;

/** A change of a breaker, as an agent's results carry it in their details. */
export const breakerChange = z.object({ from: breakerState, to: breakerState, at: instant, reason: z.string().max(2000) });
export type BreakerChange = z.output<typeof breakerChange>;

/** Changes that one result may carry besides its own: those that probes made since the result before. */
export const MOST_EARLIER_CHANGES = 20;

/** One change as it is answered. */
export const breakerTransition = z
  .object({
    agent: z.string(),
    agent_id: z.int(),
    destination: z.string(),
    destination_id: z.int(),
    at: instant,
    from: breakerState,
    to: breakerState,
    reason: z.string(),
  })
  .meta({ id: 'BreakerTransition' });
export type BreakerTransition = z.output<typeof breakerTransition>;

/** A breaker as its newest change left it. */
export const breaker = z
  .object({
    agent: z.string(),
    agent_id: z.int(),
    destination: z.string(),
    destination_id: z.int(),
    state: breakerState,
    since: instant,
    reason: z.string(),
  })
  .meta({ id: 'Breaker' });
export type Breaker = z.output<typeof breaker>;
