import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { WebSocketServer, type WebSocket } from 'ws';
import * as z from 'zod';
import { resultInput, type ResultInput } from '../../src/model/result.ts';
import { batchInput, RESULTS_PATH, type BatchAnswer, type Refusal } from '../../src/protocol/batch.ts';
import {
  agentMessage,
  closeCodes,
  CONTROL_PATH,
  ENROL_PATH,
  enrolRequest,
  serverMessage,
  type AgentMessage,
  type Assignment,
  type ServerMessage,
} from '../../src/protocol/messages.ts';

/** What a fault makes of a request: a plain answer, or a connection that breaks. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Breaks the connection before anything is stored. */
  | 'drop'
  /** Stores, and breaks the connection before the answer. */
  | 'drop_answer';

export interface LedgerLine {
  readonly epoch: string;
  readonly seq: number;
  readonly result: ResultInput;
}

export interface SeenBatch {
  readonly results: number;
  readonly bytes: number;
  readonly firstSeq: number;
  readonly clockOffsetMs: number | null;
}

export interface FakeServerOptions {
  readonly heartbeatMs?: number;
  readonly tokens?: readonly string[];
  /** What its clock says beyond ours. */
  readonly clockAheadMs?: number;
  /** Header lines that its answer to an upgrade has besides. */
  readonly upgradeHeaders?: readonly string[];
}

/** A server for agents' tests: the real protocol on loopback, with a mark per epoch and a ledger of what it acknowledged. */
export class FakeServer {
  /** What was acknowledged, in the order it came. */
  readonly ledger: LedgerLine[] = [];
  readonly batches: SeenBatch[] = [];
  readonly messages: AgentMessage[] = [];
  readonly enrolled = new Map<string, { id: number; name: string; revoked: boolean }>();
  readonly takenNames = new Set<string>();
  /** Close codes the agents sent. */
  readonly closeCodes: number[] = [];
  /** Called for every post, with its number and body; an answer other than null takes its place. */
  fault: (post: number, body: string) => Fault | null = () => null;
  /** Called for every result; a refusal keeps it out of the ledger. */
  refuse: (result: unknown) => Pick<Refusal, 'code' | 'message'> | null = () => null;
  /** Whether heartbeats are answered. */
  answersHeartbeats = true;
  connections = 0;
  posts = 0;
  duplicates = 0;
  readonly #options: FakeServerOptions;
  readonly #marks = new Map<string, number>();
  readonly #tokens: Set<string>;
  readonly #sockets = new Set<Socket>();
  readonly #controls = new Set<WebSocket>();
  /** What carries the control connections. */
  readonly #carriers = new Set<Duplex>();
  #schedule: { version: string; assignments: readonly Assignment[] } | null = null;
  #http: Server | null = null;
  #ws: WebSocketServer | null = null;
  #port = 0;

  constructor(options: FakeServerOptions = {}) {
    this.#options = options;
    this.#tokens = new Set(options.tokens ?? ['enrol-me']);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get connected(): number {
    return this.#controls.size;
  }

