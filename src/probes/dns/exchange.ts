import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decodeReply, encodeQuestion } from './message.ts';
import type { Question, Reply } from './message.ts';

export interface Server {
  readonly address: string;
  readonly port: number;
}

/** One exchange with a server: a reply, or the socket's error code. `null` code: it was aborted. */
export type Exchange = { readonly reply: Reply } | { readonly error: string };

/** Asks once over UDP. Datagrams that are not the reply to this question are ignored. Rejects only with the signal's reason. */
export function askByUdp(server: Server, question: Question, signal: AbortSignal): Promise<Exchange> {
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
      const reply = decodeReply(bytes, question);
      if (reply !== null) done({ reply });
    });
    // A connected socket receives from this server alone, and hears of refused ports.
    socket.connect(server.port, server.address, (error?: NodeJS.ErrnoException) => {
      if (error !== undefined && error !== null) done({ error: error.code ?? error.message });
      else if (open) socket.send(encodeQuestion(question));
    });
  });
}

/** Asks over TCP, where each message has its length before it. Rejects only with the signal's reason. */
export function askByTcp(server: Server, question: Question, signal: AbortSignal): Promise<Exchange> {
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
      const message = encodeQuestion(question);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = decodeReply(received.subarray(2, 2 + received.readUInt16BE(0)), question);
      done(reply === null ? { error: 'EBADRESP' } : { reply });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => done({ error: error.code ?? error.message }));
    socket.on('close', () => done({ error: 'ECONNRESET' }));
  });
}
