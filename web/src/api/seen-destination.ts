import type * as z from 'zod';
import { destination, destinationHealth } from '../../../src/model/destination.ts';

/** A destination with how its agents see it; null where the server does not say. */
export const seenDestination = destination.extend({ health: destinationHealth.nullable().default(null) });
export type SeenDestination = z.output<typeof seenDestination>;
export type Health = z.output<typeof destinationHealth>;
