import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Clock } from '../../util/clock.ts';
import { decodeReply, encodeQuestion } from './message.ts';
import type { Question, Reply } from './message.ts';

export interface Server {
  readonly address: string;
  readonly port: number;
}

/** One exchange with a server: a reply and when it came (the clock's monotonic time), or the socket's error code. */
export type Exchange = { readonly reply: Reply; readonly receivedAt: number } | { readonly error: string };

export interface AskOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly signal: AbortSignal;
  /** Called with the monotonic time at which the question goes out. */
  onSent(at: number): void;
}

/** Asks once over UDP. Datagrams that are not the reply to this question are ignored. Rejects only with the signal's reason. */
export function askByUdp(server: Server, question: Question, { clock, signal, onSent }: AskOptions): Promise<Exchange> {
  const message = encodeQuestion(question);
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      signal.removeEventListener('abort', onAbort);
      socket.close();
    };
    const done = (exchange: Exchange): void => {
      close();
      resolve(exchange);
    };
    const onAbort = (): void => {
      close();
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error: NodeJS.ErrnoException) => done({ error: error.code ?? error.message }));
    socket.on('message', (bytes) => {
      const receivedAt = clock.monotonic();
      const reply = decodeReply(bytes, question);
      if (reply !== null) done({ reply, receivedAt });
    });
    // A connected socket receives from this server alone, and hears of refused ports.
    socket.connect(server.port, server.address, (error?: NodeJS.ErrnoException) => {
      if (error !== undefined) done({ error: error.code ?? error.message });
      else if (open) {
        onSent(clock.monotonic());
        socket.send(message);
      }
    });
  });
}

/** Asks over TCP, where each message has its length before it. Rejects only with the signal's reason. */
export function askByTcp(server: Server, question: Question, { clock, signal, onSent }: AskOptions): Promise<Exchange> {
  const message = encodeQuestion(question);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    const close = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const done = (exchange: Exchange): void => {
      close();
      resolve(exchange);
    };
    const onAbort = (): void => {
      close();
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => {
      onSent(clock.monotonic());
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on('data', (chunk) => {
      const receivedAt = clock.monotonic();
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = decodeReply(received.subarray(2, 2 + received.readUInt16BE(0)), question);
      done(reply === null ? { error: 'EBADRESP' } : { reply, receivedAt });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => done({ error: error.code ?? error.message }));
    socket.on('close', () => done({ error: 'ECONNRESET' }));
  });
}
