import * as z from 'zod';
import { agent } from '../model/agent.ts';
import { result } from '../model/result.ts';

/** Where browsers and programs listen to what happens. */
export const LIVE_PATH = '/ws';

/** What the server says on the live connection; a listener has nothing to say. */
export const liveMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), server_version: z.string() }),
  z.object({ type: z.literal('snapshot'), topic: z.literal('agents'), items: z.array(agent) }),
  z.object({ type: z.literal('agent'), item: agent }),
  /** Results that are durable. */
  z.object({ type: z.literal('results'), items: z.array(result) }),
  /** This listener was too slow, or too much came at once: so many results were not sent. They are stored. */
  z.object({ type: z.literal('skipped'), topic: z.literal('results'), count: z.int().positive() }),
]);
export type LiveMessage = z.output<typeof liveMessage>;

/** Close code of a listener whose session or token has ended. */
export const SESSION_OVER = 4401;
