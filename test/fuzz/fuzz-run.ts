import { gzipSync } from 'node:zlib';
import { hello, type TestServer } from '../support/server.ts';
import { inPath, type Packing } from './envelope.ts';
import { writeJson } from './json.ts';
import { complaint } from './leaks.ts';
import { Later, Memory, type Remembered } from './memory.ts';
import { routeTitles, type MadeRequest } from './requests.ts';
import { passwords } from './schema-values.ts';
import type { Client, ReceivedAnswer, SentRequest } from './send.ts';

export interface FuzzReport {
  readonly sent: number;
  readonly byStatus: ReadonlyMap<number, number>;
  /** Routes of the document that answered with success. */
  readonly reached: ReadonlySet<string>;
  readonly total: number;
  /** Requests without a whole answer: of a body too large for the server to wait for, of a HEAD that is no HTTP. */
  readonly cut: number;
}

/** Beyond this the server may hang up while the body still comes, and the answer is lost with the connection. */
const DEFAULT_BODY_LIMIT = 1_048_576;

/** The limit on failures forgets them in this time. */
const FORGIVEN_MS = 60_000;

interface Own {
  readonly memory: Memory;
  readonly tokens: Readonly<Record<'admin' | 'write' | 'read', string>>;
  /** Of the tokens that the run itself lives by, the last. */
  readonly lastToken: number;
}

type Json = Readonly<Record<string, unknown>>;

/** A server, and what the requests so far have made of it. */
export class FuzzRun {
  readonly #server: TestServer;
  readonly #client: Client;
  readonly #own: Own;
  readonly #byStatus = new Map<number, number>();
  readonly #reached = new Set<string>();
  #sent = 0;
  #cut = 0;

  private constructor(server: TestServer, client: Client, own: Own) {
    this.#server = server;
    this.#client = client;
    this.#own = own;
  }

  static async start(server: TestServer, client: Client): Promise<FuzzRun> {
    const memory = new Memory(() => server.clock.now());
    for (const name of ['fuzzed-one', 'fuzzed-two']) {
      const { credential, id } = await server.agent(name);
      memory.note('agent', id);
      memory.note('agent', name);
      memory.noteSecret('credential', credential);
      await server.control(credential, hello());
    }
    const write = await server.token('write');
    const read = await server.token('read');
    return new FuzzRun(server, client, { memory, tokens: { admin: server.adminToken, write: write.token, read: read.token }, lastToken: read.id });
  }