  /** Listens, on the same port as before. */
  async start(): Promise<this> {
    const http = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    const ws = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    ws.on('headers', (headers) => headers.push(...(this.#options.upgradeHeaders ?? [])));
    http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    http.on('upgrade', (request, socket, head) => {
      const agent = this.#agentOf(request);
      if (request.url !== CONTROL_PATH || agent === undefined) {
        socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
        return;
      }
      this.#carriers.add(socket);
      socket.on('close', () => this.#carriers.delete(socket));
      ws.handleUpgrade(request, socket, head, (control) => this.#control(control, agent));
    });
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#ws = ws;
    return this;
  }

  /** Gone at once, as if killed; what it acknowledged it still knows when it is started again. */
  async stop(): Promise<void> {
    const http = this.#http;
    this.#http = null;
    this.#ws?.close();
    const closed = new Promise((resolve) => (http === null ? resolve(null) : http.close(resolve)));
    this.dropConnections();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  setSchedule(assignments: readonly Assignment[]): void {
    this.#schedule = { version: randomUUID(), assignments };
    for (const control of this.#controls)
      this.#send(control, {
        type: 'schedule',
        schedule: { ...this.#schedule, assignments: [...assignments], breaker: null, budget_mb_per_day: null },
      });
  }

  /** Ends every control connection with a code. */
  kick(code: number, reason = ''): void {
    for (const control of this.#controls) control.close(code, reason);
  }

  revoke(): void {
    for (const agent of this.enrolled.values()) agent.revoked = true;
    this.kick(closeCodes.revoked, 'this agent was revoked');
  }

  runNow(jobIds: number[]): void {
    for (const control of this.#controls) this.#send(control, { type: 'run_now', job_ids: jobIds });
  }

  /** Sends a text that may be no message at all. */
  sendRaw(text: string): void {
    for (const control of this.#controls) control.send(text);
  }

  /** Sends bytes that may be no frame at all. */
  sendBytes(bytes: Buffer): void {
    for (const carrier of this.#carriers) carrier.write(bytes);
  }

  #now(): number {
    return Date.now() + (this.#options.clockAheadMs ?? 0);
  }

  #agentOf(request: IncomingMessage): { id: number; name: string; revoked: boolean } | undefined {
    return this.enrolled.get(bearerOf(request));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    if (request.url === ENROL_PATH) this.#enrol(request, response, body.toString());
    else if (request.url === RESULTS_PATH) this.#take(request, response, body.toString());
    else answer(response, 404, errorOf('not_found', 'no such route'));
  }

  #enrol(request: IncomingMessage, response: ServerResponse, body: string): void {
    if (!this.#tokens.has(bearerOf(request))) {
      answer(response, 401, errorOf('unauthenticated', 'unknown enrolment token'));
      return;
    }
    const { name } = enrolRequest.parse(JSON.parse(body));
    if (this.takenNames.has(name)) {
      answer(response, 409, errorOf('name_taken', `there is an agent called ${name}`));
      return;
    }
    const credential = `agent-${randomUUID()}`;
    const agent = { id: this.enrolled.size + 1, name, revoked: false };
    this.takenNames.add(name);
    this.enrolled.set(credential, agent);
    answer(response, 201, { agent: { id: agent.id, name }, credential });
  }

  #take(request: IncomingMessage, response: ServerResponse, body: string): void {
    this.posts += 1;
    const agent = this.#agentOf(request);
    if (agent === undefined || agent.revoked) {
      answer(response, 401, errorOf('unauthenticated', 'unknown credential'));
      return;
    }
    const fault = this.fault(this.posts, body);
    if (fault === 'drop') {
      response.destroy();
      return;
    }
    if (fault !== null && fault !== 'drop_answer') {
      response.writeHead(fault.status, fault.headers);
      response.end(fault.body ?? '');
      return;
    }
    const answered = this.#store(agent.id, body);
    if (fault === 'drop_answer') response.destroy();
    else answer(response, 200, answered);
  }

  #store(agentId: number, body: string): BatchAnswer {
    const batch = batchInput.parse(JSON.parse(body));
    const epoch = batch.epoch ?? '';
    const key = `${agentId} ${epoch}`;
    const refused: Refusal[] = [];
    let mark = this.#marks.get(key) ?? 0;
    let stored = 0;
    let duplicates = 0;
    let last = 0;
    batch.results.forEach((posted, index) => {
      const seq = Number((posted as { seq?: unknown }).seq);
      if (!(seq > last)) throw new Error(`out of order: ${seq} after ${last}`);
      if (last === 0)
        this.batches.push({ results: batch.results.length, bytes: body.length, firstSeq: seq, clockOffsetMs: batch.clock_offset_ms ?? null });
      last = seq;
      const parsed = resultInput.safeParse(posted);
      const refusal = parsed.success ? this.refuse(posted) : { code: 'invalid_result' as const, message: parsed.error.message };
      if (refusal !== null || !parsed.success) refused.push({ index, seq, ...(refusal ?? { code: 'invalid_result', message: '' }) });
      else if (seq <= mark) duplicates += 1;
      else {
        stored += 1;
        this.ledger.push({ epoch, seq, result: parsed.data });
      }
    });
    mark = Math.max(mark, last);
    this.#marks.set(key, mark);
    this.duplicates += duplicates;
    return { stored, duplicates, refused, acknowledged: last };
  }

  #control(control: WebSocket, agent: { id: number; name: string; revoked: boolean }): void {
    this.connections += 1;
    this.#controls.add(control);
    control.on('close', (code) => {
      this.#controls.delete(control);
      this.closeCodes.push(code);
    });
    control.on('error', () => undefined);
    control.on('message', (data: Buffer) => {
      const message = agentMessage.parse(JSON.parse(data.toString()));
      this.messages.push(message);
      if (message.type === 'heartbeat') {
        if (this.answersHeartbeats) this.#send(control, { type: 'heartbeat_ack', echo: message.sent_at, server_at: this.#now() });
        return;
      }
      if (message.type !== 'hello') return;
      if (agent.revoked) {
        control.close(closeCodes.revoked, 'this agent was revoked');
        return;
      }
      this.#send(control, {
        type: 'welcome',
        agent: { id: agent.id, name: agent.name },
        server_version: '0.0.0-fake',
        heartbeat_ms: this.#options.heartbeatMs ?? 1000,
        echo: message.sent_at,
        server_at: this.#now(),
      });
      const schedule = this.#schedule;
      if (schedule !== null && message.schedule_version !== schedule.version) {
        this.#send(control, {
          type: 'schedule',
          schedule: { version: schedule.version, assignments: [...schedule.assignments], breaker: null, budget_mb_per_day: null },
        });
      }
    });
  }

  #send(control: WebSocket, message: ServerMessage): void {
    control.send(JSON.stringify(z.encode(serverMessage, message)));
  }
}

function bearerOf(request: IncomingMessage): string {
  return (request.headers.authorization ?? '').replace(/^Bearer /, '');
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function errorOf(code: string, message: string): object {
  return { error: { code, message } };
}
