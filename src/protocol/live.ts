import * as z from 'zod';
import { agent } from '../model/agent.ts';
import { result } from '../model/result.ts';

/** Where a browser hears what changes; authenticated by the session cookie, same origin only. */
export const LIVE_PATH = '/ws';

/** Close code of the live connection when the session is over: the page goes to the sign-in. */
export const SESSION_OVER = 4401;

/** What the server says to a browser. The browser says nothing. */
export const liveMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), server_version: z.string() }),
  z.object({ type: z.literal('snapshot'), topic: z.literal('agents'), items: z.array(agent) }),
  z.object({ type: z.literal('agent'), item: agent }),
  /** Results that were stored a moment ago: they are durable when this is sent. */
  z.object({ type: z.literal('results'), items: z.array(result) }),
  /** This client was too slow and missed so many items of the topic. */
  z.object({ type: z.literal('skipped'), topic: z.string(), count: z.int().nonnegative() }),
]);
export type LiveMessage = z.output<typeof liveMessage>;
