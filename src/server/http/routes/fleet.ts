import * as z from 'zod';
import { TachoError } from '../../../model/errors.ts';
import { instant } from '../../../model/instant.ts';
import { reference } from '../../../model/name.ts';
import { speedSummary } from '../../../model/speed-summary.ts';
import { widgetLog, widgetLogInput, widgetType } from '../../../model/widget-log.ts';
import { LARGEST_BATCH, MOST_RESULTS, refusal } from '../../../protocol/batch.ts';
import { summariseSpeeds } from '../../fleet/speed-summary.ts';
import { listWidgetLogs, storeWidgetLogs, type LogPosition } from '../../fleet/widget-logs.ts';
import type { Services } from '../../services.ts';
import { fieldsOf, listOfSome, manyOf, withFields } from '../list.ts';
import { route } from '../route.ts';

const HOUR_MS = 3_600_000;
/** Ten years. */
const MOST_HOURS = 87_600;
const DEFAULT_HOURS = 24;

const period = {
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_HOURS)
    .optional()
    .meta({ description: `the last so many hours, 1 to ${MOST_HOURS}; ${DEFAULT_HOURS} unless said` }),
  start_time: instant.optional().meta({ description: 'beginning, inclusive, in place of hours' }),
  end_time: instant.optional().meta({ description: 'end, exclusive; now unless said' }),
};

export function fleetRoutes({ ingest, control, results, directory, clock }: Services) {
  const parts = { ingest, control, results, directory, clock };
  return [
    route({
      method: 'POST',
      path: '/api/fleet/widget-logs',
      summary: 'Store what widgets of a machine said: speed tests as results, everything else as logs',
      scope: ['write', 'agent'],
      // Each log is judged alone, so that one bad one does not refuse the others.
      body: z.object({ machine_id: reference, logs: z.array(z.unknown()).min(1).max(MOST_RESULTS) }),
      bodyDocument: z.object({ machine_id: reference, logs: z.array(widgetLogInput).min(1).max(MOST_RESULTS) }),
      bodyLimit: LARGEST_BATCH,
      response: z.object({
        status: z.literal('ok'),
        logs_stored: z.int().meta({ description: 'stored by this request; they are on disk when this is read' }),
        duplicates: z.int().meta({ description: 'stored before, and not again' }),
        refused: z.array(refusal),
      }),
      errors: ['not_found', 'body_too_large', 'malformed_json', 'unsupported_media_type', 'unavailable'],
      handle: async ({ body, principal }) => {
        const { stored, duplicates, refused } = await storeWidgetLogs(body, principal, parts);
        return { status: 'ok' as const, logs_stored: stored, duplicates, refused };
      },
    }),
    route({
      method: 'GET',
      path: '/api/fleet/widget-logs',
      summary: 'What widgets said, newest first',
      scope: 'read',
      query: z.object({
        widget_type: manyOf(widgetType).optional(),
        machine_id: manyOf(reference).optional(),
        fields: fieldsOf(widgetLog),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        cursor: z.string().max(200).optional(),
      }),
      response: listOfSome(widgetLog),
      errors: ['not_found'],
      handle: async ({ query }) => {
        const agentIds = query.machine_id && (await Promise.all(query.machine_id.map((one) => known(one))));
        const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
        const { items, next } = await listWidgetLogs({ agentIds, widgetTypes: query.widget_type, limit: query.limit, after }, parts);
        return { items: items.map((item) => withFields(item, query.fields)), next: next === null ? null : writeCursor(next) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/fleet/speedtest/summary',
      summary: 'Speed tests of the fleet and of each machine in a period',
      scope: 'read',
      query: z.object(period),
      response: speedSummary,
      handle: ({ query }) => {
        const { from, to } = rangeOf(query, clock.now());
        return summariseSpeeds(from, to, { results, directory });
      },
    }),
  ];

  async function known(machine: string | number): Promise<number> {
    const id = await directory.resolve('agent', machine);
    if (id === null) throw new TachoError('not_found', `machine_id: no agent is called or numbered ${JSON.stringify(machine)}`);
    return id;
  }
}

interface Period {
  readonly hours?: number | undefined;
  readonly start_time?: number | undefined;
  readonly end_time?: number | undefined;
}

/** The instants a period goes from and to. */
export function rangeOf({ hours, start_time, end_time }: Period, now: number): { from: number; to: number } {
  if (hours !== undefined && start_time !== undefined) {
    throw new TachoError('invalid_request', 'hours: expected either hours or start_time, got both');
  }
  const to = end_time ?? now;
  const from = start_time ?? to - (hours ?? DEFAULT_HOURS) * HOUR_MS;
  if (to <= from) throw new TachoError('invalid_request', 'end_time: expected an instant after start_time');
  return { from, to };
}

function writeCursor({ at, source, id }: LogPosition): string {
  return Buffer.from(`${at}/${source}/${id}`).toString('base64url');
}

function readCursor(cursor: string): LogPosition {
  const match = /^(-?\d{1,15})\/(?:(result)\/([0-9a-f-]{36})|log\/(\d{1,15}))$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (match === null) throw new TachoError('invalid_request', 'cursor: expected the next of an earlier answer');
  const at = Number(match[1]);
  return match[2] === undefined ? { at, source: 'log', id: match[4] ?? '' } : { at, source: 'result', id: match[3] ?? '' };
}
