import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Agent } from '../../model/agent.ts';
import { TachoError } from '../../model/errors.ts';
import type { StoredJob } from '../../model/job.ts';
import { clockOffsetMs, closeCodes, PROTOCOL_VERSION, type AgentMessage, type BreakerSettings } from '../../protocol/messages.ts';
import type { AgentReport, AgentRow, ControlStore } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import { sharedRun } from '../../util/shared-run.ts';
import { withBreakers } from '../breakers/settings.ts';
import { LeaseDesk, type LeaseCounts, type SeenLease } from '../leases/desk.ts';
import { labelsFrom } from './labels.ts';
import type { Planner } from '../planning/planner.ts';
import { isWelcomed, send, type Connection, type Welcomed } from './connection.ts';
import { Connections } from './connections.ts';
import { describeAgent } from './presence.ts';

/** What an agent said is written down at most this often: state lives in memory, the store is for after a restart. */
const REPORT_EVERY_MS = 60_000;

export interface CoordinatorOptions {
  readonly control: ControlStore;
  readonly planner: Planner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly heartbeatMs: number;
  /** What every schedule says of breakers. */
  readonly breaker: BreakerSettings | null;
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
  /** Call after an agent was renamed, relabelled or given a budget: schedules may be others, and people see it at once. */
  agentChanged(id: number): Promise<void>;
  list(): Promise<Agent[]>;
  find(id: number): Promise<Agent | null>;
  /** Leases that are held, and those that are waited for. */
  leases(): SeenLease[];
  leaseCounts(): LeaseCounts;
  /** Ends an agent's connection because its credential was withdrawn. */
  disconnectRevoked(id: number): void;
  close(): Promise<void>;
}

type Hello = Extract<AgentMessage, { type: 'hello' }>;