  get report(): FuzzReport {
    return { sent: this.#sent, byStatus: this.#byStatus, reached: this.#reached, total: routeTitles.length, cut: this.#cut };
  }

  /** @throws {Error} naming the request and what is wrong with its answer */
  async ask(made: MadeRequest): Promise<void> {
    this.#sent += 1;
    const request = this.#compose(made);
    const blame = (what: string): Error => new Error(`${describe(request, made)}\n${what}`);
    let answer: ReceivedAnswer;
    try {
      answer = await this.#client.send(request);
    } catch (error) {
      const isLarge = (request.body?.length ?? 0) > DEFAULT_BODY_LIMIT;
      // What is no HTTP is refused before anything knows the method: with a body, at which a client that sent HEAD stops.
      const isUnread = made.method === 'HEAD' && (error as NodeJS.ErrnoException).code === 'HPE_CLOSED_CONNECTION';
      if (isLarge || isUnread) {
        this.#cut += 1;
        return;
      }
      throw blame(`got no answer: ${(error as Error).message}`);
    }
    const { status, text, headers } = answer;
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
    if (status === 429) this.#server.clock.pass(FORGIVEN_MS);
    const title = `${made.method} ${made.template ?? ''}`;
    const wrong = complaint(
      {
        method: made.method,
        documentPath: made.template === null || made.id === '' ? pathFor(request.path) : made.template.replace('{id}', 'x'),
        status,
        contentType: headers['content-type'] ?? '',
        text,
        handsOutSecrets: handOut[title] !== undefined,
      },
      { data: this.#server.data, secrets: this.#own.memory.secrets, passwords },
    );
    if (wrong !== null) throw blame(wrong);
    if (this.#server.log.length > 0) throw blame(`the server's log: ${this.#server.log.join('')}`);
    if (made.template === null || status >= 300) return;
    if (routeTitles.includes(title)) this.#reached.add(title);
    this.#remember(title, answer);
  }

  /** @throws {Error} where the server is not what it was */
  async finish(): Promise<void> {
    const { status, json } = await this.#server.request('GET', '/api/health');
    if (status !== 200) throw new Error(`the server is not well after the run: ${JSON.stringify(json)}`);
    for (const path of ['/api/agents', '/api/destinations', '/api/jobs', '/api/tokens', '/api/results?limit=1000', '/metrics']) {
      const answer = await this.#server.request('GET', path);
      if (answer.status !== 200) throw new Error(`${path} answers ${answer.status} after the run: ${answer.text.slice(0, 300)}`);
    }
    if (this.#server.log.length > 0) throw new Error(`the server's log: ${this.#server.log.join('')}`);
  }

  #compose(made: MadeRequest): SentRequest {
    const { memory } = this.#own;
    const known = (value: unknown): string =>
      value instanceof Later ? String(memory.recall(value)) : typeof value === 'string' ? value : writeJson(value, memory);
    const query = [
      ...made.query.map(([key, value]) => `${inPath(key)}=${inPath(known(value))}`),
      ...(made.rawQuery === '' ? [] : [made.rawQuery]),
    ].join('&');
    const id = made.id === null ? '' : this.#spared(made, known(made.id));
    const path = `${made.path.replace('{id}', () => inPath(id))}${query === '' ? '' : `?${query}`}`;
    const body = made.body === undefined || made.packing === 'none' ? null : packed(writeJson(made.body, memory), made.packing);
    const headers: Record<string, string> = {
      ...this.#sender(made),
      ...(body === null ? {} : { 'content-length': String(body.length), ...(made.contentType === null ? {} : { 'content-type': made.contentType }) }),
      ...(body !== null && made.packing.startsWith('gzip') ? { 'content-encoding': 'gzip' } : {}),
      ...(body !== null && made.packing === 'deflate' ? { 'content-encoding': 'deflate' } : {}),
      ...made.headers,
    };
    return { url: this.#server.url, method: made.method, path, headers, body };
  }

  /** The id itself, unless the request would end the run by revoking what it lives by. */
  #spared({ template }: MadeRequest, id: string): string {
    return template === '/api/tokens/{id}' && Number(id) >= 1 && Number(id) <= this.#own.lastToken ? '4242' : id;
  }

  #sender({ sender, oddAuthorization }: MadeRequest): Record<string, string> {
    const { tokens, memory } = this.#own;
    const remembered = (what: Remembered): string => String(memory.recall(new Later(what, this.#sent % 5)));
    const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
    if (sender === 'nobody') return {};
    if (sender === 'odd') return { authorization: oddAuthorization };
    if (sender === 'browser') return { cookie: remembered('cookie'), origin: this.#server.url };
    if (sender === 'agent') return bearer(remembered('credential'));
    if (sender === 'enrolment') return bearer(remembered('enrolment'));
    if (sender === 'other-token') return bearer(remembered('token'));
    return bearer(tokens[sender]);
  }

  #remember(title: string, { text, headers }: ReceivedAnswer): void {
    const { memory } = this.#own;
    const cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    if (cookie.length > 'tacho_session='.length) memory.noteSecret('cookie', cookie);
    if (!(headers['content-type'] ?? '').startsWith('application/json') || text === '') return;
    const answer = JSON.parse(text) as Json;
    handOut[title]?.(memory, answer);
    const family = /^\w+ \/api\/(agents|destinations|jobs|results)\b/.exec(title)?.[1];
    if (family === undefined) return;
    memory.note('cursor', answer['next']);
    const what = family.slice(0, -1) as 'agent' | 'destination' | 'job' | 'result';
    for (const item of Array.isArray(answer['items']) ? (answer['items'] as Json[]).slice(-5) : [answer]) {
      memory.note(what, item['id']);
      memory.note(what, item['name']);
    }
  }
}

/** Routes that hand out a secret, and what of it is remembered. */
const handOut: Readonly<Record<string, (memory: Memory, answer: Json) => void>> = {
  'POST /api/tokens': (memory, answer) => {
    memory.note('token_id', answer['id']);
    memory.noteSecret('token', answer['token']);
  },
  'POST /api/enrollment-tokens': (memory, answer) => {
    memory.note('enrolment_id', answer['id']);
    memory.noteSecret('enrolment', answer['token']);
  },
  'POST /api/login-links': (memory, answer) => memory.noteSecret('link', answer['link']),
  'POST /api/agent/enrol': (memory, answer) => {
    memory.note('agent', (answer['agent'] as Json)['id']);
    memory.note('agent', (answer['agent'] as Json)['name']);
    memory.noteSecret('credential', answer['credential']);
  },
};

function packed(text: string, packing: Packing): Buffer {
  const plain = Buffer.from(text);
  if (packing === 'gzip') return gzipSync(plain);
  if (packing === 'gzip-cut') return gzipSync(plain).subarray(0, -9);
  if (packing === 'cut') return plain.subarray(0, Math.floor(plain.length * 0.7));
  if (packing === 'trailing') return Buffer.from(`${text},`);
  if (packing === 'bom') return Buffer.from(`\ufeff${text}`);
  if (packing === 'padded') return Buffer.from(`${' '.repeat(DEFAULT_BODY_LIMIT + 1)}${text}`);
  if (packing === 'bytes') return Buffer.concat([plain.subarray(0, 20), Buffer.from([0xff, 0xfe, 0x00, 0xc0, 0x80, 0xed, 0xa0, 0x80])]);
  return plain;
}

/** Some path for the document to look up, where the line held none that a URL can be made of. */
function pathFor(path: string): string {
  return path.startsWith('/') && URL.canParse(path, 'http://localhost') ? path : '/';
}

function describe({ method, path, headers, body }: SentRequest, { sender, packing }: MadeRequest): string {
  const shown = Object.entries(headers).filter(([name]) => name !== 'authorization' && name !== 'cookie');
  const text = body === null ? 'none' : `${packing}, ${body.length} bytes: ${body.toString('utf8').slice(0, 1500)}`;
  return `${method} ${path.slice(0, 1000)} from ${sender}\nheaders: ${JSON.stringify(Object.fromEntries(shown)).slice(0, 500)}\nbody: ${text}`;
}
