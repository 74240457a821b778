import { liveMessage, SESSION_OVER, type LiveMessage } from '../../../src/protocol/live.ts';

/** `over`: the session ended, and no attempt will be made. */
export type LiveStatus = 'connecting' | 'live' | 'reconnecting' | 'over';

export interface LiveState {
  readonly status: LiveStatus;
  /** When this status began, epoch ms: since when the page is stale while it reconnects. */
  readonly since: number;
}

/** The part of a browser's WebSocket that is used. */
export interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  close(): void;
}

export interface LiveParts {
  readonly open: () => Socket;
  /** Asks the server whether it is there; answers whether the session is still good, rejects where it is not reached. */
  readonly check: (signal: AbortSignal) => Promise<boolean>;
  readonly now: () => number;
  readonly random: () => number;
  /** Calls back after a while; the answer cancels. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** Longest wait for the server's hello. */
const HELLO_MS = 10_000;
/** Reconnecting waits a random time up to this, doubling from the first to the last (full jitter). */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A connection that a sleeping laptop or a dead network took away is not told so: the server is asked this often. */
const CHECK_MS = 30_000;

/** The live connection: opens, reconnects on every kind of disconnect, and knows since when it is stale. */
export class LiveSocket {
  readonly #parts: LiveParts;
  readonly #messageListeners = new Set<(message: LiveMessage) => void>();
  readonly #stateListeners = new Set<() => void>();
  #state: LiveState;
  #socket: Socket | null = null;
  #cancelTimer: () => void = () => undefined;
  #checking: AbortController | null = null;
  #attempts = 0;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#state = { status: 'connecting', since: parts.now() };
  }

  get state(): LiveState {
    return this.#state;
  }

  onMessage(listener: (message: LiveMessage) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  start(): void {
    this.#attempts = 0;
    this.#become('connecting');
    this.#connect();
  }

  /** Ends the connection and every wait. */
  stop(): void {
    this.#drop();
  }

  /** Does not wait for the next attempt; nothing where the connection is up. */
  retryNow(): void {
    if (this.#state.status !== 'reconnecting' || this.#socket !== null) return;
    this.#connect();
  }

  /** Asks at once whether the server is still there: after waking up, or when the network came back. */
  checkNow(): void {
    if (this.#state.status === 'live') void this.#check();
    else this.retryNow();
  }

  #connect(): void {
    this.#drop();
    let socket: Socket;
    try {
      socket = this.#parts.open();
    } catch {
      this.#retryLater();
      return;
    }
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#closed(event.code);
    };
    this.#cancelTimer = this.#parts.after(HELLO_MS, () => {
      this.#closed(null);
    });
  }

  #receive(data: unknown): void {
    const message = parse(data);
    if (message === null) return;
    if (message.type === 'hello') {
      this.#attempts = 0;
      this.#become('live');
      this.#checkLater();
    }
    for (const listener of this.#messageListeners) listener(message);
  }

  #closed(code: number | null): void {
    const hadHello = this.#state.status === 'live';
    this.#drop();
    if (code === SESSION_OVER) {
      this.#become('over');
      return;
    }
    if (this.#state.status !== 'reconnecting') this.#become('reconnecting');
    // A browser does not say why the server refused to open: an ended session looks like a dead network.
    if (hadHello) this.#retryLater();
    else void this.#check();
  }

  #retryLater(): void {
    if (this.#state.status !== 'reconnecting') this.#become('reconnecting');
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.after(this.#parts.random() * longest, () => {
      this.#connect();
    });
  }

  #checkLater(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.after(CHECK_MS, () => void this.#check());
  }

  async #check(): Promise<void> {
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    let answer: 'good' | 'over' | 'unreached';
    try {
      answer = (await this.#parts.check(checking.signal)) ? 'good' : 'over';
    } catch {
      answer = 'unreached';
    }
    if (checking.signal.aborted) return;
    if (answer === 'over') {
      this.#drop();
      this.#become('over');
    } else if (this.#state.status !== 'live') this.#retryLater();
    else if (answer === 'good') this.#checkLater();
    else {
      this.#drop();
      this.#retryLater();
    }
  }

  #drop(): void {
    this.#cancelTimer();
    this.#cancelTimer = () => undefined;
    this.#checking?.abort();
    this.#checking = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #become(status: LiveStatus): void {
    this.#state = { status, since: this.#parts.now() };
    for (const listener of this.#stateListeners) listener();
  }
}

/** A message of a newer server that this page does not know is not an error: null. */
function parse(data: unknown): LiveMessage | null {
  if (typeof data !== 'string') return null;
  try {
    const parsed = liveMessage.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
