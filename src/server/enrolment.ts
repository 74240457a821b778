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

/** Turns enrolment tokens into agents. A wrong token counts as a failure of the address it came from. */
export function createEnrolment({ control, clock, limiter }: { control: ControlStore; clock: Clock; limiter: FailureLimiter }): Enrolment {
  return {
    enrol: async (request, bearer, address) => {
      if (bearer === null) throw new TachoError('unauthenticated', 'no enrolment token: expected the header Authorization: Bearer <token>');
      const credential = makeSecret('agent');
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
