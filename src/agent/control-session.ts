import { WebSocket } from 'ws';
import * as z from 'zod';
import type { Capabilities, Listening, SpoolState } from '../model/agent.ts';
import { problemsOf } from '../model/errors.ts';
import type { Labels } from '../model/labels.ts';
import {
  agentMessage,
  clockOffsetMs,
  closeCodes,
  PROTOCOL_VERSION,
  serverMessage,
  type AgentMessage,
  type Schedule,
  type ServerMessage,
} from '../protocol/messages.ts';
import type { Clock } from '../util/clock.ts';
import { LinkedAbort } from './linked-abort.ts';
import type { Log } from './log.ts';

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

export interface SessionOptions {
  readonly facts: ControlFacts;
  readonly events: ControlEvents;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a server may take from the handshake to its welcome. */
export const WELCOME_MS = 15_000;
/** Heartbeats without an answer after which the server counts as gone. */
const SILENT_HEARTBEATS = 3;

/** Wall clock and monotonic clock may differ by this much over one exchange: what is less does not matter to its outcome. */
const MOST_ASTRAY_MS = 1000;

/** The bounds of the server's own setting: a welcome beyond them is not obeyed. */
const HEARTBEAT_MS = { least: 100, most: 600_000 };

/** What an agent makes of the time between heartbeats that it is told. */
export function heartbeatWithin(askedMs: number): number {
  return Math.min(HEARTBEAT_MS.most, Math.max(HEARTBEAT_MS.least, askedMs));
}

/** What was sent and waits for its answer. */
interface Beat {
  readonly sentAt: number;
  readonly monotonic: number;
}

/** One connection, from its hello to its end. */
export class Session {
  readonly #socket: WebSocket;
  readonly #options: SessionOptions;
  #heartbeatMs: number | null = null;
  #unanswered = 0;
  readonly #beats: Beat[] = [];
  /** Monotonic instant at which the last hello or heartbeat was sent that was answered. */
  #answeredAt = -Infinity;
  #onWelcomed: () => void = () => undefined;

  constructor(socket: WebSocket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get welcomed(): boolean {
    return this.#heartbeatMs !== null;
  }

  get answeredAt(): number {
    return this.#answeredAt;
  }

  async hello(): Promise<void> {
    const { facts, clock } = this.#options;
    const capabilities = await facts.capabilities();
    this.#beats.push({ sentAt: clock.now(), monotonic: clock.monotonic() });
    this.send({
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
        this.#unanswered += 1;
        this.beat();
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
        this.#exchanged(message, receivedAt);
        events.onWelcome({ agent: message.agent, serverVersion: message.server_version });
        this.#onWelcomed();
        break;
      case 'heartbeat_ack':
        this.#unanswered = 0;
        this.#exchanged(message, receivedAt);
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

  /** Says a heartbeat now. */
  beat(): void {
    const { facts, clock } = this.#options;
    const sentAt = clock.now();
    const sent = this.send({ type: 'heartbeat', spool: facts.spool(), sent_at: sentAt, running: facts.running(), scheduled: facts.scheduled() });
    if (sent) this.#beats.push({ sentAt, monotonic: clock.monotonic() });
  }

  /** Whether it could be handed to the connection. */
  send(message: AgentMessage): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(z.encode(agentMessage, message)));
    return true;
  }

  /** Answers come in order; where some are missing, those before count as unanswered. */
  #exchanged({ echo, server_at: serverAt }: { readonly echo: number; readonly server_at: number }, receivedAt: number): void {
    const { events, clock } = this.#options;
    const at = this.#beats.findIndex(({ sentAt }) => sentAt === echo);
    const answered = this.#beats.splice(0, Math.max(at, 0) + 1).at(-1);
    if (answered !== undefined) {
      this.#answeredAt = answered.monotonic;
      // Our clock was set in between, or the machine slept: then the two instants do not belong together.
      const astrayMs = receivedAt - answered.sentAt - (clock.monotonic() - answered.monotonic);
      if (at >= 0 && Math.abs(astrayMs) >= MOST_ASTRAY_MS) return;
    }
    events.onClockOffset(clockOffsetMs(echo, serverAt, receivedAt));
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
