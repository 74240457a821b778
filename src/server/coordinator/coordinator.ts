import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import * as z from 'zod';
import type { Agent } from '../../model/agent.ts';
import type { StoredJob } from '../../model/job.ts';
import { problemsOf, TachoError } from '../../model/errors.ts';
import {
  agentMessage,
  clockOffsetMs,
  closeCodes,
  HEARTBEATS_UNTIL_LATE,
  PROTOCOL_VERSION,
  serverMessage,
  type AgentMessage,
  type ServerMessage,
} from '../../protocol/messages.ts';
import type { AgentReport, AgentRow, ControlStore } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import { describeAgent } from './presence.ts';
import type { Planner } from '../planning/planner.ts';
import { scheduleFor } from './schedule.ts';

/** What an agent said is written down at most this often: state lives in memory, the store is for after a restart. */
const REPORT_EVERY_MS = 60_000;

export interface CoordinatorOptions {
  readonly control: ControlStore;
  readonly planner: Planner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly heartbeatMs: number;
  /** Told whenever something of an agent changed that people see. */
  readonly onAgent: (agent: Agent) => void;
}

export interface Coordinator {
  /** Takes over an accepted connection of an authenticated agent. */
  accept(socket: WebSocket, request: IncomingMessage, agentId: number): void;
  /** Sends every connected agent its schedule, where it changed. Call after any change of jobs or destinations. */
  replan(): Promise<void>;
  /** Has every connected agent that has this job run it once, now. Answers their names. */
  runNow(job: StoredJob): Promise<string[]>;
  /** Call after an agent was renamed, relabelled or given a budget: its schedule may be another, and people see it at once. */
  agentChanged(id: number): Promise<void>;
  list(): Promise<Agent[]>;
  find(id: number): Promise<Agent | null>;
  /** Ends an agent's connection because its credential was withdrawn. */
  disconnectRevoked(id: number): void;
  close(): Promise<void>;
}

