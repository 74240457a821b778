import * as z from 'zod';
import { breaker, breakerState, breakerTransition } from '../../../model/breaker.ts';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { reference, type Reference } from '../../../model/name.ts';
import type { BreakerTransition } from '../../../store/control/control-store.ts';
import type { Directory, Thing } from '../../ingest/directory.ts';
import type { Services } from '../../services.ts';
import { listOf, manyOf, wholeList } from '../list.ts';
import { route } from '../route.ts';

const whose = { agent: manyOf(reference).optional(), destination: manyOf(reference).optional() };

export function breakerRoutes({ control, directory }: Pick<Services, 'control' | 'directory'>) {
  return [
    route({
      method: 'GET',
      path: '/api/breakers',
      summary: 'Circuit breakers that ever opened, as their newest change left them',
      scope: 'read',
      query: z.object({ ...whose, state: manyOf(breakerState).optional() }),
      response: listOf(breaker),
      errors: ['not_found'],
      handle: async ({ query }) => {
        const current = await control.breakerTransitions.current(await idsOf(directory, query));
        const chosen = current.filter(({ to }) => query.state?.includes(to) ?? true);
        const items = await Promise.all(
          chosen.map(async (change) => ({ ...(await namesOf(directory, change)), state: change.to, since: change.at, reason: change.reason })),
        );
        return wholeList(items);
      },
    }),
    route({
      method: 'GET',
      path: '/api/breakers/transitions',
      summary: 'Changes of circuit breakers, newest first',
      scope: 'read',
      query: z.object({
        ...whose,
        from: instant.optional(),
        to: instant.optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        cursor: z.string().max(200).optional(),
      }),
      response: listOf(breakerTransition),
      errors: ['not_found'],
      handle: async ({ query }) => {
        const rows = await control.breakerTransitions.list({
          ...(await idsOf(directory, query)),
          from: query.from,
          to: query.to,
          after: query.cursor === undefined ? undefined : readCursor(query.cursor),
          limit: query.limit,
        });
        const last = rows.at(-1);
        return {
          items: await Promise.all(
            rows.map(async (row) => ({ ...(await namesOf(directory, row)), at: row.at, from: row.from, to: row.to, reason: row.reason })),
          ),
          next: last === undefined || rows.length < query.limit ? null : Buffer.from(`${last.at}/${last.id}`).toString('base64url'),
        };
      },
    }),
  ];
}

async function namesOf(directory: Directory, { agentId, destinationId }: BreakerTransition) {
  return {
    agent: await directory.nameOf('agent', agentId),
    agent_id: agentId,
    destination: await directory.nameOf('destination', destinationId),
    destination_id: destinationId,
  };
}

async function idsOf(directory: Directory, query: { agent?: Reference[] | undefined; destination?: Reference[] | undefined }) {
  const ids = async (thing: Thing, references: Reference[] | undefined): Promise<number[] | undefined> => {
    if (references === undefined) return undefined;
    return Promise.all(
      references.map(async (one) => {
        const id = await directory.resolve(thing, one);
        if (id === null) throw new TachoError('not_found', `no ${thing} is called or numbered ${JSON.stringify(one)}`);
        return id;
      }),
    );
  };
  return { agentIds: await ids('agent', query.agent), destinationIds: await ids('destination', query.destination) };
}

function readCursor(cursor: string): { at: number; id: number } {
  const match = /^(-?\d{1,15})\/(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match) throw new TachoError('invalid_request', 'cursor: expected the next of an earlier answer');
  return { at: Number(match[1]), id: Number(match[2]) };
}
