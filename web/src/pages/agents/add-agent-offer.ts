import * as z from 'zod';
import type { Agent } from '../../../../src/model/agent.ts';
import { formatInstant } from '../../../../src/model/instant.ts';
import { AGENT_MANIFEST_PATH, agentManifest, installLine, targetName } from '../../../../src/protocol/agent-install.ts';
import { ApiError } from '../../api/api-error.ts';
import type { ApiClient } from '../../api/client.ts';

/** A shell keeps what is pasted in its history: by the time that somebody finds it there, the token is of no use. */
const VALID_MS = 3_600_000;

/** One line for one machine. */
export interface AgentOffer {
  /** Secret: a single-use token is in it. */
  readonly line: string;
  readonly serverUrl: string;
  readonly expiresAt: number;
  /** The machines that need no Node.js of their own; null for none. */
  readonly runtime: string | null;
  /** The name that was asked for; null for the machine's own. */
  readonly name: string | null;
  /** Agents that were there before. */
  readonly known: ReadonlySet<number>;
}

interface OfferOptions {
  /** Empty for the machine's own. */
  readonly name: string;
  readonly agents: readonly Agent[];
  readonly now: number;
}

const secret = z.object({ token: z.string() });

/**
 * Makes a token that is good once and for an hour, and the line that it goes into. Where the server gives the agent
 * out to nobody, it says why before there is a token.
 */
export async function offerAgent(client: ApiClient, { name, agents, now }: OfferOptions): Promise<AgentOffer> {
  if (name !== '' && agents.some((agent) => agent.name === name))
    throw new ApiError('name_taken', `there is an agent of that name: "${name}"`, { status: 409 });
  const { server_url: serverUrl, runtime } = await client.ask(AGENT_MANIFEST_PATH, agentManifest);
  const expiresAt = now + VALID_MS;
  const wanted = name === '' ? null : name;
  const { token } = await client.ask('/api/enrollment-tokens', secret, {
    method: 'POST',
    body: { name: wanted ?? 'new agent', max_uses: 1, expires_at: formatInstant(expiresAt) },
  });
  return {
    line: installLine({ serverUrl, token, name: wanted }),
    serverUrl,
    expiresAt,
    runtime: runtime === null ? null : targetName(runtime),
    name: wanted,
    known: new Set(agents.map(({ id }) => id)),
  };
}

/** The agent that the offer was for, once it is here. */
export function arrived({ name, known }: Pick<AgentOffer, 'name' | 'known'>, agents: readonly Agent[]): Agent | null {
  return agents.find((agent) => !known.has(agent.id) && agent.state !== 'external' && (name === null || agent.name === name)) ?? null;
}

/** Whether the line can be of use on this very machine only. */
export function isOwnMachine(serverUrl: string): boolean {
  return /^https?:\/\/(127\.|localhost\b|\[::1\])/.test(serverUrl);
}
