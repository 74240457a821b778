import type { RawData, WebSocket } from 'ws';
import * as z from 'zod';
import { problemsOf, TachoError } from '../../model/errors.ts';
import { agentMessage, serverMessage, type AgentMessage, type ServerMessage } from '../../protocol/messages.ts';
import type { AgentRow } from '../../store/control/control-store.ts';

/** One agent's control connection. */
export interface Connection {
  readonly socket: WebSocket;
  readonly agentId: number;
  readonly address: string;
  lastMessageAt: number;
  /** Monotonic instant of the same message. */
  heardAt: number;
  /** null until the agent said hello. */
  row: AgentRow | null;
  scheduleVersion: string | null;
  reportedAt: number;
  late: boolean;
}

/** A connection whose agent said hello. */
export type Welcomed = Connection & { row: AgentRow };

export function isWelcomed(connection: Connection): connection is Welcomed {
  return connection.row !== null;
}

export function send({ socket }: Connection, message: ServerMessage): void {
  socket.send(JSON.stringify(z.encode(serverMessage, message)));
}

/** @throws {TachoError} malformed_json, invalid_request */
export function parseMessage(data: RawData): AgentMessage {
  const text = Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new TachoError('malformed_json', 'message is not JSON', { cause: error });
  }
  const parsed = agentMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error, { value: json });
  throw new TachoError(
    'invalid_request',
    `invalid message: ${problem === undefined || problem.path === '' ? 'message' : problem.path}: ${problem?.message ?? ''}`,
  );
}
