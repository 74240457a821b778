import * as z from 'zod';
import { instant } from './instant.ts';

/** A lease as it is answered: who measures alone, or waits to. */
export const lease = z
  .object({
    /** Unique among those that are there. */
    lease: z.string(),
    state: z.enum(['waiting', 'preparing', 'held', 'closing']).meta({
      description:
        'waiting: for what others hold; preparing: the other end is asked to listen; held: the run goes on; closing: the run is over, its listener is being ended',
    }),
    agent: z.string(),
    destination: z.string().nullable(),
    job: z.string(),
    kind: z.string(),
    /** When it was asked for. */
    since: instant,
    /** When it is refused if it still waits; null once it is not waiting any more. */
    deadline: instant.nullable(),
    /** When it ends at the latest; null while it waits. */
    expires_at: instant.nullable(),
    /** What others hold, or have asked for before: agents, destinations and uplinks. */
    waits_for: z.array(z.string()),
  })
  .meta({ id: 'Lease' });
export type Lease = z.output<typeof lease>;
