import { TachoError } from '../../model/errors.ts';
import { insertAgent } from './agents.ts';
import { notFound, type StoreContext } from './context.ts';
import type { EnrolmentTokenRow, EnrolmentTokens } from './control-store.ts';
import type { EnrolmentTokenRecord } from './schema.ts';
import { insertToken } from './tokens.ts';

export function createEnrolmentTokens({ db, clock }: StoreContext): EnrolmentTokens {
  return {
    async create(token) {
      const row = await db
        .insertInto('enrolment_tokens')
        .values({
          name: token.name,
          hash: token.hash,
          max_uses: token.maxUses,
          uses: 0,
          created_at: clock.now(),
          expires_at: token.expiresAt,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toRow(row);
    },

    async list() {
      const rows = await db.selectFrom('enrolment_tokens').selectAll().orderBy('id').execute();
      return rows.map(toRow);
    },

    async enrol({ hash, at, agent, credentialHash }) {
      return db.transaction().execute(async (trx) => {
        // The condition stands in the update itself, so that of two enrolments the last use serves only one, whatever the engine's isolation.
        const spent = await trx
          .updateTable('enrolment_tokens')
          .set((eb) => ({ uses: eb('uses', '+', 1) }))
          .where('hash', '=', hash)
          .where('revoked_at', 'is', null)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', at)]))
          .where((eb) => eb.or([eb('max_uses', 'is', null), eb('uses', '<', eb.ref('max_uses'))]))
          .returning('id')
          .executeTakeFirst();
        if (spent === undefined) {
          const row = await trx.selectFrom('enrolment_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
          throw refusal(row, at);
        }
        const enrolled = await insertAgent(trx, { ...agent, external: false, createdAt: at });
        await insertToken(trx, { name: agent.name, hash: credentialHash, scopes: ['agent'], agentId: enrolled.id, createdAt: at });
        return enrolled;
      });
    },

    async revoke(id) {
      const { numUpdatedRows } = await db
        .updateTable('enrolment_tokens')
        .set((eb) => ({ revoked_at: eb.fn.coalesce('revoked_at', eb.val(clock.now())) }))
        .where('id', '=', id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw notFound('enrolment token', id);
    },
  };
}

function refusal(row: EnrolmentTokenRecord | undefined, at: number): TachoError {
  if (row === undefined) return new TachoError('unauthenticated', 'unknown enrolment token');
  const which = JSON.stringify(row.name);
  if (row.revoked_at !== null) return new TachoError('gone', `enrolment token was revoked: ${which}`);
  if (row.expires_at !== null && row.expires_at <= at) return new TachoError('gone', `enrolment token has expired: ${which}`);
  return new TachoError('gone', `enrolment token is used up: ${which}, ${row.uses} of ${String(row.max_uses)} uses`);
}

function toRow(row: EnrolmentTokenRecord): EnrolmentTokenRow {
  return {
    id: row.id,
    name: row.name,
    maxUses: row.max_uses,
    uses: row.uses,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
