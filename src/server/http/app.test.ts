import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { errorBody } from '../../model/errors.ts';
import type { ResultsStore } from '../../store/results/results-store.ts';
import { posted, startTestServer, type TestServer } from '../../../test/support/server.ts';
import { createIngest } from '../ingest/ingest.ts';
import type { Directory } from '../ingest/directory.ts';
import type { Services } from '../services.ts';
import { systemClock } from '../../util/clock.ts';
import { createApp } from './app.ts';
import { route } from './route.ts';
import { resultRoutes } from './routes/results.ts';
import { securityHeaders } from './security-headers.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

describe('every answer', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => server.close());

  /** Sends bytes as they are; answers all that comes back until the connection ends. */
  const raw = (bytes: string | Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('end', () => {
        socket.destroy();
        resolve(text);
      });
      socket.on('error', reject);
    });
  const headersOf = (text: string): Record<string, string> =>
    Object.fromEntries(
      (text.split('\r\n\r\n', 1)[0] ?? '')
        .split('\r\n')
        .slice(1)
        .map((line): [string, string] => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );

  test.each<[string, string, number, Record<string, unknown>]>([
    ['GET', '/api/health', 200, {}],
    ['GET', '/api/agents', 200, {}],
    ['GET', '/openapi.json', 200, { token: null }],
    ['GET', '/docs', 200, { token: null }],
    ['GET', '/api/agents', 401, { token: null }],
    ['POST', '/api/destinations', 400, { body: '{' }],
    ['POST', '/api/destinations', 413, { body: 'x'.repeat(1_048_577) }],
    ['POST', '/api/destinations', 415, { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['GET', '/api/nothing', 404, {}],
    ['GET', '/api/jobs/%zz', 400, {}],
    ['GET', `/api/jobs/${'x'.repeat(600)}`, 400, {}],
    ['GET', '/../../../etc/passwd', 404, {}],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404, {}],
    ['PUT', '/api/jobs', 405, { json: {} }],
    ['GET', '/api/jobs/1/start', 405, {}],
    ['OPTIONS', '/api/jobs', 405, { headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } }],
    ['TRACE', '/api/jobs', 404, {}],
  ])('to %s %s with status %d carries the security headers, and an error its form', async (method, path, status, options) => {
    const answer = await server.request(method, path, options);
    expect(answer.headers).toMatchObject(securityHeaders);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.status, answer.text).toBe(status);
    if (status >= 400) expect(errorBody.parse(answer.json).error.message).toMatch(/^[a-z]/);
    expect(answer.text).not.toContain(server.data);
    expect(answer.text).not.toMatch(/node_modules|\.ts:\d+|at [\w.]+ \(/);
  });

  test.each([
    ['what is not HTTP', 'hello\r\n\r\n'],
    ['headers of 100 kB', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
    ['two lengths', 'POST /api/session HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a length and chunks', 'POST /api/session HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      'an upgrade to nowhere',
      'GET /nowhere HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\nsec-websocket-version: 13\r\n\r\n',
    ],
    [
      'an upgrade without a token',
      'GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\nsec-websocket-version: 13\r\n\r\n',
    ],
  ])('to %s has the same form and headers', async (_title, bytes) => {
    const text = await raw(bytes);
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(headersOf(text)).toMatchObject(securityHeaders);
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    expect(errorBody.safeParse(JSON.parse(body)).success, body).toBe(true);
  });

  test('to a method that a path does not know names those it knows', async () => {
    const answer = await server.request('DELETE', '/api/jobs');
    expect([answer.status, answer.json.error.code, answer.headers.allow]).toEqual([405, 'method_not_allowed', 'GET, POST']);
  });

  test.each([
    ['what is no gzip', Buffer.from('these are not the bytes of gzip')],
    ['gzip that ends early', gzipSync('{"link":"a"}').subarray(0, -9)],
    ['more than a line holds', gzipSync(randomBytes(500_000))],
  ])('to packed content of a type that nobody reads, %s, leaves the server and the connection as they were', async (_title, body) => {
    const head = `content-type: text/plain\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
    const next = 'GET /api/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
    const text = await raw(Buffer.concat([Buffer.from(`POST /api/session HTTP/1.1\r\nhost: a\r\n${head}`), body, Buffer.from(next)]));
    expect(text.match(/HTTP\/1\.1 \d\d\d/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
  });

  test.each(['/api/sign-in', '/api/results', '/api/fleet/speedtest/summary'])('to GET %s is the same whatever came packed with it', async (path) => {
    const answer = await server.request('GET', path, { body: 'these are not the bytes of gzip', headers: { 'content-encoding': 'gzip' } });
    expect(answer.status, answer.text).toBe(200);
  });

  test('to an expectation that it does not know is the answer without it', async () => {
    expect((await server.request('GET', '/api/health', { headers: { expect: '200-maybe' } })).status).toBe(200);
  });

  test('to the name of a packing with nothing packed is the answer without it', async () => {
    expect((await server.request('GET', '/api/agents', { headers: { 'content-encoding': 'br' } })).status).toBe(200);
    expect((await server.request('POST', '/api/login-links', { headers: { 'content-encoding': 'br' } })).status).toBe(201);
  });

  test('to a body of a wrong type where none belongs is one that the document names', async () => {
    const answer = await server.request('DELETE', '/api/jobs/4242', { body: 'a=b', headers: { 'content-type': 'text/plain' } });
    expect([answer.status, answer.json.error.code]).toEqual([415, 'unsupported_media_type']);
    const long = await server.request('GET', '/api/kinds', { headers: { 'x-long': 'y'.repeat(17_000) } });
    expect([long.status, long.json.error.code]).toEqual([400, 'invalid_request']);
  });

  test('to HEAD is that to GET without its body', async () => {
    const answer = await server.request('HEAD', '/api/agents');
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect((await server.request('HEAD', '/api/agents', { token: null })).status).toBe(401);
  });
});

describe('a fault of the server', () => {
  const log: string[] = [];
  let app: FastifyInstance | undefined;
  afterEach(async () => {
    await app?.close();
    log.length = 0;
  });
  const appWith = (routes: Parameters<typeof createApp>[0]['routes']): FastifyInstance =>
    (app = createApp({
      routes,
      gate: { admit: () => Promise.resolve({ kind: 'token', name: 'test', scopes: ['read', 'write', 'admin'] }) },
      version: '0.0.0-test',
      logger: pino({ level: 'error' }, { write: (line: string) => void log.push(line) }),
    }));
  const failingStore = (error: Error): Services => {
    const fail = (): Promise<never> => Promise.reject(error);
    const results: ResultsStore = {
      appendSpool: fail,
      appendForeign: fail,
      highWater: fail,
      list: fail,
      series: fail,
      values: fail,
      runs: fail,
      counts: fail,
      stats: fail,
      copyTo: fail,
      close: () => Promise.resolve(),
    };
    const directory: Directory = {
      resolve: () => Promise.resolve(1),
      resolveOrCreate: () => Promise.resolve(1),
      nameOf: () => Promise.resolve('a'),
      forget: () => undefined,
    };
    const ingest = createIngest({ store: results, directory, clock: systemClock, onStored: () => undefined });
    return { results, directory, clock: systemClock, ingest } as unknown as Services;
  };

  test('says nothing of its cause to the one who asked, and all of it to the log', async () => {
    const cause = new Error(`cannot write ${here}secret.duckdb: disk on fire`);
    const routes = resultRoutes(failingStore(cause));
    const answers = await Promise.all([
      appWith(routes).inject({ method: 'POST', url: '/api/results', payload: { results: [posted({ agent: 'a' })] } }),
      appWith(routes).inject({ url: '/api/results' }),
      appWith(routes).inject({ url: '/api/series?metric=a&from=2026-11-22' }),
    ]);
    for (const answer of answers) {
      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toEqual({ error: { code: 'internal', message: 'a fault of the server; its log has the cause' } });
      expect(answer.headers).toMatchObject(securityHeaders);
    }
    expect(log).toHaveLength(3);
    expect(log[0]).toContain('disk on fire');
  });

  test('is an answer that does not fit its own schema', async () => {
    const odd = route({
      method: 'GET',
      path: '/odd',
      summary: 'odd',
      scope: 'read',
      response: z.object({ at: z.iso.datetime() }),
      handle: () => Promise.resolve({ at: `not an instant of ${here}` }),
    });
    const answer = await appWith([odd]).inject({ url: '/odd' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain(here);
  });
});
