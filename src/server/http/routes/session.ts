import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { session } from '../../../protocol/session.ts';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../../auth/password.ts';
import type { OpenedSession } from '../../auth/sessions.ts';
import type { Services } from '../../services.ts';
import { route } from '../route.ts';

export function sessionRoutes({ sessions, limiter }: Services) {
  const byLink = (link: string, address: string): Promise<OpenedSession> =>
    sessions.redeem(link).catch((error: unknown) => {
      if (error instanceof TachoError) limiter.failOrRefuse(address);
      throw error;
    });
  // A link cannot be guessed, so a good one is let in whatever others of that address did. A password can: it is not
  // even looked at while there were too many failures.
  const byPassword = async (password: string, address: string): Promise<OpenedSession> => {
    limiter.check(address);
    try {
      return await sessions.openByPassword(password);
    } catch (error) {
      if (error instanceof TachoError && error.code === 'unauthenticated') limiter.fail(address);
      throw error;
    }
  };
  // One password at a time: many at once would all pass before the first failure counts, and each takes 32 MB.
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = before.then(task);
    before = turn.catch(() => undefined);
    return turn;
  };

  return [
    route({
      method: 'POST',
      path: '/api/session',
      summary: 'Sign in by a one-time link or the password: answers a session cookie',
      scope: 'public',
      body: z.union([z.strictObject({ link: z.string().min(1).max(200) }), z.strictObject({ password: z.string().min(1).max(LONGEST_PASSWORD) })]),
      response: session,
      errors: ['unauthenticated', 'gone', 'conflict', 'rate_limited'],
      handle: async ({ body, address, reply }) => {
        const { cookie, expiresAt, scopes } = await ('link' in body ? byLink(body.link, address) : inTurn(() => byPassword(body.password, address)));
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
      method: 'GET',
      path: '/api/sign-in',
      summary: 'How people sign in here: whether there is a password beside the links',
      scope: 'public',
      response: z.object({ password: z.boolean() }),
      handle: async () => ({ password: await sessions.hasPassword() }),
    }),
    route({
      method: 'PUT',
      path: '/api/password',
      summary: 'Set the password that signs people in; every session ends',
      scope: 'admin',
      body: z.object({
        password: z.string().min(SHORTEST_PASSWORD, `invalid password: expected at least ${SHORTEST_PASSWORD} characters`).max(LONGEST_PASSWORD),
      }),
      status: 204,
      handle: async ({ body }) => {
        await sessions.setPassword(body.password);
        return undefined;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/password',
      summary: 'Take the password away; every session ends, and only links sign in',
      scope: 'admin',
      status: 204,
      handle: async () => {
        await sessions.setPassword(null);
        return undefined;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/sessions',
      summary: 'Sign out everywhere: every session and every unused link ends at once',
      scope: 'admin',
      status: 204,
      handle: async () => {
        await sessions.endAll();
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
