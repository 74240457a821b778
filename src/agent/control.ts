import { WebSocket } from 'ws';
import { closeCodes, CONTROL_PATH, LARGEST_SCHEDULE_MESSAGE, type AgentMessage } from '../protocol/messages.ts';
import { backoffMs } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { Random } from '../util/random.ts';
import { Session, WELCOME_MS, type ControlEvents, type ControlFacts } from './control-session.ts';
import { LinkedAbort } from './linked-abort.ts';
import type { Log } from './log.ts';
import { apiUrl } from './server-url.ts';

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

/** The cap is half of the minute in which a whole fleet is to be back: after a long outage every agent waits up to that long. */
const BACKOFF = { baseMs: 500, capMs: 30_000 };
/** How long a server that refuses us for good is left alone. */
const REFUSED = { baseMs: 60_000, capMs: 60_000 };
/** Endings that say so. */
const LASTING: ReadonlySet<number> = new Set([closeCodes.unauthenticated, closeCodes.protocolMismatch, closeCodes.replaced]);
/** The connection is not torn down for a second opinion more often than this. */
const RECHECK_MS = 60_000;

/** How a connection ended: the WebSocket's close code, or the HTTP status of a refused upgrade. */
interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly welcomed: boolean;
}

/** The agent's control connection: always one, opened anew whenever it ends. */
export class Control {
  readonly #options: ControlOptions;
  #socket: WebSocket | null = null;
  #session: Session | null = null;
  #answeredBefore = -Infinity;
  #recheckedAt = -Infinity;
  /** Ends the wait before the next try; null while there is none. */
  #waiting: LinkedAbort | null = null;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Whether there is a connection on which the server welcomed this agent. */
  get connected(): boolean {
    return this.#session?.welcomed === true;
  }

  /** Monotonic instant at which the last heartbeat was sent that was answered: the server knew of this agent later than that. */
  get answeredAt(): number {
    return Math.max(this.#answeredBefore, this.#session?.answeredAt ?? -Infinity);
  }

  /** Says a heartbeat beside the usual ones. */
  beat(): void {
    if (this.connected) this.#session?.beat();
  }

  /** Whether it could be handed to the connection; what could not is not kept. */
  send(message: AgentMessage): boolean {
    return this.connected && this.#session?.send(message) === true;
  }

  /** Opens a new connection, to learn whether the credential still holds. */
  recheck(): void {
    const at = this.#options.clock.monotonic();
    if (at - this.#recheckedAt < RECHECK_MS) return;
    this.#recheckedAt = at;
    this.#socket?.close();
  }

  /** Opens a new connection, because what the agent says of itself is not what it was. */
  introduceAnew(): void {
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
      const waitMs = lasting ? backoffMs(0, REFUSED, random) : backoffMs(attempt, BACKOFF, random);
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
    this.#session = session;
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
      this.#answeredBefore = this.answeredAt;
      this.#session = null;
      // Nothing of an ended connection may speak any more; the listener keeps a late error from being unhandled.
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.terminate();
    }
  }
}
