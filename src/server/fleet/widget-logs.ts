import { speedtestFromWidget } from '../../importers/widget-log.ts';
import { problemsOf, TachoError } from '../../model/errors.ts';
import { formatInstant } from '../../model/instant.ts';
import { speedtest } from '../../model/kinds/speedtest.ts';
import type { Reference } from '../../model/name.ts';
import { widgetLogInput, type WidgetLog, type WidgetLogInput } from '../../model/widget-log.ts';
import type { Refusal } from '../../protocol/batch.ts';
import type { ControlStore, WidgetLogRow } from '../../store/control/control-store.ts';
import type { ResultRow, ResultsStore } from '../../store/results/results-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Principal } from '../auth/authenticator.ts';
import type { Directory } from '../ingest/directory.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { instantRefusal } from '../ingest/instants.ts';

export interface WidgetLogParts {
  readonly ingest: Ingest;
  readonly control: Pick<ControlStore, 'widgetLogs'>;
  readonly results: Pick<ResultsStore, 'list'>;
  readonly directory: Directory;
  readonly clock: Pick<Clock, 'now'>;
}

export interface PostedLogs {
  readonly machine_id: Reference;
  readonly logs: readonly unknown[];
}

export interface StoredLogs {
  readonly stored: number;
  /** Known already, and not stored again. */
  readonly duplicates: number;
  readonly refused: Refusal[];
}

/** Widgets call speed tests what we call the kind. */
const SPEEDTEST = speedtest.kind;

/** Stores what a machine's widgets said: speed tests as results, by the same ingest as all results; the rest as logs. */
export async function storeWidgetLogs(posted: PostedLogs, principal: Principal, parts: WidgetLogParts): Promise<StoredLogs> {
  const agentId = await agentOf(posted.machine_id, principal, parts.directory);
  const refused: Refusal[] = [];
  const refuse = (index: number, code: Refusal['code'], message: string): void => void refused.push({ index, code, message });
  const results: unknown[] = [];
  const resultIndexes: number[] = [];
  const others: Omit<WidgetLogRow, 'id'>[] = [];
  const now = parts.clock.now();
  for (const [index, raw] of posted.logs.entries()) {
    const parsed = widgetLogInput.safeParse(raw);
    if (!parsed.success) {
      const [problem] = problemsOf(parsed.error, { value: raw });
      refuse(index, 'invalid_result', `${problem === undefined || problem.path === '' ? 'log' : problem.path}: ${problem?.message ?? 'not a log'}`);
      continue;
    }
    const log = parsed.data;
    if (log.widget_type === SPEEDTEST) {
      const result = speedtestFromWidget(log.data);
      if (typeof result === 'string') refuse(index, 'invalid_result', result);
      else {
        results.push({ ...result, agent: agentId, started_at: formatInstant(log.timestamp) });
        resultIndexes.push(index);
      }
      continue;
    }
    const late = instantRefusal(log.timestamp, now, principal.agentId !== undefined);
    if (late === null) others.push(toRow(log, agentId));
    else refuse(index, late.code, late.message);
  }

  const answer = results.length === 0 ? { stored: 0, duplicates: 0, refused: [] } : await parts.ingest.post({ results }, principal);
  for (const one of answer.refused) refused.push({ ...one, index: resultIndexes[one.index] ?? one.index });
  const kept = others.length === 0 ? 0 : await parts.control.widgetLogs.add(others);
  return {
    stored: answer.stored + kept,
    duplicates: answer.duplicates + others.length - kept,
    refused: refused.sort((a, b) => a.index - b.index),
  };
}

/** Where a page ended: results of an instant come before other logs of it. */
export interface LogPosition {
  readonly at: number;
  readonly source: 'result' | 'log';
  readonly id: string;
}

export interface LogQuery {
  readonly agentIds?: readonly number[] | undefined;
  readonly widgetTypes?: readonly string[] | undefined;
  readonly after?: LogPosition | undefined;
  readonly limit: number;
}

