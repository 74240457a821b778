import { createHash } from 'node:crypto';
import { TachoError } from '../model/errors.ts';
import type { EnrolRequest, EnrolResponse } from '../protocol/messages.ts';
import type { ControlStore } from '../store/control/control-store.ts';
import type { Clock } from '../util/clock.ts';
import { hashSecret, makeSecret } from './auth/secrets.ts';
import type { FailureLimiter } from './auth/rate-limit.ts';

export interface Enrolment {
  /** @throws {TachoError} unauthenticated, gone, name_taken, rate_limited */
  enrol(request: EnrolRequest, bearer: string | null, address: string): Promise<EnrolResponse>;
}

/**
 * Turns enrolment tokens into agents, an agent that asks again with its nonce into the one that it already is. A wrong token counts as a failure
 * of the address it came from.
 */
export function createEnrolment({ control, clock, limiter }: { control: ControlStore; clock: Clock; limiter: FailureLimiter }): Enrolment {
  return {
    enrol: async (request, bearer, address) => {
      if (bearer === null) throw new TachoError('unauthenticated', 'no enrolment token: expected the header Authorization: Bearer <token>');
      const again = request.nonce === undefined ? null : await enrolledBefore(control, credentialOf(request.nonce));
      if (again !== null) return again;
      const credential = request.nonce === undefined ? makeSecret('agent') : credentialOf(request.nonce);
      try {
        const agent = await control.enrolmentTokens.enrol({
          hash: hashSecret(bearer),
          at: clock.now(),
          agent: request,
          credentialHash: hashSecret(credential),
        });
        return { agent: { id: agent.id, name: agent.name }, credential };
      } catch (error) {
        if (error instanceof TachoError && error.code === 'unauthenticated') limiter.failOrRefuse(address);
        throw error;
      }
    },
  };
}

/** An agent's secret has the form of every other, and from the nonce only who has it can tell it. */
function credentialOf(nonce: string): string {
  return makeSecret('agent', () => createHash('sha256').update(`agent credential:${nonce}`).digest());
}

async function enrolledBefore(control: ControlStore, credential: string): Promise<EnrolResponse | null> {
  const token = await control.tokens.findByHash(hashSecret(credential));
  if (token === null) return null;
  if (token.agentId === null) throw new TachoError('gone', `this agent was removed: "${token.name}"`);
  const agent = await control.agents.find(token.agentId);
  if (token.revokedAt !== null || agent === null) throw new TachoError('gone', `this agent was revoked: "${token.name}"`);
  return { agent: { id: agent.id, name: agent.name }, credential };
}
