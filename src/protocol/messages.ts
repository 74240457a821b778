import * as z from 'zod';
import { capabilities, listening, spoolState } from '../model/agent.ts';
import { instant } from '../model/instant.ts';
import { labels } from '../model/labels.ts';
import { name } from '../model/name.ts';
import { kindName } from '../model/result.ts';
import { timetable } from '../model/timetable/timetable.ts';

/** Grows when a message changes its meaning. A server refuses what it does not speak, with `protocolMismatch`. */
export const PROTOCOL_VERSION = 1;

/** Where an agent's control connection is opened, relative to the server's URL. */
export const CONTROL_PATH = '/api/agent/control';
export const ENROL_PATH = '/api/agent/enrol';

/** An agent that is silent for this many heartbeats is late; one more, and its connection is closed. */
export const HEARTBEATS_UNTIL_LATE = 2;

/** Largest control message the server accepts, bytes: what an agent says is small. */
export const LARGEST_MESSAGE = 8 * 1_048_576;
/** Largest an agent accepts: 200 jobs on 100 destinations, with cron and windows, are 9 MB. */
export const LARGEST_SCHEDULE_MESSAGE = 16 * 1_048_576;

/** WebSocket close codes of the control connection (4000-4999 are free for applications). */
export const closeCodes = {
  unauthenticated: 4401,
  revoked: 4403,
  badMessage: 4400,
  protocolMismatch: 4406,
  replaced: 4409,
  silent: 4408,
  /** The server cannot serve this agent now: its disk is full, or its database is away. */
  unavailable: 4500,
  serverStopping: 4503,
} as const;

/** Enrolment: one HTTP request that turns an enrolment token (as bearer) into the agent's own credential. */
export const enrolRequest = z.object({
  name,
  labels: labels.default({}),
  version: z.string().max(64),
  platform: z.string().max(128),
  /**
   * Secret, 32 random bytes in base64url: the same each time one agent asks. The credential follows from it, so that an
   * enrolment whose answer was lost is answered again instead of refused.
   */
  nonce: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'invalid nonce: expected 32 bytes in base64url')
    .optional(),
});
export const enrolResponse = z.object({
  agent: z.object({ id: z.int(), name: z.string() }),
  /** Shown once; the server keeps only its hash. */
  credential: z.string(),
});
export type EnrolRequest = z.output<typeof enrolRequest>;
export type EnrolResponse = z.output<typeof enrolResponse>;

/** One thing to measure again and again: the line of a schedule. */
export const assignment = z.object({
  job_id: z.int(),
  job: z.string(),
  revision: z.int(),
  kind: kindName,
  /** null where the agent measures itself. */
  destination: z.object({ id: z.int(), name: z.string(), host: z.string() }).nullable(),
  /** When all that it needs was there, by the server's clock: an agent's clock that is before it is behind. */
  made_at: instant,
  timetable,
  spec: z.record(z.string(), z.unknown()),
  /** Most megabytes a UTC day that this agent's runs of the job may spend together; absent: without limit. */
  budget_mb_per_day: z.number().positive().optional(),
});
export type Assignment = z.output<typeof assignment>;

/** When an agent stops to measure a destination that fails, and how it finds out that it may again. */
export const breakerSettings = z.object({
  /** Runs in a row that fail until it opens. */
  failures: z.int().positive(),
  /** Milliseconds between cheap probes while it is open. */
  probe_ms: z.int().positive(),
});
export type BreakerSettings = z.output<typeof breakerSettings>;

/** Everything an agent measures. A new one replaces the old whole. */
export const schedule = z.object({
  version: z.string(),
  assignments: z.array(assignment).max(20_000),
  /** null: no run is held back because others failed. */
  breaker: breakerSettings.nullable().default(null),
  /** Most megabytes a UTC day for all runs together; null is without limit. */
  budget_mb_per_day: z.number().nullable().default(null),
});
export type Schedule = z.output<typeof schedule>;

export const LONGEST_LEASE_KEY = 128;

/** Names one lease: made by the agent that asks, unique among its own. Who listens for another hears a longer one, the server's. */
const leaseKey = z.string().min(1).max(LONGEST_LEASE_KEY);

/** Why a lease or a listener was not to be had; becomes the failure code of the run that is skipped. */
export const leaseRefusals = ['deadline', 'peer_offline', 'peer_refused', 'listen_failed', 'not_possible'] as const;