export interface LogPage {
  readonly items: WidgetLog[];
  /** Null on the last page. */
  readonly next: LogPosition | null;
}

interface FoundLog extends Pick<WidgetLogRow, 'agentId' | 'widgetType' | 'data'> {
  readonly position: LogPosition;
}

/** Logs newest first, speed tests among them. */
export async function listWidgetLogs(query: LogQuery, { control, results, directory }: WidgetLogParts): Promise<LogPage> {
  const { agentIds, widgetTypes, after, limit } = query;
  const others = widgetTypes?.filter((type) => type !== SPEEDTEST);
  const [tests, rows] = await Promise.all([
    widgetTypes === undefined || widgetTypes.includes(SPEEDTEST)
      ? results.list({
          filter: {
            kinds: [SPEEDTEST],
            agentIds,
            statuses: ['success', 'failed', 'timeout'],
            ...(after?.source === 'log' ? { to: after.at } : {}),
          },
          ...(after?.source === 'result' ? { after: { startedAt: after.at, id: after.id } } : {}),
          limit: limit + 1,
        })
      : [],
    others === undefined || others.length > 0
      ? control.widgetLogs.list({
          agentIds,
          widgetTypes: others,
          ...(after?.source === 'log' ? { after: { at: after.at, id: Number(after.id) } } : {}),
          ...(after?.source === 'result' ? { to: after.at + 1 } : {}),
          limit: limit + 1,
        })
      : [],
  ]);
  const found = [
    ...tests.map((row): FoundLog => ({
      position: { at: row.startedAt, source: 'result', id: row.id },
      agentId: row.agentId,
      widgetType: SPEEDTEST,
      data: dataOf(row),
    })),
    ...rows.map((row): FoundLog => ({
      position: { at: row.at, source: 'log', id: String(row.id) },
      agentId: row.agentId,
      widgetType: row.widgetType,
      data: row.data,
    })),
  ];
  // Stable: within one instant results stay before logs, and each in its own order.
  found.sort((a, b) => b.position.at - a.position.at);
  const page = found.slice(0, limit);
  return {
    items: await Promise.all(
      page.map(async ({ position, agentId, widgetType, data }) => ({
        machine_id: await directory.nameOf('agent', agentId),
        agent_id: agentId,
        widget_type: widgetType,
        timestamp: position.at,
        data: { ...data },
      })),
    ),
    next: found.length > limit ? (page.at(-1)?.position ?? null) : null,
  };
}

function toRow(log: WidgetLogInput, agentId: number): Omit<WidgetLogRow, 'id'> {
  return { agentId, widgetType: log.widget_type, at: log.timestamp, data: log.data };
}

async function agentOf(machine: Reference, principal: Principal, directory: Directory): Promise<number> {
  if (principal.agentId !== undefined) {
    if (machine === principal.agentId || machine === principal.name) return principal.agentId;
    throw new TachoError('forbidden', `machine_id: expected ${JSON.stringify(principal.name)}, the credential's own, got ${JSON.stringify(machine)}`);
  }
  const id = await directory.resolveOrCreate('agent', machine);
  if (id === null) throw new TachoError('not_found', `machine_id: no agent is called or numbered ${JSON.stringify(machine)}`);
  return id;
}

/** A speed test as its widget posted it; what came by another way, in a widget's words. */
function dataOf({ details, metrics, labels, status }: ResultRow): Readonly<Record<string, unknown>> {
  const raw = details['raw'];
  if (status === 'success' && typeof raw === 'object' && raw !== null) return raw as Record<string, unknown>;
  const { download_mbps: download, upload_mbps: upload, ping_ms: ping, jitter_ms: jitter, packet_loss_pct } = metrics;
  const { server_name: server, isp } = labels;
  const words = { download, upload, ping, jitter, packet_loss: packet_loss_pct, server, isp, ...(status === 'success' ? {} : { status: 'failed' }) };
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}
