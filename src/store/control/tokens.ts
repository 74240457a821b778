import type { Kysely } from 'kysely';
import { fromJson, inOrder, inTransaction, notFound, type StoreContext } from './context.ts';
import type { Scope, TokenRow, Tokens } from './control-store.ts';
import type { Schema, TokenRecord } from './schema.ts';

export interface NewToken {
  readonly name: string;
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly agentId?: number;
  readonly expiresAt?: number;
  readonly createdAt: number;
}

export async function insertToken(db: Kysely<Schema>, token: NewToken): Promise<TokenRow> {
  const row = await db
    .insertInto('tokens')
    .values({
      name: token.name,
      hash: token.hash,
      scopes: JSON.stringify(token.scopes),
      agent_id: token.agentId ?? null,
      created_at: token.createdAt,
      expires_at: token.expiresAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toRow(row);
}

export function createTokens({ db, clock }: StoreContext): Tokens {
  return {
    create: (token) => insertToken(db, { ...token, createdAt: clock.now() }),

    async list() {
      const rows = await db
        .selectFrom('tokens')
        .selectAll()
        // The credential of an agent that was removed only tells that agent so.
        .where((eb) => eb.or([eb('agent_id', 'is not', null), eb('scopes', '!=', JSON.stringify(['agent']))]))
        .orderBy('id')
        .execute();
      return rows.map(toRow);
    },

    async findByHash(hash) {
      const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? null : toRow(row);
    },

    async touch(id, at) {
      await db.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute();
    },

    async touchAll(touches) {
      await inTransaction(db, async (trx) => {
        for (const { id, at } of inOrder(touches)) await trx.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute();
      });
    },

    async revoke(id) {
      const { numUpdatedRows } = await db
        .updateTable('tokens')
        .set((eb) => ({ revoked_at: eb.fn.coalesce('revoked_at', eb.val(clock.now())) }))
        .where('id', '=', id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw notFound('token', id);
    },
  };
}

function toRow(row: TokenRecord): TokenRow {
  return {
    id: row.id,
    name: row.name,
    scopes: fromJson(row.scopes),
    agentId: row.agent_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
