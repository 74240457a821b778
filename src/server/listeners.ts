import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { TachoError } from '../model/errors.ts';
import type { Settings } from './settings.ts';

/** A certificate with its key, PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * The certificate that the settings name, or null where they name none.
 * @throws {TachoError} invalid_request, saying which file and what is wrong with it
 */
export function readCertificate({ tls_cert, tls_key }: Pick<Settings, 'tls_cert' | 'tls_key'>): Certificate | null {
  if (tls_cert === null && tls_key === null) return null;
  if (tls_cert === null || tls_key === null) {
    throw new TachoError('invalid_request', `missing ${tls_cert === null ? 'tls.cert' : 'tls.key'}: TLS needs a certificate and its key`);
  }
  const read = (key: string, file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new TachoError('invalid_request', `cannot read ${key} ${file}: ${(error as Error).message}`, { cause: error });
    }
  };
  const certificate = { cert: read('tls.cert', tls_cert), key: read('tls.key', tls_key) };
  try {
    createSecureContext(certificate);
  } catch (error) {
    throw new TachoError('invalid_request', `cannot use ${tls_cert} with ${tls_key}: ${(error as Error).message}`, { cause: error });
  }
  return certificate;
}

export interface Listeners {
  /** Where everybody reaches the server. */
  readonly url: string;
  /** Where programs of this machine do: with TLS another port, on loopback only, because no certificate names 127.0.0.1. */
  readonly localUrl: string;
  /** Both, for the WebSockets. */
  readonly servers: readonly (Server | TlsServer)[];
}

/** Connections that wait to be accepted: a fleet that lost its server comes back within moments. The system may allow fewer. */
const BACKLOG = 4096;

/** @throws {TachoError} unavailable, when the port cannot be had */
export async function listen(app: FastifyInstance, { host, port }: Settings, certificate: Certificate | null): Promise<Listeners> {
  if (certificate === null) {
    await claim(host, port, async () => app.listen({ host, port, backlog: BACKLOG }));
    const url = urlOf('http', app.server, host);
    return { url, localUrl: url, servers: [app.server] };
  }
  await claim('127.0.0.1', 0, async () => app.listen({ host: '127.0.0.1', port: 0 }));
  const front = createServer(certificate, (request, response) => app.routing(request, response));
  front.keepAliveTimeout = app.server.keepAliveTimeout;
  front.requestTimeout = app.server.requestTimeout;
  await claim(host, port, async () => {
    await new Promise<void>((resolve, reject) => {
      front.once('error', reject);
      front.listen({ host, port, backlog: BACKLOG }, resolve);
    });
  });
  return { url: urlOf('https', front, host), localUrl: urlOf('http', app.server, '127.0.0.1'), servers: [app.server, front] };
}

async function claim(host: string, port: number, bind: () => Promise<unknown>): Promise<void> {
  try {
    await bind();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another program does; choose another with --port' : message;
    throw new TachoError('unavailable', `cannot listen on ${host}, port ${port}: ${reason}`, { cause: error });
  }
}

function urlOf(scheme: 'http' | 'https', server: Server | TlsServer, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const any = host === '0.0.0.0' || host === '::';
  const shown = any ? '127.0.0.1' : host;
  return `${scheme}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
