import * as z from 'zod';
import { agent } from '../model/agent.ts';
import { job } from '../model/job.ts';
import { runEvent } from '../model/planned-run.ts';
import { result } from '../model/result.ts';

/**
 * Where browsers and programs listen to what happens. Its query says to what: `topics` (agents, jobs, results, runs;
 * agents and results where it is absent), filters of results and runs (`kind`, `agent`, `destination`, `job`, `status`),
 * and `resume` (`STREAM:SEQ` as last heard) after a connection was lost.
 */
export const LIVE_PATH = '/ws';

export const topics = ['agents', 'jobs', 'results', 'runs'] as const;
export type Topic = (typeof topics)[number];

/** Grows by one with each event of a stream; a server that starts begins another stream. */
const seq = z.int().nonnegative();

/** What the server says on the live connection; a listener has nothing to say. */
export const liveMessage = z.discriminatedUnion('type', [
  /** `resumed`: what was missed since `resume` follows, instead of snapshots. */
  z.object({ type: z.literal('hello'), server_version: z.string(), stream: z.string(), seq, resumed: z.boolean() }),
  z.discriminatedUnion('topic', [
    z.object({ type: z.literal('snapshot'), topic: z.literal('agents'), seq, items: z.array(agent) }),
    z.object({ type: z.literal('snapshot'), topic: z.literal('jobs'), seq, items: z.array(job) }),
  ]),
  z.object({ type: z.literal('agent'), seq, item: agent }),
  z.object({ type: z.literal('job'), seq, item: job }),
  z.object({ type: z.literal('removed'), seq, topic: z.enum(['agents', 'jobs']), id: z.int() }),
  /** Results that are durable. */
  z.object({ type: z.literal('results'), seq, items: z.array(result) }),
  /** Planned runs that came to an end, or are overdue. A run that was missing may still come to its end later. */
  z.object({ type: z.literal('runs'), seq, items: z.array(runEvent) }),
  /** This listener was too slow, or too much came at once: so many of them were not sent. They are stored. */
  z.object({ type: z.literal('skipped'), topic: z.enum(['results', 'runs']), count: z.int().positive() }),
]);
export type LiveMessage = z.output<typeof liveMessage>;

/** Close code of a listener whose session or token has ended. */
export const SESSION_OVER = 4401;
