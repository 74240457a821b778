import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { TachoError } from '../../model/errors.ts';
import { LIVE_PATH } from '../../protocol/live.ts';
import { CONTROL_PATH, LARGEST_MESSAGE } from '../../protocol/messages.ts';
import type { Principal } from '../auth/authenticator.ts';
import type { Coordinator } from '../coordinator/coordinator.ts';
import type { Directory } from '../ingest/directory.ts';
import type { Hub } from '../live/hub.ts';
import { readListening } from '../live/listening.ts';
import type { Gate, GateRequest } from './gate.ts';
import { refuseRaw } from './raw-answer.ts';
import type { RouteScope } from './route.ts';

export interface SocketOptions {
  readonly gate: Gate;
  readonly coordinator: Coordinator;
  readonly hub: Hub;
  readonly directory: Directory;
  readonly logger: Logger;
}

/** Upgrades the two WebSocket paths, each behind its scope; anything else is refused with a plain answer. */
export function attachSockets(server: Server, { gate, coordinator, hub, directory, logger }: SocketOptions): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  const paths: Record<
    string,
    {
      scopes: readonly RouteScope[];
      /** Judges the request; answers what serves the connection once it is upgraded. */
      prepare: (request: IncomingMessage, principal: Principal) => Promise<(socket: WebSocket) => Promise<void> | void>;
    }
  > = {
    [CONTROL_PATH]: {
      scopes: ['agent'],
      prepare: (request, { agentId }) =>
        Promise.resolve((socket) => (agentId === undefined ? undefined : coordinator.accept(socket, request, agentId))),
    },
    [LIVE_PATH]: {
      scopes: ['read'],
      prepare: async (request, principal) => {
        const listening = await readListening(new URL(request.url ?? '', 'http://localhost').searchParams, directory);
        const revalidate = async (): Promise<boolean> => {
          try {
            await gate.admit(asGateRequest(request), ['read']);
            return true;
          } catch (error) {
            // Anything else is our own trouble, and no reason to send a listener away.
            if (error instanceof TachoError) return false;
            throw error;
          }
        };
        return (socket) => hub.accept(socket, { principal, listening, revalidate });
      },
    },
  };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const target = Object.hasOwn(paths, path) ? paths[path] : undefined;
    const upgrade = async (): Promise<void> => {
      if (target === undefined) throw new TachoError('not_found', `not found: ${path}`);
      const principal = await gate.admit(asGateRequest(request), target.scopes);
      if (principal === null) throw new TachoError('unauthenticated', 'no token');
      const serve = await target.prepare(request, principal);
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        Promise.resolve(serve(webSocket)).catch((error: unknown) => {
          logger.error({ err: error, path }, 'could not serve a connection');
          webSocket.close(1011, 'internal');
        });
      });
    };
    upgrade().catch((error: unknown) => {
      const known = error instanceof TachoError ? error : new TachoError('internal', 'a fault of the server; its log has the cause');
      if (!(error instanceof TachoError)) logger.error({ err: error, path }, 'upgrade failed');
      refuseRaw(socket, known);
    });
  });
}

function asGateRequest(request: IncomingMessage): GateRequest {
  // A WebSocket may change things, and browsers send cookies with it from any page: its origin always counts.
  return { method: 'POST', headers: request.headers, ip: request.socket.remoteAddress ?? '' };
}
