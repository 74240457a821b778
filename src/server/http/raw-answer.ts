import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorBody, TachoError } from '../../model/errors.ts';
import { headersOf } from './error-headers.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers an error on a bare connection, where there is no reply to write to, and ends it. */
export function refuseRaw(socket: Duplex, error: TachoError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const answer: ErrorBody = { error: { code: error.code, message: error.message } };
  const body = JSON.stringify(answer);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    'cache-control': 'no-store',
    ...securityHeaders,
    ...headersOf(error),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`, ...lines, '', body].join('\r\n'));
}
