import { WebSocket } from 'ws';
import * as z from 'zod';
import type { Capabilities, Listening, SpoolState } from '../model/agent.ts';
import { problemsOf } from '../model/errors.ts';
import type { Labels } from '../model/labels.ts';
import {
  agentMessage,
  clockOffsetMs,
  closeCodes,
  CONTROL_PATH,
  LARGEST_SCHEDULE_MESSAGE,
  PROTOCOL_VERSION,
  serverMessage,
  type AgentMessage,
  type Schedule,
  type ServerMessage,
} from '../protocol/messages.ts';
import { backoffMs } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { Random } from '../util/random.ts';
import { LinkedAbort } from './linked-abort.ts';
import type { Log } from './log.ts';
import { apiUrl } from './server-url.ts';

/** What the agent says of itself with every hello and heartbeat. */
export interface ControlFacts {
  readonly version: string;
  readonly platform: string;
  readonly labels: Labels | null;
  /** Under which other agents reach this one; null: the address it connects from. */
  readonly advertise: string | null;
  /** Ports on which the policy lets other agents reach this one. */
  listening(): Listening | null;
  /** Leases under which it measures. */
  leases(): string[];
  capabilities(): Promise<Capabilities>;
  spool(): SpoolState;
  scheduleVersion(): string | null;
  running(): number;
  scheduled(): number;
}

/** What the server says of leases and listeners. */
export type LeaseMessage = Extract<ServerMessage, { readonly lease: string }>;

export interface ControlEvents {
  onWelcome(welcome: { readonly agent: { readonly id: number; readonly name: string }; readonly serverVersion: string }): void;
  onSchedule(schedule: Schedule): void;
  onRunNow(jobIds: readonly number[]): void;
  onLease(message: LeaseMessage): void;
  /** Agent clock minus server clock. */
  onClockOffset(offsetMs: number): void;
}

export interface ControlOptions {
  readonly server: URL;
  /** Secret. */
  readonly credential: string;
  readonly facts: ControlFacts;
  readonly events: ControlEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const BACKOFF = { baseMs: 500, capMs: 60_000 };
/** How long a server may take from the handshake to its welcome. */
const WELCOME_MS = 15_000;
/** Heartbeats without an answer after which the server counts as gone. */
const SILENT_HEARTBEATS = 3;
/** The bounds of the server's own setting: a welcome beyond them is not obeyed. */
const HEARTBEAT_MS = { least: 100, most: 600_000 };
/** What a server that refuses us for good is asked again after: at the cap from the start. */
const LASTING: ReadonlySet<number> = new Set([closeCodes.unauthenticated, closeCodes.protocolMismatch, closeCodes.replaced]);
/** The connection is not torn down for a second opinion more often than this. */
const RECHECK_MS = 60_000;

/** How a connection ended: the WebSocket's close code, or the HTTP status of a refused upgrade. */
interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly welcomed: boolean;
}

/** What an agent makes of the time between heartbeats that it is told. */
export function heartbeatWithin(askedMs: number): number {
  return Math.min(HEARTBEAT_MS.most, Math.max(HEARTBEAT_MS.least, askedMs));
}

/** The agent's control connection: always one, opened anew whenever it ends. */
export class Control {
  readonly #options: ControlOptions;
  #socket: WebSocket | null = null;
  #recheckedAt = -Infinity;
  /** Ends the wait before the next try; null while there is none. */
  #waiting: LinkedAbort | null = null;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Opens a new connection, to learn whether the credential still holds. */
  recheck(): void {
    const at = this.#options.clock.monotonic();
    if (at - this.#recheckedAt < RECHECK_MS) return;
    this.#recheckedAt = at;
    this.#socket?.close();
  }

  /** Tries now, where it waits to try again: something else has just reached the server. */
  hurry(): void {
    this.#waiting?.abort();
  }

  /** Stays connected until aborted, or until the server says that this agent was revoked. */
  async run(signal: AbortSignal): Promise<'stopped' | 'revoked'> {
    const { clock, random, log } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const ending = await this.#connectOnce(signal);
      if (ending === null) break;
      if (ending.code === closeCodes.revoked || ending.code === 410) return 'revoked';
      if (ending.welcomed) attempt = 0;
      const lasting = LASTING.has(ending.code) || ending.code === 401 || ending.code === 403;
      const waitMs = backoffMs(lasting ? 30 : attempt, BACKOFF, random);
      // Said once an outage, not once a try.
      const level = attempt === 0 || lasting ? 'warn' : 'debug';
      log[level]({ code: ending.code, reason: ending.reason, waitMs }, 'not connected to the server; measuring goes on');
      using waiting = new LinkedAbort(signal);
      // A server that refuses us for good is not asked more often because it takes results.
      if (!lasting) this.#waiting = waiting;
      await clock.sleep(waitMs, waiting.signal).catch(() => undefined);
      this.#waiting = null;
    }
    return 'stopped';
  }