export function createCoordinator({ control, planner, clock, logger, version, heartbeatMs, breaker, onAgent }: CoordinatorOptions): Coordinator {
  const connections = new Connections({
    ...{ clock, logger, heartbeatMs },
    onMessage: (connection, message) => onMessage(connection, message),
    onEnd: (connection) => onEnd(connection),
    onLate: (id) => announceSoon(id),
  });
  const desk = new LeaseDesk({
    ...{ control, clock, logger },
    agents: {
      connected: (id) => connections.get(id)?.row ?? null,
      find: (id) => control.agents.find(id),
      send: (id, message) => connections.send(id, message),
      assigned: async (agentId, { jobId, kind, destinationId }) => {
        const row = connections.get(agentId)?.row ?? null;
        const found = (row === null ? [] : (await planner.scheduleOf(row)).assignments).find(
          (one) => one.job_id === jobId && one.kind === kind && (one.destination?.id ?? null) === destinationId,
        );
        if (found === undefined) return null;
        const destination = destinationId === null ? null : await control.destinations.find(destinationId);
        return { spec: found.spec, peerId: destination?.agent_id ?? null };
      },
    },
  });

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
  const announceSoon = (id: number): void => {
    announce(id).catch((error: unknown) => logger.error({ err: error }, 'could not announce an agent'));
  };
  const sendSchedule = async (connection: Welcomed): Promise<void> => {
    const schedule = withBreakers(await planner.scheduleOf(connection.row), breaker);
    if (schedule.version === connection.scheduleVersion) return;
    connection.scheduleVersion = schedule.version;
    send(connection, { type: 'schedule', schedule });
  };
  const replan = sharedRun(async () => {
    await planner.replan();
    const sending = connections.welcomed().map((connection) =>
      // The change that led here is made; that one agent cannot be told is not the fault of who made it.
      sendSchedule(connection).catch((error: unknown) => logger.error({ err: error, agentId: connection.agentId }, 'could not send a schedule')),
    );
    await Promise.all(sending);
  });

  /** Whether agents measure each other: then what one says of itself is in the schedules of others. */
  const hasPeers = async (): Promise<boolean> => {
    const { jobs, destinations } = await planner.now();
    return jobs.some(({ mesh }) => mesh !== null) || destinations.some(({ agent_id: agentId }) => agentId !== null);
  };

  const report = async (connection: Connection, facts: AgentReport, options: { now: boolean }): Promise<void> => {
    if (connection.row === null) return;
    connection.row = { ...connection.row, ...facts };
    if (!options.now && clock.monotonic() - connection.reportedAt < REPORT_EVERY_MS) return;
    connection.reportedAt = clock.monotonic();
    await control.agents.report(connection.agentId, { ...facts, lastSeenAt: clock.now() });
  };

  const onHello = async (connection: Connection, hello: Hello): Promise<void> => {
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
    const labels = await labelsFrom(hello.labels, row.id, control.settings);
    await report(
      connection,
      {
        ...(labels === null ? {} : { labels }),
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
    send(connection, {
      type: 'welcome',
      agent: { id: row.id, name: row.name },
      server_version: version,
      heartbeat_ms: heartbeatMs,
      echo: hello.sent_at,
      server_at: serverAt,
    });
    await desk.agentBack(row.id, hello.leases);
    // Others measure it under its address, and select it by its labels.
    const moved = isMovedOrRelabelled(row, connection.row) && (await hasPeers());
    if (moved) await replan();
    else if (isWelcomed(connection)) await sendSchedule(connection);
    logger.info({ agent: row.name, version: hello.version, waiting: hello.spool.pending }, 'agent connected');
    for (const [kind, { available, note }] of Object.entries(hello.capabilities)) {
      if (note !== null) logger.info({ agent: row.name, kind, available }, note);
    }
    await announce(row.id);
  };

  const onMessage = async (connection: Connection, message: AgentMessage): Promise<void> => {
    if (message.type === 'hello') return onHello(connection, message);
    if (!isWelcomed(connection)) {
      connection.socket.close(closeCodes.badMessage, 'expected hello first');
      return;
    }
    switch (message.type) {
      case 'heartbeat': {
        const serverAt = clock.now();
        // One-way, so it holds half a round trip too much; the agent's own measure, on its results, is the better one.
        const offsetMs = clockOffsetMs(message.sent_at, serverAt, message.sent_at);
        await report(connection, { spool: message.spool, clockOffsetMs: offsetMs }, { now: false });
        send(connection, { type: 'heartbeat_ack', echo: message.sent_at, server_at: serverAt });
        // From memory: every agent comes by here every few seconds.
        onAgent(describe(connection.row));
        return;
      }
      case 'lease_request':
        return desk.request(connection.row, message);
      case 'lease_release':
        return desk.release(connection.agentId, message);
      default:
        return desk.heard(connection.agentId, message);
    }
  };

  const onEnd = (connection: Connection): void => {
    const { row, agentId } = connection;
    const failed = (error: unknown): void => logger.error({ err: error, agentId }, 'could not note that an agent left');
    // Also where this one said nothing yet: it took the place of one that may have had leases.
    desk.agentLost(agentId).catch(failed);
    if (row === null) return;
    logger.info({ agent: row.name }, 'agent disconnected');
    const noting = control.agents.report(agentId, {
      lastSeenAt: connection.lastMessageAt,
      clockOffsetMs: row.clockOffsetMs,
      ...(row.spool === null ? {} : { spool: row.spool }),
    });
    noting
      .then(() => announce(agentId))
      .catch((error: unknown) => {
        // Removed meanwhile: there is nothing left to note it on.
        if (error instanceof TachoError && error.code === 'not_found') return;
        failed(error);
      });
  };

  return {
    accept: (socket, request, agentId) => connections.accept(socket, request, agentId),
    replan,
    runNow: async (job) => {
      const told: string[] = [];
      for (const connection of connections.welcomed()) {
        const { assignments } = await planner.scheduleOf(connection.row);
        if (!assignments.some((one) => one.job_id === job.id)) continue;
        send(connection, { type: 'run_now', job_ids: [job.id] });
        told.push(connection.row.name);
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
      await replan();
      await announce(id);
    },
    list: async () => (await control.agents.list()).map(describe),
    find: async (id) => {
      const row = await control.agents.find(id);
      return row === null ? null : describe(row);
    },
    leases: () => desk.list(),
    leaseCounts: () => desk.counts(),
    disconnectRevoked: (id) => {
      replan().catch((error: unknown) => logger.error({ err: error }, 'could not plan without an agent'));
      connections.get(id)?.socket.close(closeCodes.revoked, 'this agent was revoked');
      announceSoon(id);
    },
    close: async () => {
      await connections.close();
      await desk.close();
    },
  };
}

/** Whether other agents' schedules may be others because of what an agent said of itself. */
function isMovedOrRelabelled(before: AgentRow, now: AgentRow): boolean {
  if (before.address !== now.address || before.advertise !== now.advertise) return true;
  const labels = (row: AgentRow): string => JSON.stringify(Object.entries(row.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  return labels(before) !== labels(now);
}
