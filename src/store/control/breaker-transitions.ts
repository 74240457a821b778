import type { Selectable } from 'kysely';
import type { StoreContext } from './context.ts';
import type { BreakerTransition, BreakerTransitions } from './control-store.ts';
import type { Schema } from './schema.ts';

export function createBreakerTransitions({ db }: StoreContext): BreakerTransitions {
  return {
    async add(transitions) {
      if (transitions.length === 0) return;
      await db
        .insertInto('breaker_transitions')
        .values(
          transitions.map((transition) => ({
            agent_id: transition.agentId,
            destination_id: transition.destinationId,
            at: transition.at,
            from_state: transition.from,
            to_state: transition.to,
            reason: transition.reason,
          })),
        )
        .onConflict((conflict) => conflict.columns(['agent_id', 'destination_id', 'at', 'to_state']).doNothing())
        .execute();
    },

    async current({ agentIds, destinationIds }) {
      const rows = await db
        .selectFrom((from) =>
          from
            .selectFrom('breaker_transitions')
            .selectAll()
            .select((eb) =>
              eb.fn
                .agg<number>('row_number')
                .over((over) => over.partitionBy(['agent_id', 'destination_id']).orderBy('at', 'desc').orderBy('id', 'desc'))
                .as('newest'),
            )
            .$if(agentIds !== undefined, (q) => q.where('agent_id', 'in', [...(agentIds ?? [])]))
            .$if(destinationIds !== undefined, (q) => q.where('destination_id', 'in', [...(destinationIds ?? [])]))
            .as('ranked'),
        )
        .selectAll()
        .where('newest', '=', 1)
        .orderBy('agent_id')
        .orderBy('destination_id')
        .execute();
      return rows.map(transitionOf);
    },

    async list({ agentIds, destinationIds, from, to, after, limit }) {
      const rows = await db
        .selectFrom('breaker_transitions')
        .selectAll()
        .$if(agentIds !== undefined, (q) => q.where('agent_id', 'in', [...(agentIds ?? [])]))
        .$if(destinationIds !== undefined, (q) => q.where('destination_id', 'in', [...(destinationIds ?? [])]))
        .$if(from !== undefined, (q) => q.where('at', '>=', from ?? 0))
        .$if(to !== undefined, (q) => q.where('at', '<', to ?? 0))
        .$if(after !== undefined, (q) =>
          q.where((eb) => {
            const { at, id } = after ?? { at: 0, id: 0 };
            return eb.or([eb('at', '<', at), eb.and([eb('at', '=', at), eb('id', '<', id)])]);
          }),
        )
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ id: row.id, ...transitionOf(row) }));
    },
  };
}

type Row = Pick<Selectable<Schema['breaker_transitions']>, 'agent_id' | 'destination_id' | 'at' | 'from_state' | 'to_state' | 'reason'>;

function transitionOf(row: Row): BreakerTransition {
  return { agentId: row.agent_id, destinationId: row.destination_id, at: row.at, from: row.from_state, to: row.to_state, reason: row.reason };
}
