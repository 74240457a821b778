import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../../test/support/certificate.ts';
import { kinds } from '../../model/kinds/index.ts';
import { describeProbe, testContext } from '../probe.contract.ts';
import { http, isExpected } from './http.ts';

const DAY_MS = 86_400_000;
const signal = new AbortController().signal;
const servers: { server: Server; sockets: Set<Socket> }[] = [];

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)));
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const respond: RequestListener = (request, response) => {
  switch (request.url) {
    case '/silent':
      return;
    case '/half':
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x'.repeat(10));
      setImmediate(() => response.destroy());
      return;
    case '/big':
      response.end('y'.repeat(100_000));
      return;
    case '/missing':
      response.writeHead(404).end('no');
      return;
    case '/moved':
      response.writeHead(302, { location: '/big' }).end();
      return;
    case '/who':
      response.end(`${request.headers.host ?? ''} ${request.method ?? ''}`);
      return;
    default:
      response.end('hello');
  }
};

const day = (days: number) => new Date(Date.now() + days * DAY_MS);
const good = makeCertificate({ names: ['localhost', '127.0.0.1'], notBefore: day(-1), notAfter: day(30) });
const old = makeCertificate({ names: ['localhost'], notBefore: day(-30), notAfter: day(-2) });
const other = makeCertificate({ names: ['other.test'], notBefore: day(-1), notAfter: day(30) });
const stranger = makeCertificate({ names: ['localhost'], notBefore: day(-1), notAfter: day(30) });

const ports = { plain: 0, good: 0, old: 0, other: 0, stranger: 0, hangup: 0, gibberish: 0, deaf: 0 };

