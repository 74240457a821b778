import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import type * as z from 'zod';
import { errorCatalogue, type ErrorCode } from '../../src/model/errors.ts';
import type { liveMessage } from '../../src/protocol/live.ts';
import type { FakeFleet } from './fake-fleet.ts';

/** The content security policy of the real server: what breaks under it must break here. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Serves a built dashboard and answers its questions from a fleet in memory, on loopback. */
export class FakeApi {
  readonly #fleet: FakeFleet;
  readonly #dist: string;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #links = new Set<string>();
  #sessionGood = false;
  /** Answers nothing but 503 while true, and takes no socket. */
  broken = false;

  constructor(fleet: FakeFleet, dist: string) {
    this.#fleet = fleet;
    this.#dist = dist;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#sockets = new WebSocketServer({ noServer: true });
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.broken || !this.#signedIn(request)) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (browser) => {
        this.#greet(browser);
      });
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  /** A link that signs in once. */
  link(secret: string): string {
    this.#links.add(secret);
    return `/login#${secret}`;
  }

  say(message: z.input<typeof liveMessage>): void {
    for (const browser of this.#sockets.clients) browser.send(JSON.stringify(message));
  }

  /** Ends every live connection: 1012 as on a restart, 4401 where the session is over. */
  disconnect(code: number): void {
    for (const browser of this.#sockets.clients) browser.close(code);
  }

  endSession(): void {
    this.#sessionGood = false;
    this.disconnect(4401);
  }

  async close(): Promise<void> {
    for (const browser of this.#sockets.clients) browser.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #greet(browser: WebSocket): void {
    const first: z.input<typeof liveMessage>[] = [
      { type: 'hello', server_version: '0.1.0', stream: 's', seq: 0, resumed: false },
      { type: 'snapshot', topic: 'agents', seq: 0, items: this.#fleet.agents() },
    ];
    for (const message of first) browser.send(JSON.stringify(message));
  }

  #signedIn(request: IncomingMessage): boolean {
    return this.#sessionGood && (request.headers.cookie ?? '').includes('tacho_session=yes');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    response.setHeader('content-security-policy', POLICY);
    if (!url.pathname.startsWith('/api/')) {
      await this.#file(url.pathname, response);
      return;
    }
    if (this.broken) refuse(response, 'unavailable', 'the server is stopping');
    else if (request.method === 'POST' && url.pathname === '/api/session') await this.#signIn(request, response);
    else if (url.pathname === '/api/health') json(response, this.#fleet.health());
    else if (url.pathname === '/api/sign-in') json(response, { password: false });
    else if (!this.#signedIn(request)) refuse(response, 'unauthenticated', 'no valid session came with the request');
    else if (request.method === 'DELETE' && url.pathname === '/api/session') {
      this.#sessionGood = false;
      response.writeHead(204).end();
    } else {
      const answer = this.#fleet.answer(url);
      if (answer === undefined) refuse(response, 'not_found', `no route ${url.pathname}`);
      else json(response, answer);
    }
  }

  async #signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { link } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { link: string };
    if (!this.#links.delete(link)) {
      refuse(response, 'gone', 'the link was used up or has expired');
      return;
    }
    this.#sessionGood = true;
    response.setHeader('set-cookie', 'tacho_session=yes; HttpOnly; SameSite=Strict; Path=/');
    json(response, this.#fleet.session());
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = extname(path) === '' ? '/index.html' : path;
    try {
      const bytes = await readFile(join(this.#dist, normalize(name)));
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: ErrorCode, message: string): void {
  response.writeHead(errorCatalogue[code].status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code, message } }));
}