/** Longest deadline of a lease: from then on the run is skipped instead of waiting. */
export const LONGEST_LEASE_WAIT_MS = 3_600_000;

/** An agent that waits for a lease, measures under one or listens for one says a heartbeat so often. */
export const LEASE_BEAT_MS = 2000;

/**
 * An agent ends its leased runs and its listeners when so long ago it sent the last heartbeat that was answered. A line
 * that is being filled delays heartbeats by seconds, so it is no shorter.
 */
export const LEASE_AGENT_GRACE_MS = 10_000;

/**
 * The server takes a lease from an agent whose connection ended so long ago. A heartbeat is answered only while the
 * connection stands, so the agent has by then ended what it did, and had 5 s to do it.
 */
export const LEASE_SERVER_GRACE_MS = 15_000;

export const agentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    version: z.string().max(64),
    platform: z.string().max(128),
    /** null where none were given to this start: the server keeps those it knows. */
    labels: labels.nullable(),
    capabilities,
    spool: spoolState,
    /** Version of the schedule the agent holds; the server sends one only where it differs. */
    schedule_version: z.string().max(128).nullable(),
    /** Host or address under which other agents reach this one; null: the address it connects from. */
    advertise: z.string().max(253).nullable().default(null),
    /** Ports on which its policy lets it listen for other agents; null: none. */
    listening: listening.nullable().default(null),
    /** Leases under which it measures at this moment. */
    leases: z.array(leaseKey).max(1000).default([]),
    sent_at: instant,
  }),
  /** Asks to be alone with both ends, the destination and the uplinks for one run. */
  z.object({
    type: z.literal('lease_request'),
    lease: leaseKey,
    job_id: z.int(),
    kind: kindName,
    destination_id: z.int().nullable(),
    /** After this instant it need not be granted any more. */
    deadline: instant,
  }),
  /** The run is over, or was given up: also while it waits. */
  z.object({ type: z.literal('lease_release'), lease: leaseKey }),
  /** Answers to `listen`. */
  z.object({ type: z.literal('listening'), lease: leaseKey, port: z.int().min(1).max(65_535) }),
  z.object({ type: z.literal('listen_failed'), lease: leaseKey, code: z.string().max(64), message: z.string().max(2000) }),
  /** Nothing of the listener is left: its run is over, or `unlisten` came, also where there was none. */
  z.object({ type: z.literal('listen_ended'), lease: leaseKey }),
  z.object({ type: z.literal('heartbeat'), spool: spoolState, sent_at: instant, running: z.int().nonnegative(), scheduled: z.int().nonnegative() }),
]);
export type AgentMessage = z.output<typeof agentMessage>;

export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    agent: z.object({ id: z.int(), name: z.string() }),
    server_version: z.string(),
    heartbeat_ms: z.int().positive(),
    /** The agent's own `sent_at`, echoed, and the server's instant: together they give the clock offset. */
    echo: instant,
    server_at: instant,
  }),
  z.object({ type: z.literal('schedule'), schedule }),
  z.object({ type: z.literal('heartbeat_ack'), echo: instant, server_at: instant }),
  /** Runs every assignment of these jobs once, now, beside their schedule. */
  z.object({ type: z.literal('run_now'), job_ids: z.array(z.int()).min(1).max(1000) }),
  /** The run may begin, and must be over at `expires_at`. `port`: where the other agent listens for it. */
  z.object({ type: z.literal('lease_granted'), lease: leaseKey, expires_at: instant, port: z.int().min(1).max(65_535).nullable() }),
  z.object({ type: z.literal('lease_refused'), lease: leaseKey, code: z.enum(leaseRefusals), message: z.string() }),
  /** Start a listener for one run of another agent; end it at `expires_at` at the latest. */
  z.object({
    type: z.literal('listen'),
    lease: leaseKey,
    kind: kindName,
    spec: z.record(z.string(), z.unknown()),
    expires_at: instant,
  }),
  z.object({ type: z.literal('unlisten'), lease: leaseKey }),
]);
export type ServerMessage = z.output<typeof serverMessage>;

/**
 * Agent clock minus server clock, milliseconds, from one exchange: the server's instant is taken to lie midway
 * between sending and receiving (Cristian's algorithm), so the error is at most half the round trip.
 */
export function clockOffsetMs(sentAt: number, serverAt: number, receivedAt: number): number {
  return Math.round((sentAt + receivedAt) / 2 - serverAt);
}
