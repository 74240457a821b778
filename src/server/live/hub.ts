import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import type { Agent } from '../../model/agent.ts';
import type { Job } from '../../model/job.ts';
import type { Result } from '../../model/result.ts';
import { liveMessage, SESSION_OVER, type LiveMessage, type Topic } from '../../protocol/live.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Principal } from '../auth/authenticator.ts';
import { EventLog, type LiveEvent } from './event-log.ts';
import type { Listening } from './listening.ts';

/** Results are sent together this often: soon enough to look immediate, seldom enough to carry a flood. */
const FLUSH_EVERY_MS = 200;
/** More results than this in one flush help nobody; the rest are counted as skipped. */
const MOST_PER_FLUSH = 200;
/** A listener with more than this waiting unsent is too slow, and is told what it missed when it catches up. */
const MOST_BUFFERED_BYTES = 1_048_576;
/** How often listeners' credentials are looked at again. */
const RECHECK_EVERY_MS = 5000;
/** Events are kept for listeners that come back within this time; with nobody to come back, nothing is prepared. */
const REMEMBER_MS = 60_000;

export interface HubOptions {
  readonly version: string;
  /** Names this stream of events: another for each start of a server. */
  readonly stream: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
  readonly agents: () => Promise<Agent[]>;
  readonly jobs: () => Promise<Job[]>;
  readonly describe: (row: ResultRow) => Promise<Result>;
}

export interface NewListener {
  readonly principal: Principal;
  readonly listening: Listening;
  /** Whether its credential still holds. */
  readonly revalidate: () => Promise<boolean>;
}

export interface Hub {
  accept(socket: WebSocket, listener: NewListener): Promise<void>;
  agentChanged(agent: Agent): void;
  jobChanged(job: Job): void;
  removed(topic: 'agents' | 'jobs', id: number): void;
  resultsStored(rows: readonly ResultRow[]): void;
  close(): void;
}

interface Listener {
  readonly socket: WebSocket;
  readonly listening: Listening;
  readonly revalidate: () => Promise<boolean>;
  skipped: number;
  /** Topics whose changes were not sent: what it shows of them is old. */
  readonly stale: Set<'agents' | 'jobs'>;
}

/** Tells every listener what happens, and never waits for a slow one. */
export function createHub({ version, stream, clock, logger, agents, jobs, describe }: HubOptions): Hub {
  const listeners = new Set<Listener>();
  const log = new EventLog();
  let lastListenerAt = -Infinity;
  let waiting: ResultRow[] = [];
  let overflow = 0;
  let flushTimer: NodeJS.Timeout | undefined;

  const encode = (message: LiveMessage): string => JSON.stringify(z.encode(liveMessage, message));
  const isHeard = (): boolean => {
    if (listeners.size > 0) lastListenerAt = clock.monotonic();
    return clock.monotonic() - lastListenerAt < REMEMBER_MS;
  };
  const snapshot = async (topic: 'agents' | 'jobs'): Promise<string> => {
    // The position first: what changes while the items are read is sent after them, and says nothing older.
    const { seq } = log;
    return encode(
      topic === 'agents' ? { type: 'snapshot', topic, seq, items: await agents() } : { type: 'snapshot', topic, seq, items: await jobs() },
    );
  };
  const refresh = ({ socket, stale }: Listener): void => {
    for (const topic of stale) {
      snapshot(topic)
        .then((text) => socket.send(text))
        .catch((error: unknown) => logger.error({ err: error }, 'could not refresh a listener'));
    }
    stale.clear();
  };
  const tell = (listener: Listener, { topic, message, text }: LiveEvent): void => {
    const { socket, listening } = listener;
    if (!listening.topics.has(topic)) return;
    const items = message.type === 'results' && listening.wants !== null ? message.items.filter(listening.wants) : null;
    if (items?.length === 0) return;
    if (socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      if (topic === 'results') listener.skipped += items?.length ?? (message.type === 'results' ? message.items.length : 0);
      else listener.stale.add(topic);
      return;
    }
    refresh(listener);
    if (listener.skipped > 0) {
      socket.send(encode({ type: 'skipped', topic: 'results', count: listener.skipped }));
      listener.skipped = 0;
    }
    socket.send(items === null || message.type !== 'results' ? text : encode({ ...message, items }));
  };
  const happened = (topic: Topic, message: LiveMessage): void => {
    const event = { seq: log.next(), topic, message, text: encode(message) };
    log.add(event);
    for (const listener of listeners) tell(listener, event);
  };
  const flush = async (): Promise<void> => {
    flushTimer = undefined;
    const rows = waiting;
    const missed = overflow;
    waiting = [];
    overflow = 0;
    const items = await Promise.all(rows.map(describe));
    happened('results', { type: 'results', seq: log.next(), items });
    if (missed > 0) for (const listener of listeners) if (listener.listening.topics.has('results')) listener.skipped += missed;
  };
  const recheck = setInterval(() => {
    for (const { socket, revalidate } of listeners) {
      revalidate()
        .then((valid) => {
          if (!valid) socket.close(SESSION_OVER, 'the session has ended');
        })
        .catch((error: unknown) => logger.error({ err: error }, 'could not recheck a listener'));
    }
  }, RECHECK_EVERY_MS);
  recheck.unref();

  return {
    accept: async (socket, { principal, listening, revalidate }) => {
      const listener: Listener = { socket, listening, revalidate, skipped: 0, stale: new Set() };
      socket.on('close', () => listeners.delete(listener));
      socket.on('error', (error) => logger.debug({ err: error, listener: principal.name }, 'listener error'));
      // Listening is one-way; whatever a listener says is dropped.
      socket.on('message', () => undefined);
      lastListenerAt = clock.monotonic();
      const missed = listening.resume?.stream === stream ? log.since(listening.resume.seq) : null;
      const { seq } = log;
      socket.send(encode({ type: 'hello', server_version: version, stream, seq, resumed: missed !== null }));
      if (missed === null) for (const topic of ['agents', 'jobs'] as const) if (listening.topics.has(topic)) socket.send(await snapshot(topic));
      // It may have gone while the snapshots were read; nobody would take it out again.
      if (socket.readyState !== socket.OPEN) return;
      listeners.add(listener);
      for (const event of missed ?? log.since(seq) ?? []) tell(listener, event);
    },
    agentChanged: (agent) => {
      if (isHeard()) happened('agents', { type: 'agent', seq: log.next(), item: agent });
      else log.skip();
    },
    jobChanged: (job) => {
      if (isHeard()) happened('jobs', { type: 'job', seq: log.next(), item: job });
      else log.skip();
    },
    removed: (topic, id) => {
      if (isHeard()) happened(topic, { type: 'removed', seq: log.next(), topic, id });
      else log.skip();
    },
    resultsStored: (rows) => {
      if (!isHeard()) {
        log.skip();
        return;
      }
      const room = MOST_PER_FLUSH - waiting.length;
      if (room < rows.length) overflow += rows.length - Math.max(0, room);
      waiting.push(...rows.slice(0, Math.max(0, room)));
      flushTimer ??= setTimeout(() => {
        flush().catch((error: unknown) => logger.error({ err: error }, 'could not tell the listeners'));
      }, FLUSH_EVERY_MS);
    },
    close: () => {
      clearInterval(recheck);
      clearTimeout(flushTimer);
      for (const { socket } of listeners) {
        socket.close(1001, 'the server is stopping');
        socket.terminate();
      }
      listeners.clear();
    },
  };
}
