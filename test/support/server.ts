import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LIVE_PATH } from '../../src/protocol/live.ts';
import { CONTROL_PATH, ENROL_PATH, PROTOCOL_VERSION } from '../../src/protocol/messages.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings, type Settings } from '../../src/server/settings.ts';
import { disagreement } from './api-document.ts';
import { ShiftedClock } from './shifted-clock.ts';
import { TestSocket } from './web-socket.ts';

export interface RequestOptions {
  /** Bearer token; the first start's own, which may do anything, unless said; null for none. */
  readonly token?: string | null;
  readonly cookie?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, with content-type application/json unless headers say another. */
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body read as JSON; null where there is none. */
  // What an answer holds is the very thing a test asks.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

export interface EnrolledAgent {
  readonly id: number;
  readonly name: string;
  readonly credential: string;
}

export interface TestServer {
  readonly url: string;
  readonly data: string;
  readonly clock: ShiftedClock;
  /** Of the first start: every scope but an agent's. */
  readonly adminToken: string;
  readonly loginUrl: string;
  /** Errors in the log, a line each. */
  readonly log: readonly string[];
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** A new API token. */
  token(...scopes: ('read' | 'write' | 'admin')[]): Promise<{ id: number; token: string }>;
  enrolmentToken(input?: Record<string, unknown>): Promise<{ id: number; token: string }>;
  /** Tries an enrolment token. */
  enrol(token: string | null, name: string): Promise<Answer>;
  /** An agent with its own credential. */
  agent(name: string): Promise<EnrolledAgent>;
  /** Opens an agent's control connection and says nothing. */
  openControl(credential: string): Promise<TestSocket>;
  /** Opens an agent's control connection, says hello and waits for the welcome. */
  control(credential: string, hello?: Record<string, unknown>): Promise<TestSocket>;
  /** Listens to what happens. */
  live(options?: { token?: string | null; headers?: Record<string, string>; query?: string }): Promise<TestSocket>;
  /** Signs in by a new link; answers the Cookie header. */
  signIn(): Promise<string>;
  /** Stops the server and starts another on the same data; this one's url and functions are no more. */
  restart(overrides?: Partial<Settings>, between?: (data: string) => Promise<void>): Promise<TestServer>;
  close(): Promise<void>;
}

/** The real server on a free port of loopback, over a data directory of its own that goes with it. */
export async function startTestServer(overrides: Partial<Settings> = {}): Promise<TestServer> {
  return serve(mkdtempSync(join(tmpdir(), 'tacho-server-')), overrides);
}

async function serve(data: string, overrides: Partial<Settings>): Promise<TestServer> {
  const log: string[] = [];
  const clock = new ShiftedClock();
  const settings = {
    ...readSettings({ flags: { data, port: 0, local_agent: false, default_destinations: 'none', results_memory_mb: 64, results_threads: 1 } }),
    ...overrides,
  };
  const logger = pino({ level: 'error', base: null }, { write: (line: string) => void log.push(line) });
  const running = await startServer(settings, { logger, version: '0.0.0-test', clock });
  const adminToken = readFileSync(join(data, 'token'), 'utf8').trim();

  // Whatever a test asks for, the answer must be one that the API document allows.
  const request = async (method: string, path: string, options: RequestOptions = {}): Promise<Answer> => {
    const answer = await send(new URL(path, running.url), method, { token: adminToken, ...options });
    const { status, text, headers } = answer;
    const wrong = disagreement(method, path, { status, text, contentType: headers['content-type'] ?? '' });
    if (wrong !== null) throw new Error(wrong);
    return answer;
  };
  const created = async (path: string, json: unknown): Promise<{ id: number; token: string }> => {
    const answer = await request('POST', path, { json });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json as { id: number; token: string };
  };
  const server: TestServer = {
    url: running.url,
    data,
    clock,
    adminToken,
    loginUrl: running.loginUrl ?? '',
    log,
    request,
    token: (...scopes) => created('/api/tokens', { name: scopes.join(' '), scopes }),
    enrolmentToken: (input = {}) => created('/api/enrollment-tokens', { name: 'for tests', ...input }),
    enrol: (token, name) => request('POST', ENROL_PATH, { token, json: { name, labels: {}, version: '1.0.0', platform: 'test' } }),
    agent: async (name) => {
      const { token } = await server.enrolmentToken();
      const { status, text, json } = await server.enrol(token, name);
      if (status !== 201) throw new Error(`cannot enrol ${name}: ${status} ${text}`);
      return { ...json.agent, credential: json.credential } as EnrolledAgent;
    },
    openControl: (credential) => TestSocket.open(`${running.url}${CONTROL_PATH}`, { authorization: `Bearer ${credential}` }),
    control: async (credential, overrides) => {
      const socket = await server.openControl(credential);
      socket.send(hello(overrides));
      await socket.next('welcome');
      return socket;
    },
    live: ({ token = adminToken, headers = {}, query = '' } = {}) =>
      TestSocket.open(`${running.url}${LIVE_PATH}${query}`, { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers }),
    signIn: async () => {
      const { link } = (await request('POST', '/api/login-links')).json as { link: string };
      const answer = await request('POST', '/api/session', { token: null, json: { link } });
      return answer.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    },
    restart: async (changes = {}, between = () => Promise.resolve()) => {
      await running.close();
      await between(data);
      return serve(data, { ...overrides, ...changes });
    },
    close: async () => {
      await running.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return server;
}

const spool = { epoch: 'e1', pending: 0, pending_bytes: 0, dropped: 0, dead: 0 };
const able = { available: true, tool: 'built-in', version: null, note: null };

/** What an agent says first. */
export function hello(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    version: '1.0.0',
    platform: 'test',
    labels: {},
    capabilities: { ping: able, dns: able, http: able, system: able },
    spool,
    schedule_version: null,
    sent_at: new Date().toISOString(),
    ...overrides,
  };
}

export function heartbeat(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'heartbeat', spool, sent_at: new Date().toISOString(), running: 0, scheduled: 0, ...overrides };
}

/** A result as an agent or a program posts it. */
export function posted(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { started_at: new Date().toISOString(), kind: 'ping', status: 'success', metrics: { rtt_avg_ms: 1.5 }, ...overrides };
}

function send(url: URL, method: string, options: RequestOptions): Promise<Answer> {
  const { token, cookie, json, headers } = options;
  const body = options.body ?? (json === undefined ? undefined : JSON.stringify(json));
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method,
        agent: false,
        headers: {
          ...(token == null ? {} : { authorization: `Bearer ${token}` }),
          ...(cookie === undefined ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson && text !== '' ? JSON.parse(text) : null });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
