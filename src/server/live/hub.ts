import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import type { Agent } from '../../model/agent.ts';
import type { Result } from '../../model/result.ts';
import { liveMessage, SESSION_OVER, type LiveMessage } from '../../protocol/live.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { Principal } from '../auth/authenticator.ts';

/** Results are sent together this often: soon enough to look immediate, seldom enough to carry a flood. */
const FLUSH_EVERY_MS = 200;
/** More results than this in one flush help nobody; the rest are counted as skipped. */
const MOST_PER_FLUSH = 200;
/** A listener with more than this waiting unsent is too slow, and is told what it missed when it catches up. */
const MOST_BUFFERED_BYTES = 1_048_576;
/** How often listeners' credentials are looked at again. */
const RECHECK_EVERY_MS = 5000;

export interface HubOptions {
  readonly version: string;
  readonly logger: Logger;
  readonly agents: () => Promise<Agent[]>;
  readonly describe: (row: ResultRow) => Promise<Result>;
}

export interface Hub {
  accept(socket: WebSocket, principal: Principal, revalidate: () => Promise<boolean>): Promise<void>;
  agentChanged(agent: Agent): void;
  resultsStored(rows: readonly ResultRow[]): void;
  close(): void;
}

interface Listener {
  readonly socket: WebSocket;
  readonly revalidate: () => Promise<boolean>;
  skipped: number;
  /** Changes of agents were not sent: what it shows of them is old. */
  isStale: boolean;
}

/** Tells every listener what happens, and never waits for a slow one. */
export function createHub({ version, logger, agents, describe }: HubOptions): Hub {
  const listeners = new Set<Listener>();
  let waiting: ResultRow[] = [];
  let overflow = 0;
  let flushTimer: NodeJS.Timeout | undefined;

  const encode = (message: LiveMessage): string => JSON.stringify(z.encode(liveMessage, message));
  const refresh = (listener: Listener): void => {
    listener.isStale = false;
    agents()
      .then((items) => listener.socket.send(encode({ type: 'snapshot', topic: 'agents', items })))
      .catch((error: unknown) => logger.error({ err: error }, 'could not refresh a listener'));
  };
  const broadcast = (text: string, results: number): void => {
    for (const listener of listeners) {
      if (listener.socket.bufferedAmount > MOST_BUFFERED_BYTES) {
        listener.skipped += results;
        listener.isStale ||= results === 0;
        continue;
      }
      if (listener.isStale) refresh(listener);
      if (listener.skipped > 0) {
        listener.socket.send(encode({ type: 'skipped', topic: 'results', count: listener.skipped }));
        listener.skipped = 0;
      }
      listener.socket.send(text);
    }
  };
  const flush = async (): Promise<void> => {
    flushTimer = undefined;
    const rows = waiting;
    const missed = overflow;
    waiting = [];
    overflow = 0;
    const items = await Promise.all(rows.map(describe));
    broadcast(encode({ type: 'results', items }), items.length);
    if (missed > 0) for (const listener of listeners) listener.skipped += missed;
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
    accept: async (socket, principal, revalidate) => {
      const listener: Listener = { socket, revalidate, skipped: 0, isStale: false };
      socket.on('close', () => listeners.delete(listener));
      socket.on('error', (error) => logger.debug({ err: error, listener: principal.name }, 'listener error'));
      // Listening is one-way; whatever a listener says is dropped.
      socket.on('message', () => undefined);
      socket.send(encode({ type: 'hello', server_version: version }));
      socket.send(encode({ type: 'snapshot', topic: 'agents', items: await agents() }));
      // It may have gone while the agents were read; nobody would take it out again.
      if (socket.readyState === socket.OPEN) listeners.add(listener);
    },
    agentChanged: (agent) => {
      if (listeners.size > 0) broadcast(encode({ type: 'agent', item: agent }), 0);
    },
    resultsStored: (rows) => {
      if (listeners.size === 0) return;
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