beforeAll(async () => {
  setDefaultCACertificates([good.cert, old.cert, other.cert]);
  ports.plain = await listen(createServer(respond));
  ports.good = await listen(createTlsServer(good, respond));
  ports.old = await listen(createTlsServer(old, respond));
  ports.other = await listen(createTlsServer(other, respond));
  ports.stranger = await listen(createTlsServer(stranger, respond));
  ports.hangup = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())));
  ports.gibberish = await listen(createTcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-server\r\n'))));
  ports.deaf = await listen(createTcpServer(() => undefined));
});
afterAll(async () => {
  for (const { server, sockets } of servers) {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
});

const get = (url: string, options: Record<string, unknown> = {}) => http.run(url, kinds.http.spec.parse(options), testContext, signal);

describeProbe({
  kind: 'http',
  good: () => Promise.resolve({ host: `http://127.0.0.1:${ports.plain}/`, spec: {} }),
  slow: () => Promise.resolve({ host: `http://127.0.0.1:${ports.plain}/silent`, spec: { timeout_ms: 60_000 } }),
  unknownHost: () => Promise.resolve({ host: 'http://no-such-host.invalid/', spec: {} }),
});

describe('the http probe', () => {
  test('measures the phases of a plain exchange by name', async () => {
    const { failure, metrics, details } = await get(`http://localhost:${ports.plain}/who`);
    expect(failure).toBeNull();
    expect(metrics).toMatchObject({ status_code: 200, bytes: `localhost:${ports.plain} GET`.length });
    expect(Object.keys(metrics).toSorted()).toEqual(['bytes', 'connect_ms', 'dns_ms', 'status_code', 'total_ms', 'ttfb_ms']);
    const { dns_ms = 0, connect_ms = 0, ttfb_ms = 0, total_ms = 0 } = metrics;
    expect(dns_ms + connect_ms + ttfb_ms).toBeLessThanOrEqual(total_ms);
    expect(details).toMatchObject({ address: '127.0.0.1', http_version: '1.1', truncated: false });
  });

  test('an address has no name to resolve', async () => {
    expect((await get(`http://127.0.0.1:${ports.plain}/`)).metrics).not.toHaveProperty('dns_ms');
  });

  test('measures TLS and the days its certificate has left', async () => {
    const { failure, metrics } = await get(`https://localhost:${ports.good}/`);
    expect(failure).toBeNull();
    expect(metrics.tls_ms).toBeGreaterThan(0);
    expect(metrics.cert_days_left).toBeGreaterThan(29.9);
    expect(metrics.cert_days_left).toBeLessThanOrEqual(30);
    expect((await get(`https://127.0.0.1:${ports.good}/`)).failure).toBeNull();
  });

  test.each([
    ['old', 'certificate_expired'],
    ['other', 'certificate_name'],
    ['stranger', 'certificate_untrusted'],
  ] as const)('the %s certificate fails with %s, its days left are known, and no request is sent', async (which, code) => {
    const url = `https://localhost:${ports[which]}/`;
    const { status, failure, metrics } = await get(url);
    expect({ status, failure }).toMatchObject({ status: 'failed', failure: { source: 'target', code } });
    expect(metrics.cert_days_left).toBeDefined();
    expect(metrics).not.toHaveProperty('status_code');
    expect((await get(url, { verify_tls: false })).metrics.status_code).toBe(200);
  });

  test('an unexpected status fails with all phases measured', async () => {
    const { status, failure, metrics } = await get(`http://127.0.0.1:${ports.plain}/missing`);
    expect({ status, failure }).toMatchObject({ status: 'failed', failure: { source: 'target', code: 'unexpected_status' } });
    expect(metrics).toMatchObject({ status_code: 404, bytes: 2 });
    expect((await get(`http://127.0.0.1:${ports.plain}/missing`, { expect_status: '404' })).status).toBe('success');
  });

  test('a redirect is an answer and is not followed', async () => {
    expect((await get(`http://127.0.0.1:${ports.plain}/moved`)).metrics).toMatchObject({ status_code: 302, bytes: 0 });
  });

  test('stops reading after the most bytes wanted', async () => {
    const { status, metrics, details } = await get(`http://127.0.0.1:${ports.plain}/big`, { max_bytes: 1000 });
    expect({ status, bytes: metrics.bytes, truncated: details['truncated'] }).toEqual({ status: 'success', bytes: 1000, truncated: true });
    expect((await get(`http://127.0.0.1:${ports.plain}/big`)).metrics.bytes).toBe(100_000);
  });

  test('HEAD has no body', async () => {
    expect((await get(`http://127.0.0.1:${ports.plain}/big`, { method: 'HEAD' })).metrics).toMatchObject({ status_code: 200, bytes: 0 });
  });

  test.each([
    ['a port where nobody listens', () => 'http://127.0.0.1:1/', 'failed', 'target', 'refused'],
    ['a server that hangs up', () => `http://127.0.0.1:${ports.hangup}/`, 'failed', 'target', 'reset'],
    ['a server that speaks something else', () => `http://127.0.0.1:${ports.gibberish}/`, 'failed', 'target', 'not_http'],
    ['a server without TLS', () => `https://127.0.0.1:${ports.plain}/`, 'failed', 'target', 'tls_failed'],
    ['a body that breaks off', () => `http://127.0.0.1:${ports.plain}/half`, 'failed', 'target', 'reset'],
    ['a server that does not answer', () => `http://127.0.0.1:${ports.plain}/silent`, 'timeout', 'target', 'timeout'],
    ['a handshake that does not end', () => `https://127.0.0.1:${ports.deaf}/`, 'timeout', 'target', 'timeout'],
  ])('%s is told apart', async (_, url, status, source, code) => {
    const outcome = await get(url(), { timeout_ms: 300 });
    expect(outcome).toMatchObject({ status, failure: { source, code } });
  });

  test('a machine with several addresses is measured at the first that answers', async () => {
    const context = {
      ...testContext,
      lookup: () =>
        Promise.resolve([
          { address: '::1', family: 6 as const },
          { address: '127.0.0.1', family: 4 as const },
        ]),
    };
    const { status, details } = await http.run(`http://two.test:${ports.plain}/`, kinds.http.spec.parse({}), context, signal);
    expect({ status, address: details['address'] }).toEqual({ status: 'success', address: '127.0.0.1' });
  });
});

test.each([
  ['http://127.0.0.3/', '127.0.0.3:80'],
  ['https://127.0.0.3/', '127.0.0.3:443'],
  ['http://127.0.0.3:80/', '127.0.0.3:80'],
  ['http://127.0.0.3:1/', '127.0.0.3:1'],
])('a refusal of %s names the port, whether it was said or not', async (url, where) => {
  // An address of loopback where nobody listens.
  const { failure } = await get(url);
  expect(failure).toEqual({ source: 'target', code: 'refused', message: `connection to ${where} refused` });
});

test('an expected status is a code or a class', () => {
  expect([200, 204, 301, 404].map((status) => isExpected(status, '204,3xx'))).toEqual([false, true, true, false]);
});
