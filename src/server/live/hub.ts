import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import type { Agent } from '../../model/agent.ts';
import type { Job } from '../../model/job.ts';
import type { RunEvent } from '../../model/planned-run.ts';
import type { Result } from '../../model/result.ts';
import { liveMessage, SESSION_OVER, type LiveMessage, type Topic } from '../../protocol/live.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Principal } from '../auth/authenticator.ts';
import { EventLog, type LiveEvent } from './event-log.ts';
import type { Listening } from './listening.ts';

/** Results are sent together this often: soon enough to look immediate, seldom enough to carry a flood. */
const FLUSH_EVERY_MS = 200;
const MOST_PER_FLUSH = 200;
/** What a flush leaves is sent this soon: 2,000 a second, for the bursts after a pause. */
const CATCH_UP_MS = 100;
/** More than a second of that is a flood that helps nobody, and a single result may be large: what comes beyond is counted as skipped. */
const MOST_WAITING = 2000;
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
  /** Planned runs came to an end, or are overdue. */
  runsReached(events: readonly RunEvent[]): void;
  close(): void;
}

interface Listener {
  readonly socket: WebSocket;
  readonly listening: Listening;
  readonly revalidate: () => Promise<boolean>;
  /** How many of a topic were not sent. */
  readonly skipped: Map<'results' | 'runs', number>;
  /** Topics whose changes were not sent: what it shows of them is old. */
  readonly stale: Set<'agents' | 'jobs'>;
}

/** Tells every listener what happens, and never waits for a slow one. */
export function createHub({ version, stream, clock, logger, agents, jobs, describe }: HubOptions): Hub {
  const listeners = new Set<Listener>();
  const log = new EventLog();
  let lastListenerAt = -Infinity;
  const results = new Waiting<ResultRow>();
  const runs = new Waiting<RunEvent>();
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
    const { socket, listening, skipped } = listener;
    if (!listening.topics.has(topic)) return;
    const wanted = wantedOf(message, listening);
    if (wanted?.items.length === 0) return;
    if (socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      if (topic === 'agents' || topic === 'jobs') listener.stale.add(topic);
      else skipped.set(topic, (skipped.get(topic) ?? 0) + (wanted?.items.length ?? 0));
      return;
    }
    refresh(listener);
    for (const [skippedTopic, count] of skipped) socket.send(encode({ type: 'skipped', topic: skippedTopic, count }));
    skipped.clear();
    socket.send(wanted === null || wanted === message ? text : encode(wanted));
  };
  const happened = (topic: Topic, message: LiveMessage): void => {
    const event = { seq: log.next(), topic, message, text: encode(message) };
    log.add(event);
    for (const listener of listeners) tell(listener, event);
  };
  const missed = (topic: 'results' | 'runs', count: number): void => {
    if (count === 0) return;
    for (const { listening, skipped } of listeners) if (listening.topics.has(topic)) skipped.set(topic, (skipped.get(topic) ?? 0) + count);
  };
  const flush = async (): Promise<void> => {
    flushTimer = undefined;
    const [stored, reached] = [results.take(), runs.take()];
    if (results.size + runs.size > 0) flushIn(CATCH_UP_MS);
    const items = await Promise.all(stored.items.map(describe));
    if (items.length > 0) happened('results', { type: 'results', seq: log.next(), items });
    if (reached.items.length > 0) happened('runs', { type: 'runs', seq: log.next(), items: reached.items });
    missed('results', stored.overflow);
    missed('runs', reached.overflow);
  };
  const flushIn = (ms: number): void => {
    flushTimer ??= setTimeout(() => {
      flush().catch((error: unknown) => logger.error({ err: error }, 'could not tell the listeners'));
    }, ms);
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
      const listener: Listener = { socket, listening, revalidate, skipped: new Map(), stale: new Set() };
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
      results.add(rows);
      flushIn(FLUSH_EVERY_MS);
    },
    runsReached: (events) => {
      if (!isHeard()) {
        log.skip();
        return;
      }
      runs.add(events);
      flushIn(FLUSH_EVERY_MS);
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

/** What the next flushes send, bounded. */
class Waiting<T> {
  #items: T[] = [];
  #overflow = 0;

  get size(): number {
    return this.#items.length;
  }

  add(items: readonly T[]): void {
    const room = Math.max(0, MOST_WAITING - this.#items.length);
    this.#overflow += Math.max(0, items.length - room);
    this.#items.push(...items.slice(0, room));
  }

  /** What came first, and how many were not kept since the last time. */
  take(): { items: T[]; overflow: number } {
    const taken = { items: this.#items.splice(0, MOST_PER_FLUSH), overflow: this.#overflow };
    this.#overflow = 0;
    return taken;
  }
}

/** A message of results or runs with those that a listener wants; null for other messages. */
function wantedOf(message: LiveMessage, { wants }: Listening): Extract<LiveMessage, { type: 'results' | 'runs' }> | null {
  if (message.type !== 'results' && message.type !== 'runs') return null;
  if (wants === null) return message;
  return message.type === 'results' ? { ...message, items: message.items.filter(wants) } : { ...message, items: message.items.filter(wants) };
}
