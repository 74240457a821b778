import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { TachoError } from '../../model/errors.ts';
import { closeCodes, HEARTBEATS_UNTIL_LATE, type AgentMessage, type ServerMessage } from '../../protocol/messages.ts';
import type { Clock } from '../../util/clock.ts';
import { isWelcomed, parseMessage, send, type Connection, type Welcomed } from './connection.ts';

export interface ConnectionsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  readonly onMessage: (connection: Connection, message: AgentMessage) => Promise<void>;
  /** A connection that was not replaced by another of the same agent has ended. */
  readonly onEnd: (connection: Connection) => void;
  /** The agent's heartbeat is overdue. */
  readonly onLate: (agentId: number) => void;
}

/** How long agents may take to answer the close of a server that stops. */
const GOODBYE_MS = 1000;

/** The control connections: one an agent, the newest. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #byAgent = new Map<number, Connection>();
  readonly #watch: NodeJS.Timeout;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#findSilent(), options.heartbeatMs);
    this.#watch.unref();
  }

  get(agentId: number): Connection | undefined {
    return this.#byAgent.get(agentId);
  }

  /** Those whose agent said hello. */
  welcomed(): Welcomed[] {
    return [...this.#byAgent.values()].filter(isWelcomed);
  }

  /** Whether the agent is connected, so that it was sent. */
  send(agentId: number, message: ServerMessage): boolean {
    const connection = this.#byAgent.get(agentId);
    if (connection === undefined || !isWelcomed(connection) || connection.socket.readyState !== connection.socket.OPEN) return false;
    send(connection, message);
    return true;
  }

  accept(socket: WebSocket, request: IncomingMessage, agentId: number): void {
    const { clock, logger, onMessage } = this.#options;
    const connection: Connection = {
      socket,
      agentId,
      address: request.socket.remoteAddress ?? '',
      lastMessageAt: clock.now(),
      heardAt: clock.monotonic(),
      row: null,
      scheduleVersion: null,
      reportedAt: 0,
      late: false,
    };
    const earlier = this.#byAgent.get(agentId);
    this.#byAgent.set(agentId, connection);
    // The newest wins: a connection whose network died looks alive from here for minutes.
    earlier?.socket.close(closeCodes.replaced, 'another connection uses this identity');
    // One message after another, so that a heartbeat cannot overtake the hello before it.
    let before = Promise.resolve();
    socket.on('message', (data) => {
      // Not heard before this one is dealt with: who talks faster than we can write waits, in his own buffers.
      socket.pause();
      before = before
        .then(async () => {
          // Revoked, replaced or thrown out meanwhile: what it still says does not count.
          if (socket.readyState !== socket.OPEN || this.#byAgent.get(agentId) !== connection) return;
          const message = parseMessage(data);
          connection.lastMessageAt = clock.now();
          connection.heardAt = clock.monotonic();
          connection.late = false;
          await onMessage(connection, message);
        })
        .catch((error: unknown) => {
          const code = error instanceof TachoError ? error.code : 'internal';
          if (code === 'internal' || code === 'unavailable') logger.error({ err: error, agentId }, 'control message failed');
          const reason = (error instanceof TachoError ? error.message : 'internal').slice(0, 120);
          socket.close(code === 'unavailable' ? closeCodes.unavailable : closeCodes.badMessage, reason);
        })
        .finally(() => socket.resume());
    });
    socket.on('close', () => {
      if (this.#byAgent.get(agentId) !== connection) return;
      this.#byAgent.delete(agentId);
      this.#options.onEnd(connection);
    });
    socket.on('error', (error) => logger.debug({ err: error, agentId }, 'control connection error'));
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    const sockets = [...this.#byAgent.values()].map(({ socket }) => socket);
    if (sockets.length === 0) return;
    for (const socket of sockets) socket.close(closeCodes.serverStopping, 'the server is stopping');
    const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    await Promise.race([closed, this.#options.clock.sleep(GOODBYE_MS)]);
    for (const socket of sockets) socket.terminate();
  }

  #findSilent(): void {
    const { clock, heartbeatMs, onLate } = this.#options;
    for (const connection of this.#byAgent.values()) {
      const silentMs = clock.monotonic() - connection.heardAt;
      if (silentMs > (HEARTBEATS_UNTIL_LATE + 1) * heartbeatMs) {
        connection.socket.close(closeCodes.silent, `no heartbeat for ${Math.round(silentMs / 1000)} s`);
        connection.socket.terminate();
      } else if (!connection.late && silentMs > HEARTBEATS_UNTIL_LATE * heartbeatMs) {
        connection.late = true;
        onLate(connection.agentId);
      }
    }
  }
}
