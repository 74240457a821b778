import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { name } from '../../../model/name.ts';
import type { EnrolmentTokenRow, TokenRow } from '../../../store/control/control-store.ts';
import { hashSecret, makeSecret } from '../../auth/secrets.ts';
import type { Services } from '../../services.ts';
import { listOfSome, pageOf, pageQuery } from '../list.ts';
import { route } from '../route.ts';

const scope = z.enum(['read', 'write', 'admin']);
const token = z.object({
  id: z.int(),
  name: z.string(),
  scopes: z.array(z.enum(['read', 'write', 'admin', 'agent'])),
  agent_id: z.int().nullable(),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable(),
  revoked_at: instant.nullable(),
});
const enrolmentToken = z.object({
  id: z.int(),
  name: z.string(),
  max_uses: z.int().nullable(),
  uses: z.int(),
  created_at: instant,
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
});
/** The secret is in this answer and nowhere else. */
const secret = { token: z.string().meta({ description: 'the secret, shown only now' }) };

const numericId = z.object({ id: z.coerce.number().int().positive() });
const expiry = instant.nullable().default(null);

export function tokenRoutes({ control, authenticator, clock }: Services) {
  const inFuture = (at: number | null): void => {
    if (at !== null && at <= clock.now()) throw new TachoError('invalid_request', 'expires_at: expected an instant in the future');
  };
  return [
    route({
      method: 'GET',
      path: '/api/tokens',
      summary: 'API tokens and agents’ credentials, without their secrets',
      scope: 'admin',
      query: pageQuery(token),
      response: listOfSome(token),
      handle: async ({ query }) => pageOf((await control.tokens.list()).map(describeToken), query),
    }),
    route({
      method: 'POST',
      path: '/api/tokens',
      summary: 'Make an API token',
      scope: 'admin',
      body: z.object({ name, scopes: z.array(scope).min(1), expires_at: expiry }),
      status: 201,
      response: token.extend(secret),
      handle: async ({ body }) => {
        inFuture(body.expires_at);
        const text = makeSecret('token');
        const row = await control.tokens.create({
          name: body.name,
          hash: hashSecret(text),
          scopes: body.scopes,
          ...(body.expires_at === null ? {} : { expiresAt: body.expires_at }),
        });
        return { ...describeToken(row), token: text };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/tokens/:id',
      summary: 'Revoke a token at once',
      scope: 'admin',
      params: numericId,
      status: 204,
      errors: ['not_found'],
      handle: async ({ params }) => {
        await authenticator.revokeToken(params.id);
        return undefined;
      },
    }),
    route({
      method: 'GET',
      path: '/api/enrollment-tokens',
      summary: 'Enrolment tokens, without their secrets',
      scope: 'admin',
      query: pageQuery(enrolmentToken),
      response: listOfSome(enrolmentToken),
      handle: async ({ query }) => pageOf((await control.enrolmentTokens.list()).map(describeEnrolmentToken), query),
    }),
    route({
      method: 'POST',
      path: '/api/enrollment-tokens',
      summary: 'Make a token with which agents enrol themselves',
      scope: 'admin',
      body: z.object({ name, max_uses: z.int().min(1).max(100_000).nullable().default(1), expires_at: expiry }),
      status: 201,
      response: enrolmentToken.extend(secret),
      handle: async ({ body }) => {
        inFuture(body.expires_at);
        const text = makeSecret('enrolment');
        const row = await control.enrolmentTokens.create({
          name: body.name,
          hash: hashSecret(text),
          maxUses: body.max_uses,
          expiresAt: body.expires_at,
        });
        return { ...describeEnrolmentToken(row), token: text };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/enrollment-tokens/:id',
      summary: 'Revoke an enrolment token at once; agents enrolled with it stay',
      scope: 'admin',
      params: numericId,
      status: 204,
      errors: ['not_found'],
      handle: async ({ params }) => {
        await control.enrolmentTokens.revoke(params.id);
        return undefined;
      },
    }),
  ];
}

function describeToken(row: TokenRow): z.output<typeof token> {
  return {
    id: row.id,
    name: row.name,
    scopes: [...row.scopes],
    agent_id: row.agentId,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    last_used_at: row.lastUsedAt,
    revoked_at: row.revokedAt,
  };
}

function describeEnrolmentToken(row: EnrolmentTokenRow): z.output<typeof enrolmentToken> {
  return {
    id: row.id,
    name: row.name,
    max_uses: row.maxUses,
    uses: row.uses,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    revoked_at: row.revokedAt,
  };
}
