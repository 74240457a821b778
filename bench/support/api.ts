/** The public API with one token: what answers other than 2xx throws with the server's own words. */
export class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask(path, {});
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.postText(path, JSON.stringify(body));
  }

  postText<T>(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<T> {
    return this.#ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  }

  async #ask<T>(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<T> {
    const answer = await fetch(new URL(path, this.#url), { ...init, headers: { ...init.headers, authorization: `Bearer ${this.#token}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path}: HTTP ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }
}

/** Everything a fleet of benches needs to exist: agents with their credentials, destinations, one job. */
export interface Fleet {
  readonly agents: readonly { readonly id: number; readonly name: string; readonly credential: string }[];
  readonly destinations: readonly { readonly id: number; readonly name: string }[];
  readonly jobId: number;
}

export interface FleetSize {
  readonly agents: number;
  readonly destinations: number;
}

/** Enrols agents as real ones enrol, and plans a job for them. */
export async function makeFleet(url: string, token: string, size: FleetSize): Promise<Fleet> {
  const api = new Api(url, token);
  const destinations: { id: number; name: string }[] = [];
  for (let i = 1; i <= size.destinations; i++) {
    destinations.push(await api.post('/api/destinations', { name: `destination-${i}`, host: '127.0.0.1' }));
  }
  const job = await api.post<{ id: number }>('/api/jobs', {
    name: 'reachability',
    interval: 60,
    kinds: ['ping'],
    destinations: destinations.map(({ name }) => name),
  });
  const enrolment = await api.post<{ token: string }>('/api/enrollment-tokens', { name: 'fleet', max_uses: size.agents });
  const door = new Api(url, enrolment.token);
  const agents: Fleet['agents'][number][] = [];
  for (let i = 1; i <= size.agents; i++) {
    const { agent, credential } = await door.post<{ agent: { id: number; name: string }; credential: string }>('/api/agent/enrol', {
      name: `agent-${i}`,
      version: '0.0.0',
      platform: 'bench',
    });
    agents.push({ ...agent, credential });
  }
  return { agents, destinations, jobId: job.id };
}