  /** One connection to its end; null where we ended it because of the signal. */
  async #connectOnce(signal: AbortSignal): Promise<Ending | null> {
    const { server, credential, clock, log } = this.#options;
    const url = apiUrl(server, CONTROL_PATH);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${credential}` },
      maxPayload: LARGEST_SCHEDULE_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: WELCOME_MS,
    });
    this.#socket = socket;
    const session = new Session(socket, this.#options);
    const ended = new AbortController();
    const stop = (): void => socket.close(1000, 'the agent is stopping');
    signal.addEventListener('abort', stop);
    try {
      const ending = await new Promise<Ending>((resolve) => {
        let refused: { code: number; reason: string } | null = null;
        socket.on('unexpected-response', (request, response) => {
          refused = { code: response.statusCode ?? 0, reason: `HTTP ${response.statusCode ?? 0}` };
          response.resume();
          request.destroy();
          resolve({ ...refused, welcomed: false });
        });
        socket.on('error', (error) => resolve({ ...(refused ?? { code: 0, reason: error.message }), welcomed: session.welcomed }));
        socket.on('close', (code, reason) => resolve({ code, reason: reason.toString().slice(0, 200), welcomed: session.welcomed }));
        socket.on('message', (data) => session.receive(data));
        socket.on('open', () => {
          session.hello().catch((error: unknown) => {
            log.error({ err: error }, 'cannot say hello');
            socket.terminate();
          });
        });
        if (signal.aborted) stop();
        void session.watch(clock, ended.signal);
      });
      return signal.aborted ? null : ending;
    } finally {
      ended.abort();
      signal.removeEventListener('abort', stop);
      this.#socket = null;
      // Nothing of an ended connection may speak any more; the listener keeps a late error from being unhandled.
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.terminate();
    }
  }
}

/** One connection, from its hello to its end. */
class Session {
  readonly #socket: WebSocket;
  readonly #options: ControlOptions;
  #heartbeatMs: number | null = null;
  #unanswered = 0;
  #onWelcomed: () => void = () => undefined;

  constructor(socket: WebSocket, options: ControlOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get welcomed(): boolean {
    return this.#heartbeatMs !== null;
  }

  async hello(): Promise<void> {
    const { facts, clock } = this.#options;
    const capabilities = await facts.capabilities();
    this.#send({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      version: facts.version,
      platform: facts.platform,
      labels: facts.labels,
      capabilities,
      spool: facts.spool(),
      schedule_version: facts.scheduleVersion(),
      advertise: facts.advertise,
      listening: facts.listening(),
      leases: facts.leases(),
      sent_at: clock.now(),
    });
  }

  /** Sends heartbeats, and ends the connection where the server has fallen silent. */
  async watch(clock: Clock, signal: AbortSignal): Promise<void> {
    const welcomed = new AbortController();
    this.#onWelcomed = () => welcomed.abort();
    try {
      // Detecting what this machine can measure comes before the hello, so it has its share of this time.
      using either = new LinkedAbort(signal, welcomed.signal);
      await clock.sleep(2 * WELCOME_MS, either.signal).catch(() => undefined);
      if (signal.aborted) return;
      if (this.#heartbeatMs === null) {
        this.#options.log.warn('the server did not welcome this agent in time');
        this.#socket.terminate();
        return;
      }
      for (;;) {
        await clock.sleep(this.#heartbeatMs, signal);
        if (this.#unanswered >= SILENT_HEARTBEATS) {
          this.#options.log.warn({ unanswered: this.#unanswered }, 'the server has fallen silent; opening a new connection');
          this.#socket.terminate();
          return;
        }
        this.#heartbeat(clock.now());
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  receive(data: unknown): void {
    const message = this.#parse(data);
    if (message === null) return;
    const { events, clock } = this.#options;
    const receivedAt = clock.now();
    switch (message.type) {
      case 'welcome':
        this.#heartbeatMs = heartbeatWithin(message.heartbeat_ms);
        events.onClockOffset(clockOffsetMs(message.echo, message.server_at, receivedAt));
        events.onWelcome({ agent: message.agent, serverVersion: message.server_version });
        this.#onWelcomed();
        break;
      case 'heartbeat_ack':
        this.#unanswered = 0;
        events.onClockOffset(clockOffsetMs(message.echo, message.server_at, receivedAt));
        break;
      case 'schedule':
        events.onSchedule(message.schedule);
        break;
      case 'run_now':
        events.onRunNow(message.job_ids);
        break;
      default:
        events.onLease(message);
    }
  }

  #heartbeat(sentAt: number): void {
    const { facts } = this.#options;
    this.#unanswered += 1;
    this.#send({ type: 'heartbeat', spool: facts.spool(), sent_at: sentAt, running: facts.running(), scheduled: facts.scheduled() });
  }

  #send(message: AgentMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(z.encode(agentMessage, message)));
  }

  #parse(data: unknown): ServerMessage | null {
    let why: string;
    try {
      const parsed = serverMessage.safeParse(JSON.parse(String(data)));
      if (parsed.success) return parsed.data;
      const [problem] = problemsOf(parsed.error);
      why = `${problem?.path ?? ''}: ${problem?.message ?? ''}`;
    } catch {
      why = 'not JSON';
    }
    this.#options.log.error({ why }, 'the server sent a message that does not fit the protocol');
    this.#socket.close(closeCodes.badMessage, `invalid message: ${why}`.slice(0, 120));
    return null;
  }
}
