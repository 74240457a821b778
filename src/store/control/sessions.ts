import { fromJson, type StoreContext } from './context.ts';
import type { Scope, SessionRow, Sessions } from './control-store.ts';
import type { Kysely } from 'kysely';
import type { Schema, SessionRecord } from './schema.ts';

/** Whoever can make a login link, or knows the password, owns the server, so the session it opens may do everything a person can. */
const SESSION_SCOPES: readonly Scope[] = ['admin'];

export function createSessions({ db }: StoreContext): Sessions {
  return {
    async createLoginLink({ hash, expiresAt }) {
      await db.insertInto('login_links').values({ hash, expires_at: expiresAt }).execute();
    },

    async redeemLoginLink({ linkHash, sessionHash, at, expiresAt }) {
      return db.transaction().execute(async (trx) => {
        const link = await trx.deleteFrom('login_links').where('hash', '=', linkHash).where('expires_at', '>', at).returning('id').executeTakeFirst();
        if (link === undefined) return null;
        return insert(trx, { hash: sessionHash, at, expiresAt });
      });
    },

    create: (session) => insert(db, session),

    async endAll() {
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom('sessions').execute();
        await trx.deleteFrom('login_links').execute();
      });
    },

    async find(hash) {
      const row = await db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? null : toRow(row);
    },

    async end(hash) {
      await db.deleteFrom('sessions').where('hash', '=', hash).execute();
    },

    async sweep(at) {
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom('sessions').where('expires_at', '<=', at).execute();
        await trx.deleteFrom('login_links').where('expires_at', '<=', at).execute();
      });
    },
  };
}

async function insert(db: Kysely<Schema>, { hash, at, expiresAt }: { hash: string; at: number; expiresAt: number }): Promise<SessionRow> {
  const row = await db
    .insertInto('sessions')
    .values({ hash, scopes: JSON.stringify(SESSION_SCOPES), created_at: at, expires_at: expiresAt })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toRow(row);
}

function toRow(row: SessionRecord): SessionRow {
  return { id: row.id, scopes: fromJson(row.scopes), createdAt: row.created_at, expiresAt: row.expires_at };
}
