import { errorBody, TachoError } from '../model/errors.ts';
import type { Labels } from '../model/labels.ts';
import { ENROL_PATH, enrolResponse, type EnrolRequest } from '../protocol/messages.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import type { Identity } from './identity.ts';
import { apiUrl } from './server-url.ts';

/** How many names (host, host-2, ...) are tried before giving up. */
const MOST_NAMES = 50;
const TIMEOUT_MS = 15_000;

export interface EnrolOptions {
  readonly http: HttpClient;
  readonly server: URL;
  /** Secret: the enrolment token. */
  readonly token: string;
  /** Secret: the same in each attempt of this agent. */
  readonly nonce: string;
  /** The name the operator gave; null takes the host's. */
  readonly name: string | null;
  readonly hostName: string;
  readonly labels: Labels;
  readonly version: string;
  readonly platform: string;
}

/** Turns an enrolment token into an identity of the agent's own. */
export async function enrol(options: EnrolOptions, signal: AbortSignal): Promise<Identity> {
  const { http, server, token, nonce, name, hostName, labels, version, platform } = options;
  const base = name ?? agentNameOf(hostName);
  for (let attempt = 1; attempt <= MOST_NAMES; attempt++) {
    const wanted = attempt === 1 ? base : `${base}-${attempt}`;
    const request: EnrolRequest = { name: wanted, labels, version, platform, nonce };
    const answer = await http.post({
      url: apiUrl(server, ENROL_PATH),
      bearer: token,
      body: Buffer.from(JSON.stringify(request)),
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300) {
      const { agent, credential } = parseAnswer(answer, server);
      return { server: server.href, agentId: agent.id, name: agent.name, credential };
    }
    const error = errorOf(answer, server);
    if (error.code !== 'name_taken') throw error;
    if (name !== null) {
      throw new TachoError('name_taken', `the server already has an agent named "${name}": give another with --name, or remove that one first`);
    }
  }
  throw new TachoError('name_taken', `the server already has agents named "${base}" to "${base}-${MOST_NAMES}": give a name with --name`);
}

/** The host's name as an agent's name: without its domain, and never digits only. */
function agentNameOf(hostName: string): string {
  const short = hostName.split('.')[0]?.trim() ?? '';
  if (short === '') return 'agent';
  return /^\d+$/.test(short) ? `agent-${short}` : short;
}

function parseAnswer(answer: HttpAnswer, server: URL): { agent: { id: number; name: string }; credential: string } {
  const parsed = enrolResponse.safeParse(parseJson(answer.text));
  if (!parsed.success) throw new TachoError('unavailable', `unexpected answer from ${server.href}: expected an enrolment, got something else`);
  return parsed.data;
}

function errorOf(answer: HttpAnswer, server: URL): TachoError {
  const parsed = errorBody.safeParse(parseJson(answer.text));
  if (!parsed.success) {
    return new TachoError('unavailable', `cannot enrol with ${server.href}: expected an answer of a Tachograph server, got HTTP ${answer.status}`);
  }
  const { code, message } = parsed.data.error;
  return new TachoError(code, `cannot enrol with ${server.href}: ${message}`, { details: parsed.data.error.details });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
