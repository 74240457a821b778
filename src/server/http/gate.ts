import type { IncomingHttpHeaders } from 'node:http';
import { TachoError } from '../../model/errors.ts';
import type { Authenticator, Principal } from '../auth/authenticator.ts';
import { isOriginAllowed } from '../auth/origin.ts';
import type { FailureLimiter } from '../auth/rate-limit.ts';
import { readSessionCookie } from '../auth/sessions.ts';
import type { RouteScope } from './route.ts';

export interface GateRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
}

/** Lets a request in, or throws why not: one place for tokens, sessions, origins and the limit on failures. */
export interface Gate {
  /** @throws {TachoError} unauthenticated, forbidden, bad_origin, rate_limited */
  admit(request: GateRequest, scopes: readonly RouteScope[]): Promise<Principal | null>;
}

export interface GateOptions {
  readonly authenticator: Authenticator;
  readonly limiter: FailureLimiter;
  readonly allowedOrigins: readonly string[];
  /** The server speaks TLS itself. */
  readonly tls?: boolean;
}

export function createGate({ authenticator, limiter, allowedOrigins, tls = false }: GateOptions): Gate {
  const identify = async (request: GateRequest): Promise<Principal | null> => {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer !== null) return authenticator.bearer(bearer);
    if (request.headers.authorization !== undefined) throw new TachoError('unauthenticated', 'invalid authorization: expected Bearer and a token');
    const cookie = readSessionCookie(request.headers.cookie);
    if (cookie === null) return null;
    // A browser sends the cookie by itself, so what other sites' pages ask for must not count.
    if (!isOriginAllowed({ method: request.method, headers: request.headers, allowedOrigins, tls })) {
      throw new TachoError('bad_origin', `request from another site: origin ${JSON.stringify(request.headers.origin ?? null)} is not this server's`);
    }
    return authenticator.session(cookie);
  };

  return {
    admit: async (request, scopes) => {
      const isPublic = scopes.includes('public');
      let principal: Principal | null;
      try {
        principal = await identify(request);
      } catch (error) {
        if (isPublic) return null;
        // Only who fails is limited: behind a proxy a stranger shares the address of every agent, and must not shut them out.
        if (error instanceof TachoError && error.code === 'unauthenticated') limiter.failOrRefuse(request.ip);
        throw error;
      }
      if (isPublic) return principal;
      if (principal === null) throw new TachoError('unauthenticated', 'no token: expected the header Authorization: Bearer <token>, or a session');
      const held = principal.scopes as readonly string[];
      if (!scopes.some((scope) => held.includes(scope))) {
        throw new TachoError('forbidden', `${principal.name} may not do this: expected scope ${scopes.join(' or ')}, got ${held.join(', ')}`);
      }
      return principal;
    },
  };
}

/** The secret of an authorization header, or null where it holds none. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}
