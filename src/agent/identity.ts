import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { problemsOf, TachoError } from '../model/errors.ts';
import { makePrivateDirectory, readFileIfThere, writeFileAtomic } from './atomic-file.ts';

const identity = z.object({
  server: z.url(),
  agent_id: z.int().positive(),
  name: z.string().min(1),
  credential: z.string().min(1),
});

/** Who this agent is to its server. */
export interface Identity {
  /** Base URL of the server. */
  readonly server: string;
  readonly agentId: number;
  readonly name: string;
  /** Secret. */
  readonly credential: string;
}

export function identityPath(dir: string): string {
  return join(dir, 'identity.json');
}

/** The identity kept in the directory, or null where there never was one. A broken one is an error: enrolling anew would make a second agent. */
export async function readIdentity(dir: string): Promise<Identity | null> {
  const path = identityPath(dir);
  const text = await readFileIfThere(path);
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw broken(path, 'is not JSON', error);
  }
  const parsed = identity.safeParse(json);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error);
    throw broken(path, `${problem?.path ?? ''}: ${problem?.message ?? 'does not fit'}`, parsed.error);
  }
  const { server, agent_id: agentId, name, credential } = parsed.data;
  return { server, agentId, name, credential };
}

export async function writeIdentity(dir: string, { server, agentId, name, credential }: Identity): Promise<void> {
  await makePrivateDirectory(dir);
  const wire: z.input<typeof identity> = { server, agent_id: agentId, name, credential };
  await writeFileAtomic(identityPath(dir), `${JSON.stringify(wire, null, 2)}\n`);
}

/** What makes an enrolment the same one when it is asked for again, also by the next process: kept until it has succeeded. */
export async function enrolmentNonce(dir: string): Promise<string> {
  const path = noncePath(dir);
  const kept = (await readFileIfThere(path))?.trim();
  if (kept !== undefined && /^[A-Za-z0-9_-]{43}$/.test(kept)) return kept;
  const nonce = randomBytes(32).toString('base64url');
  await writeFileAtomic(path, `${nonce}\n`);
  return nonce;
}

/** The next enrolment in the directory is another agent's. */
export async function forgetEnrolmentNonce(dir: string): Promise<void> {
  await rm(noncePath(dir), { force: true });
}

function noncePath(dir: string): string {
  return join(dir, 'enrolling');
}

function broken(path: string, why: string, cause: unknown): TachoError {
  return new TachoError(
    'conflict',
    `broken identity file ${path}: ${why}; restore it from a copy, or remove it and start with an enrolment token to become a new agent`,
    { cause },
  );
}
