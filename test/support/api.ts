import { request } from 'node:http';
import { ENROL_PATH } from '../../src/protocol/messages.ts';

/** How long an answer may take on a busy machine. */
const TIMEOUT_MS = 20_000;

/** What the API answered. */
export interface ApiAnswer {
  readonly status: number;
  // The very thing tests look into.
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** How a request reaches the server: over this machine's network, unless it is somewhere else. */
export type Fetch = (url: string, init: ApiRequest) => Promise<ApiAnswer>;

export interface ApiRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const overNetwork: Fetch = async (url, init) => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
};

/** Reaches a server through a Unix socket, which network namespaces do not divide. */
export function overSocket(socketPath: string): Fetch {
  return (url, init) => ask(url, init, { socketPath });
}

function ask(url: string, { body, ...init }: ApiRequest, where: { readonly socketPath?: string }): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { ...init, ...where, signal: AbortSignal.timeout(TIMEOUT_MS), agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) }));
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Opens a connection for each request: one that is kept is closed early by a server whose clock runs faster than ours. */
export const overFreshConnections: Fetch = (url, init) => ask(url, init, {});

/** The public API, as a program would use it. */
export class Api {
  readonly #url: string;
  readonly #token: string;
  readonly #fetch: Fetch;

  constructor(url: string, token: string, fetch = overNetwork) {
    this.#url = url;
    this.#token = token;
    this.#fetch = fetch;
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> {
    return this.#ask(`${path}?${new URLSearchParams(query).toString()}`, { method: 'GET' });
  }

  post(path: string, body: unknown): Promise<ApiAnswer> {
    return this.#ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  /** The body of an answer that must be good. */
  async created(path: string, body: unknown): Promise<ApiAnswer['body']> {
    const answer = await this.post(path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: expected 201, got ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Every item of a list, page after page. */
  async all(path: string, query: Readonly<Record<string, string>> = {}): Promise<ApiAnswer['body'][]> {
    const items: ApiAnswer['body'][] = [];
    for (let cursor: string | null = null; ;) {
      const { status, body } = await this.get(path, { limit: '1000', ...query, ...(cursor === null ? {} : { cursor }) });
      if (status !== 200) throw new Error(`GET ${path}: expected 200, got ${status}: ${JSON.stringify(body)}`);
      items.push(...body.items);
      cursor = body.next;
      if (cursor === null) return items;
    }
  }

  /** A secret with which agents enrol. */
  async enrolmentToken(name: string): Promise<string> {
    return (await this.created('/api/enrollment-tokens', { name, max_uses: null })).token;
  }

  /** An agent's own credential and id. */
  async enrol(name: string, token: string): Promise<{ id: number; credential: string }> {
    const { agent, credential } = await new Api(this.#url, token, this.#fetch).created(ENROL_PATH, { name, version: 'test', platform: 'test' });
    return { id: agent.id, credential };
  }

  #ask(path: string, { headers = {}, ...init }: Omit<ApiRequest, 'headers'> & Partial<ApiRequest>): Promise<ApiAnswer> {
    return this.#fetch(`${this.#url}${path}`, { ...init, headers: { ...headers, authorization: `Bearer ${this.#token}` } });
  }
}
