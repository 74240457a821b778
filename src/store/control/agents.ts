import type { Kysely } from 'kysely';
import type { Labels } from '../../model/labels.ts';
import { fromJson, inOrder, inTransaction, nameTaken, notFound, refuseTakenName, type StoreContext } from './context.ts';
import { keepFormerName } from './former-names.ts';
import type { AgentReport, AgentRow, Agents } from './control-store.ts';
import type { AgentRecord, Schema } from './schema.ts';

export interface NewAgent {
  readonly name: string;
  readonly labels: Labels;
  readonly external: boolean;
  readonly version?: string;
  readonly platform?: string;
  readonly createdAt: number;
}

/** @throws {TachoError} name_taken */
export async function insertAgent(db: Kysely<Schema>, agent: NewAgent): Promise<AgentRow> {
  const row = await db
    .insertInto('agents')
    .values({
      name: agent.name,
      labels: JSON.stringify(agent.labels),
      version: agent.version ?? null,
      platform: agent.platform ?? null,
      capabilities: '{}',
      external: agent.external ? 1 : 0,
      created_at: agent.createdAt,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw nameTaken('agent', agent.name);
  return toRow(row);
}

export function createAgents({ db, clock }: StoreContext): Agents {
  return {
    create: (agent) => insertAgent(db, { ...agent, createdAt: clock.now() }),

    async list() {
      const rows = await db.selectFrom('agents').selectAll().orderBy('id').execute();
      return rows.map(toRow);
    },

    async find(id) {
      const row = await db.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toRow(row);
    },

    async findByName(name) {
      const row = await db.selectFrom('agents').selectAll().where('name', '=', name).executeTakeFirst();
      return row === undefined ? null : toRow(row);
    },

    async report(id, report) {
      const changes = toChanges(report);
      if (Object.keys(changes).length === 0) return;
      const { numUpdatedRows } = await db.updateTable('agents').set(changes).where('id', '=', id).executeTakeFirst();
      if (numUpdatedRows === 0n) throw notFound('agent', id);
    },

    async reportAll(reports) {
      await inTransaction(db, async (trx) => {
        for (const { id, report } of inOrder(reports)) {
          const changes = toChanges(report);
          if (Object.keys(changes).length > 0) await trx.updateTable('agents').set(changes).where('id', '=', id).execute();
        }
      });
    },

    async update(id, { name, labels, budgetMbPerDay }) {
      const changes = {
        ...(name !== undefined && { name }),
        ...(labels !== undefined && { labels: JSON.stringify(labels) }),
        ...(budgetMbPerDay !== undefined && { budget_mb_per_day: budgetMbPerDay }),
      };
      return inTransaction(db, async (trx) => {
        if (name !== undefined) await refuseTakenName(trx, 'agents', { id, name });
        const row =
          Object.keys(changes).length === 0
            ? await trx.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst()
            : await trx.updateTable('agents').set(changes).where('id', '=', id).returningAll().executeTakeFirst();
        if (row === undefined) throw notFound('agent', id);
        return toRow(row);
      });
    },

    async remove(id) {
      await inTransaction(db, async (trx) => {
        const removedAt = clock.now();
        await keepFormerName(trx, 'agent', { id, removedAt });
        // Its credential is kept as a revoked one, so that an agent that was away is told that it is no longer wanted.
        await trx.updateTable('tokens').set({ agent_id: null, revoked_at: removedAt }).where('agent_id', '=', id).execute();
        const { numDeletedRows } = await trx.deleteFrom('agents').where('id', '=', id).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound('agent', id);
      });
    },

    async revoke(id) {
      const revoked = { revoked_at: clock.now() };
      await inTransaction(db, async (trx) => {
        const agent = await trx.selectFrom('agents').select('id').where('id', '=', id).executeTakeFirst();
        if (agent === undefined) throw notFound('agent', id);
        await trx.updateTable('agents').set(revoked).where('id', '=', id).where('revoked_at', 'is', null).execute();
        await trx.updateTable('tokens').set(revoked).where('agent_id', '=', id).where('revoked_at', 'is', null).execute();
      });
    },
  };
}

/** Only what the report says: the rest stays as it is. */
function toChanges(report: AgentReport) {
  return {
    ...(report.labels !== undefined && { labels: JSON.stringify(report.labels) }),
    ...(report.version !== undefined && { version: report.version }),
    ...(report.platform !== undefined && { platform: report.platform }),
    ...(report.address !== undefined && { address: report.address }),
    ...(report.capabilities !== undefined && { capabilities: JSON.stringify(report.capabilities) }),
    ...(report.spool !== undefined && { spool: JSON.stringify(report.spool) }),
    ...(report.clockOffsetMs !== undefined && { clock_offset_ms: report.clockOffsetMs }),
    ...(report.lastSeenAt !== undefined && { last_seen_at: report.lastSeenAt }),
    ...(report.advertise !== undefined && { advertise: report.advertise }),
    ...(report.listening !== undefined && { listening: report.listening === null ? null : JSON.stringify(report.listening) }),
  };
}

function toRow(row: AgentRecord): AgentRow {
  return {
    id: row.id,
    name: row.name,
    labels: fromJson(row.labels),
    version: row.version,
    platform: row.platform,
    address: row.address,
    capabilities: fromJson(row.capabilities),
    spool: row.spool === null ? null : fromJson(row.spool),
    clockOffsetMs: row.clock_offset_ms,
    external: row.external === 1,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    revokedAt: row.revoked_at,
    budgetMbPerDay: row.budget_mb_per_day,
    advertise: row.advertise,
    listening: row.listening === null ? null : fromJson(row.listening),
  };
}
