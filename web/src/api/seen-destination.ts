import * as z from 'zod';
import { destination } from '../../../src/model/destination.ts';
import { instant } from '../../../src/model/instant.ts';

const health = z.object({
  state: z.enum(['ok', 'partial', 'failing', 'unknown']),
  agents_ok: z.int(),
  agents_failing: z.int(),
  since: instant.nullable(),
  last_result_at: instant.nullable(),
});

/** A destination with how its agents see it; null where the server does not say. */
export const seenDestination = destination.extend({ health: health.nullable().default(null) });
export type SeenDestination = z.output<typeof seenDestination>;
export type Health = z.output<typeof health>;
