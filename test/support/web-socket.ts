import { WebSocket } from 'ws';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A message as it came: JSON with a type. */
export interface Message {
  readonly type: string;
  // What a message holds is the very thing a test asks.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

/** A WebSocket that keeps what it hears, in order, until a test asks for it. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly #unread: Message[] = [];
  #wake: () => void = () => undefined;
  #end: Closed | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#unread.push(JSON.parse(data.toString('utf8')) as Message);
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#end = { code, reason: reason.toString('utf8') };
        resolve(this.#end);
        this.#wake();
      });
    });
    socket.on('error', () => undefined);
  }

  /** Resolves when the connection is open; rejects with the status and body of an upgrade that was refused. */
  static open(url: string, headers: Record<string, string>): Promise<TestSocket> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers, perMessageDeflate: false });
    const test = new TestSocket(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(test));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => reject(new Error(`refused: ${response.statusCode ?? 0} ${Buffer.concat(chunks).toString()}`)));
      });
    });
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first unread message of a type that fits; those before it are dropped. Rejects when the connection ends first. */
  async next(type: string, fits: (message: Message) => boolean = () => true): Promise<Message> {
    for (;;) {
      for (let message = this.#unread.shift(); message !== undefined; message = this.#unread.shift()) {
        if (message.type === type && fits(message)) return message;
      }
      if (this.#end !== null) throw new Error(`connection closed while waiting for ${type}: ${this.#end.code} ${this.#end.reason}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Types of what was heard and not asked for. */
  get unread(): readonly string[] {
    return this.#unread.map(({ type }) => type);
  }
}
