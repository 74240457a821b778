import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { TachoError } from '../model/errors.ts';
import type { Labels } from '../model/labels.ts';
import { backoffMs } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { Random } from '../util/random.ts';
import { enrol } from './enrol.ts';
import type { HttpClient } from './http-client.ts';
import { enrolmentNonce, forgetEnrolmentNonce, identityPath, readIdentity, writeIdentity, type Identity } from './identity.ts';
import type { Log } from './log.ts';
import { parseServerUrl } from './server-url.ts';

const BACKOFF = { baseMs: 500, capMs: 60_000 };

/** What finding out who this agent is takes. */
export interface Identifying {
  /** Base URL; null takes the one the agent enrolled with. */
  readonly server: string | null;
  /** Reads the enrolment token; asked for only where the agent has no identity yet. */
  readonly readToken: () => Promise<string | null>;
  readonly name: string | null;
  readonly labels: Labels;
  readonly dir: string;
  readonly allowPlainHttp: boolean;
  readonly version: string;
  readonly log: Log;
  readonly http: HttpClient;
  readonly platform: string;
  readonly clock: Clock;
  readonly random: Random;
}

interface Identified {
  readonly identity: Identity;
  readonly server: URL;
  /** Where the server was before; null where it is where it was. */
  readonly movedFrom: string | null;
}

/** The kept identity, or a new one; null where it was aborted before there was one. */
export async function identify(options: Identifying, signal: AbortSignal): Promise<Identified | null> {
  const { dir, allowPlainHttp, log } = options;
  const kept = await readIdentity(dir);
  const text = options.server ?? kept?.server;
  if (text === undefined) throw new TachoError('invalid_request', 'missing server: expected --server URL, or TACHO_SERVER');
  const server = parseServerUrl(text, { allowPlainHttp });
  if (kept !== null) {
    await forgetEnrolmentNonce(dir);
    const movedFrom = server.href === kept.server ? null : kept.server;
    return { identity: { ...kept, server: server.href }, server, movedFrom };
  }
  const token = await options.readToken();
  if (token === null) {
    throw new TachoError(
      'unauthenticated',
      `this agent is not enrolled (${identityPath(dir)} is not there): expected an enrolment token from --token-file`,
    );
  }
  const identity = await enrolPatiently({ ...options, server, token, nonce: await enrolmentNonce(dir) }, signal);
  if (identity === null) return null;
  await writeIdentity(dir, identity);
  await forgetEnrolmentNonce(dir);
  log.info({ agent: identity.name, id: identity.agentId, server: server.href }, 'enrolled');
  return { identity, server, movedFrom: null };
}

/** Enrols, waiting for a server that is not there yet. A refusal is final. */
async function enrolPatiently(
  options: Omit<Identifying, 'server'> & { server: URL; token: string; nonce: string },
  signal: AbortSignal,
): Promise<Identity | null> {
  const { clock, random, log } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await enrol({ ...options, hostName: hostname() }, signal);
    } catch (error) {
      if (error instanceof TachoError && !['unavailable', 'internal', 'rate_limited'].includes(error.code)) throw error;
      const waitMs = backoffMs(attempt, BACKOFF, random);
      log.warn({ err: error, waitMs }, 'cannot enrol yet; trying again');
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }
  return null;
}

/** Marks the spool's results as this enrolment's; from the credential, because ids repeat between servers. */
export function ownerOf({ credential }: Identity): string {
  return createHash('sha256').update(`spool:${credential}`).digest('hex').slice(0, 16);
}
