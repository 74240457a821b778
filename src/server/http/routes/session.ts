import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { session } from '../../../protocol/session.ts';
import type { Services } from '../../services.ts';
import { route } from '../route.ts';

export function sessionRoutes({ sessions, limiter }: Services) {
  return [
    route({
      method: 'POST',
      path: '/api/session',
      summary: 'Sign in by a one-time link: answers a session cookie',
      scope: 'public',
      body: z.object({ link: z.string().min(1).max(200) }),
      response: session,
      errors: ['unauthenticated', 'gone', 'rate_limited'],
      handle: async ({ body, address, reply }) => {
        const { cookie, expiresAt, scopes } = await sessions.redeem(body.link).catch((error: unknown) => {
          if (error instanceof TachoError) limiter.failOrRefuse(address);
          throw error;
        });
        reply.header('set-cookie', cookie);
        return { scopes: [...scopes], expires_at: expiresAt };
      },
    }),
    route({
      method: 'GET',
      path: '/api/session',
      summary: 'What the bearer of this request may do',
      scope: ['read', 'agent'],
      response: session,
      handle: ({ principal }) => Promise.resolve({ scopes: [...principal.scopes], expires_at: principal.expiresAt ?? null }),
    }),
    route({
      method: 'DELETE',
      path: '/api/session',
      summary: 'Sign out: the session ends at once',
      scope: 'read',
      status: 204,
      handle: async ({ principal, reply }) => {
        reply.header('set-cookie', await sessions.end(principal));
        return undefined;
      },
    }),
    route({
      method: 'POST',
      path: '/api/login-links',
      summary: 'Make a one-time link that signs in a browser',
      scope: 'admin',
      status: 201,
      response: z.object({ link: z.string(), expires_at: instant }),
      handle: async () => {
        const { secret, expiresAt } = await sessions.createLink();
        return { link: secret, expires_at: expiresAt };
      },
    }),
  ];
}
