import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { abortable } from '../abortable.ts';
import type { ResolvedAddress } from '../resolve.ts';

/** Resolves when one of the events comes, rejects on the emitter's error or the signal; the socket is destroyed on either. */
async function awaiting<T>(
  socket: Socket,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await abortable(
      new Promise<T>((resolve, reject) => {
        socket.once('error', reject);
        begin(resolve, reject);
      }),
      signal,
    );
  } catch (error) {
    // Later errors of a socket given up are nobody's business.
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}

export interface TcpOptions {
  readonly port: number;
  /** Called when the addresses are about to be tried: what Node does before (milliseconds, the first time) is not the network's. */
  onStart(): void;
}

/** A fresh TCP connection to the first address that answers, tried in order and a quarter of a second apart (RFC 8305). */
export function openTcp(addresses: readonly ResolvedAddress[], { port, onStart }: TcpOptions, signal: AbortSignal): Promise<Socket> {
  const socket = connect({
    host: 'resolved-before',
    port,
    autoSelectFamily: true,
    noDelay: true,
    lookup: (_host, _options, callback) => {
      onStart();
      callback(null, [...addresses]);
    },
  });
  return awaiting(socket, (resolve) => socket.once('connect', () => resolve(socket)), signal);
}

export interface TlsOptions {
  readonly host: string;
  /** Made before, so that loading the authorities is not timed. */
  readonly secureContext: SecureContext;
}

/** TLS on top. The certificate is not enforced here: the caller asks `authorized`, so that its expiry is known either way. */
export function openTls(socket: Socket, { host, secureContext }: TlsOptions, signal: AbortSignal): Promise<TLSSocket> {
  const named = isIP(host) === 0;
  const tls = connectTls({ socket, host, secureContext, ...(named && { servername: host }), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  return awaiting(tls, (resolve) => tls.once('secureConnect', () => resolve(tls)), signal);
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Value of the Host header. */
  readonly host: string;
}

/** Sends the request on this connection and resolves with the response as soon as its headers are there. */
export function openResponse(socket: Socket, { method, path, host }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return awaiting(
    socket,
    (resolve, reject) => {
      const headers = { host, 'user-agent': 'tachograph', accept: '*/*', 'accept-encoding': 'identity', connection: 'close' };
      const asking = request({ createConnection: () => socket, method, path, headers, setHost: false });
      asking.once('response', resolve);
      asking.on('error', reject);
      asking.end();
    },
    signal,
  );
}

/** Reads the body until its end or the most that is wanted; the bytes are counted, not kept. */
export async function readBody(response: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<{ bytes: number; truncated: boolean }> {
  let bytes = 0;
  const reading = new Promise<{ bytes: number; truncated: boolean }>((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) resolve({ bytes: maxBytes, truncated: true });
    });
    response.once('end', () => resolve({ bytes, truncated: false }));
    response.once('error', reject);
    response.once('close', () => reject(Object.assign(new Error('the connection closed inside the body'), { code: 'ECONNRESET' })));
  });
  try {
    return await abortable(reading, signal);
  } finally {
    response.on('error', () => undefined);
    response.destroy();
  }
}