interface Connection {
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

export function createCoordinator({ control, planner, clock, logger, version, heartbeatMs, onAgent }: CoordinatorOptions): Coordinator {
  const connections = new Map<number, Connection>();

  const describe = (row: AgentRow): Agent => {
    const connection = connections.get(row.id);
    const known = connection?.row ?? row;
    return describeAgent(
      { ...known, name: row.name, revokedAt: row.revokedAt },
      {
        connected: connection?.row != null,
        lastMessageAt: connection?.lastMessageAt ?? null,
        silentMs: connection === undefined ? 0 : clock.monotonic() - connection.heardAt,
      },
      heartbeatMs,
    );
  };
  const announce = async (id: number): Promise<void> => {
    const row = await control.agents.find(id);
    if (row !== null) onAgent(describe(row));
  };
  const send = (socket: WebSocket, message: ServerMessage): void => {
    socket.send(JSON.stringify(z.encode(serverMessage, message)));
  };
  const sendSchedule = async (connection: Connection): Promise<void> => {
    const { row } = connection;
    if (row === null) return;
    const schedule = await planner.scheduleOf(row);
    if (schedule.version === connection.scheduleVersion) return;
    connection.scheduleVersion = schedule.version;
    send(connection.socket, { type: 'schedule', schedule });
  };

  const report = async (connection: Connection, facts: AgentReport, options: { now: boolean }): Promise<void> => {
    if (connection.row === null) return;
    connection.row = { ...connection.row, ...facts };
    if (!options.now && clock.monotonic() - connection.reportedAt < REPORT_EVERY_MS) return;
    connection.reportedAt = clock.monotonic();
    await control.agents.report(connection.agentId, { ...facts, lastSeenAt: clock.now() });
  };

  const onHello = async (connection: Connection, hello: Extract<AgentMessage, { type: 'hello' }>): Promise<void> => {
    if (hello.protocol !== PROTOCOL_VERSION) {
      connection.socket.close(closeCodes.protocolMismatch, `protocol ${hello.protocol} is not spoken here: expected ${PROTOCOL_VERSION}`);
      return;
    }
    const row = await control.agents.find(connection.agentId);
    if (row?.revokedAt !== null) {
      connection.socket.close(closeCodes.revoked, 'this agent was revoked');
      return;
    }
    connection.row = row;
    connection.scheduleVersion = hello.schedule_version;
    await report(
      connection,
      {
        ...(hello.labels === null ? {} : { labels: hello.labels }),
        version: hello.version,
        platform: hello.platform,
        address: connection.address,
        capabilities: hello.capabilities,
        spool: hello.spool,
        advertise: hello.advertise,
        listening: hello.listening,
      },
      { now: true },
    );
    const serverAt = clock.now();
    send(connection.socket, {
      type: 'welcome',
      agent: { id: row.id, name: row.name },
      server_version: version,
      heartbeat_ms: heartbeatMs,
      echo: hello.sent_at,
      server_at: serverAt,
    });
    await sendSchedule(connection);
    logger.info({ agent: row.name, version: hello.version, waiting: hello.spool.pending }, 'agent connected');
    for (const [kind, { available, note }] of Object.entries(hello.capabilities)) {
      if (note !== null) logger.info({ agent: row.name, kind, available }, note);
    }
    await announce(row.id);
  };

  const onMessage = async (connection: Connection, message: AgentMessage): Promise<void> => {
    connection.lastMessageAt = clock.now();
    connection.heardAt = clock.monotonic();
    connection.late = false;
    if (message.type === 'hello') return onHello(connection, message);
    if (connection.row === null) {
      connection.socket.close(closeCodes.badMessage, 'expected hello first');
      return;
    }
    if (message.type !== 'heartbeat') return;
    const serverAt = clock.now();
    // One-way, so it holds half a round trip too much; the agent's own measure, on its results, is the better one.
    await report(connection, { spool: message.spool, clockOffsetMs: clockOffsetMs(message.sent_at, serverAt, message.sent_at) }, { now: false });
    send(connection.socket, { type: 'heartbeat_ack', echo: message.sent_at, server_at: serverAt });
    await announce(connection.agentId);
  };

  const drop = (connection: Connection): void => {
    if (connections.get(connection.agentId) !== connection) return;
    connections.delete(connection.agentId);
    const { row } = connection;
    if (row === null) return;
    logger.info({ agent: row.name }, 'agent disconnected');
    control.agents
      .report(connection.agentId, {
        lastSeenAt: connection.lastMessageAt,
        clockOffsetMs: row.clockOffsetMs,
        ...(row.spool === null ? {} : { spool: row.spool }),
      })
      .then(() => announce(connection.agentId))
      .catch((error: unknown) => {
        // Removed meanwhile: there is nothing left to note it on.
        if (error instanceof TachoError && error.code === 'not_found') return;
        logger.error({ err: error, agent: row.name }, 'could not note that an agent left');
      });
  };

  const watch = setInterval(() => {
    for (const connection of connections.values()) {
      const silentMs = clock.monotonic() - connection.heardAt;
      if (silentMs > (HEARTBEATS_UNTIL_LATE + 1) * heartbeatMs) {
        connection.socket.close(closeCodes.silent, `no heartbeat for ${Math.round(silentMs / 1000)} s`);
        connection.socket.terminate();
      } else if (!connection.late && silentMs > HEARTBEATS_UNTIL_LATE * heartbeatMs) {
        connection.late = true;
        announce(connection.agentId).catch((error: unknown) => logger.error({ err: error }, 'could not announce an agent'));
      }
    }
  }, heartbeatMs);
  watch.unref();

  return {
    accept: (socket, request, agentId) => {
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
      const earlier = connections.get(agentId);
      connections.set(agentId, connection);
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
            if (socket.readyState !== socket.OPEN || connections.get(agentId) !== connection) return;
            await onMessage(connection, parseMessage(data));
          })
          .catch((error: unknown) => {
            if (!(error instanceof TachoError)) logger.error({ err: error, agentId }, 'control message failed');
            socket.close(closeCodes.badMessage, (error instanceof TachoError ? error.message : 'internal').slice(0, 120));
          })
          .finally(() => socket.resume());
      });
      socket.on('close', () => drop(connection));
      socket.on('error', (error) => logger.debug({ err: error, agentId }, 'control connection error'));
    },
    replan: async () => {
      await planner.replan();
      const sending = [...connections.values()].map((connection) =>
        // The change that led here is made; that one agent cannot be told is not the fault of who made it.
        sendSchedule(connection).catch((error: unknown) => logger.error({ err: error, agentId: connection.agentId }, 'could not send a schedule')),
      );
      await Promise.all(sending);
    },
    runNow: async (job) => {
      const plan = { jobs: [job], destinations: await control.destinations.list() };
      const told: string[] = [];
      for (const { row, socket } of connections.values()) {
        if (row === null || scheduleFor(row, plan).assignments.length === 0) continue;
        send(socket, { type: 'run_now', job_ids: [job.id] });
        told.push(row.name);
      }
      return told.sort();
    },
    agentChanged: async (id) => {
      const row = await control.agents.find(id);
      const connection = connections.get(id);
      if (row !== null && connection?.row != null) {
        connection.row = { ...connection.row, name: row.name, labels: row.labels, budgetMbPerDay: row.budgetMbPerDay };
      }
      // Its name may be a job's way to select it.
      await planner.replan();
      if (connection !== undefined) await sendSchedule(connection);
      await announce(id);
    },
    list: async () => (await control.agents.list()).map(describe),
    find: async (id) => {
      const row = await control.agents.find(id);
      return row === null ? null : describe(row);
    },
    disconnectRevoked: (id) => {
      planner.replan().catch((error: unknown) => logger.error({ err: error }, 'could not plan without an agent'));
      connections.get(id)?.socket.close(closeCodes.revoked, 'this agent was revoked');
      announce(id).catch((error: unknown) => logger.error({ err: error }, 'could not announce an agent'));
    },
    close: async () => {
      clearInterval(watch);
      const open = [...connections.values()];
      if (open.length === 0) return;
      for (const { socket } of open) socket.close(closeCodes.serverStopping, 'the server is stopping');
      await Promise.race([Promise.all(open.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)))), clock.sleep(1000)]);
      for (const { socket } of open) socket.terminate();
    },
  };
}

function parseMessage(data: RawData): AgentMessage {
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
