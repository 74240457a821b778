import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { exportFormats } from '../../exporters/index.ts';
import { TachoError } from '../../model/errors.ts';
import { jobAnalytics, metricRow } from '../../model/job-analysis.ts';
import { findKindDescription } from '../../model/kinds/index.ts';
import { thingPath, wire, type Wire } from '../answers.ts';
import { addApiCommand, collect } from '../api-command.ts';
import { instantText, listing, type Column } from '../format/listing.ts';
import { bytes, formatMetric, number } from '../format/metric.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

type MetricRow = Wire<typeof metricRow>;
type Analytics = Wire<typeof jobAnalytics>;
type Item = Analytics['items'][number];

interface ScopeFlags {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly destination?: readonly string[];
  readonly agent?: readonly string[];
  readonly metric?: readonly string[];
  readonly status?: readonly string[];
}

const hint = 'tacho jobs list shows what there is';
const one = [['<job>', 'its name or id; of a removed one its id']] as const;
/** As many as a screen shows. */
const DEFAULT_ROWS = 20;

const rowColumns: readonly Column<MetricRow>[] = [
  { title: 'TIME', cell: ({ timestamp }) => instantText(timestamp) },
  { title: 'AGENT', cell: ({ agent }) => agent },
  { title: 'DESTINATION', cell: ({ destination }) => destination ?? '-' },
  { title: 'METRIC', cell: ({ metric }) => metric },
  { title: 'STATUS', cell: ({ status }) => status, colour: ({ status }) => (status === 'success' ? 'green' : 'red') },
  { title: 'RESPONSE', right: true, cell: ({ response_time_ms: time }) => (time === null ? '-' : `${number(time, 2)} ms`) },
  { title: 'FAILURE', cell: ({ failure_message: message }) => message ?? '-' },
];

const itemColumns: readonly Column<Item>[] = [
  { title: 'DESTINATION', cell: ({ destination }) => destination ?? '-' },
  { title: 'AGENT', cell: ({ agent }) => agent ?? 'all' },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'METRIC', cell: ({ metric }) => metric },
  { title: 'COUNT', right: true, cell: ({ count }) => String(count) },
  ...(['mean', 'median', 'p95', 'max'] as const).map((figure): Column<Item> => {
    return { title: figure.toUpperCase(), right: true, cell: (item) => figureText(item, item[figure]) };
  }),
  { title: 'SUCCESS', right: true, cell: ({ success_rate_pct: rate }) => percentText(rate) },
  { title: 'TREND', cell: trendText },
];

/** Adds what a job's results are asked for with: `metrics`, `analytics` and `export`. */
export function addJobAnalysis(group: Command, io: Io): void {
  addApiCommand<ScopeFlags & { readonly limit?: string }>(group, io, {
    name: 'metrics',
    description: 'show the newest results of a job, one line each',
    examples: ['jobs metrics edge', 'jobs metrics edge --status failed,timeout --hours 24 --limit 100'],
    takes: one,
    hint,
    options: (command) => {
      addScopeOptions(command);
      command.option('--limit <COUNT>', `most results (default: ${DEFAULT_ROWS})`);
    },
    run: async (api, [reference = ''], flags) => {
      const query = queryOf({ ...flags, limit: flags.limit ?? String(DEFAULT_ROWS) });
      const rows = wire(z.array(metricRow), await api.request('GET', `${thingPath('jobs', reference)}/metrics${query}`));
      return {
        json: rows,
        text: (style) => (rows.length === 0 ? '' : listing(rowColumns, rows, style)),
        ...(rows.length === 0 && { note: 'no results' }),
      };
    },
  });

  addApiCommand<ScopeFlags & { readonly byAgent?: boolean }>(group, io, {
    name: 'analytics',
    description: 'show figures, trends and success rates of a job',
    examples: ['jobs analytics edge --hours 168', 'jobs analytics edge --by-agent --metric ping'],
    takes: one,
    hint,
    options: (command) => {
      addScopeOptions(command);
      command.option('--by-agent', 'each agent apart');
    },
    run: async (api, [reference = ''], { byAgent, ...flags }) => {
      const query = queryOf({ ...flags, ...(byAgent === true && { group_by: 'agent' }) });
      const found = wire(jobAnalytics, await api.request('GET', `${thingPath('jobs', reference)}/analytics${query}`));
      const period = `${instantText(found.start_time)} to ${instantText(found.end_time)}`;
      const rate = found.success_rate_pct === null ? 'none measured' : `${percentText(found.success_rate_pct)} of those measured succeeded`;
      return {
        json: found,
        text: (style) => (found.items.length === 0 ? '' : listing(itemColumns, found.items, style)),
        note: `${printable(found.job)}, ${period}: ${found.results} results, ${rate}`,
      };
    },
  });

  addApiCommand<ScopeFlags & { readonly format?: string; readonly output?: string; readonly force?: boolean }>(group, io, {
    name: 'export',
    description: 'write the results of a job to a file',
    examples: ['jobs export edge --output edge.xlsx', 'jobs export edge --format ndjson --output edge.log --from 2026-11-01 --to 2026-12-01'],
    takes: one,
    hint,
    options: (command) => {
      command.option('--output <FILE>', 'where to');
      command.option('--format <FORMAT>', `${exportFormats.join(', ')} (default: as the file is called)`);
      command.option('--force', 'replace the file where there is one');
      addScopeOptions(command);
    },
    run: async (api, [reference = ''], { output, force, ...flags }) => {
      if (output === undefined) throw new TachoError('invalid_request', 'missing --output: expected the name of a file');
      const format = flags.format ?? extname(output).slice(1);
      if (!exportFormats.some((known) => known === format))
        throw new TachoError('invalid_request', `invalid --format: expected one of ${exportFormats.join(', ')}, got ${JSON.stringify(format)}`);
      if (force !== true && existsSync(output)) throw new TachoError('conflict', `${printable(output)} exists: --force replaces it`);
      const pieces = await api.download(`${thingPath('jobs', reference)}/export${queryOf({ ...flags, format })}`);
      const size = await save(pieces, output);
      return { json: { file: output, format, bytes: size }, text: () => `wrote ${printable(output)}: ${bytes(size)}\n` };
    },
  });
}

function addScopeOptions(command: Command): void {
  command
    .option('--from <INSTANT>', 'beginning, inclusive; UTC where it has no zone')
    .option('--to <INSTANT>', 'end, exclusive')
    .option('--hours <HOURS>', 'the last so many hours, in place of --from')
    .option('--destination <NAME>', 'only this destination; may be given again', collect)
    .option('--agent <NAME>', 'only this agent; may be given again', collect)
    .option('--metric <WORD>', "only these kinds, in the words of a job's metrics; may be given again", collect)
    .option('--status <STATUS>', 'only these results: success, failed, timeout, skipped', collect);
}

type Query = ScopeFlags & { readonly format?: string | undefined; readonly limit?: string | undefined; readonly group_by?: string | undefined };

function queryOf({ from, to, hours, limit, format, group_by, ...lists }: Query): string {
  const { destination = [], agent = [], metric = [], status = [] } = lists;
  const given = { start_time: from, end_time: to, hours, limit, format, group_by };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  for (const [name, values] of Object.entries({ destination, agent, metric, status })) for (const value of values) query.append(name, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** Under its own name only when it is whole. */
async function save(pieces: AsyncIterable<Uint8Array>, file: string): Promise<number> {
  const unfinished = `${file}.part`;
  try {
    const target = createWriteStream(unfinished);
    await pipeline(Readable.from(pieces), target);
    renameSync(unfinished, file);
    return target.bytesWritten;
  } catch (error) {
    // What could not be made cannot be removed either, and the first fault is the one to tell.
    await rm(unfinished, { force: true }).catch(() => undefined);
    if (error instanceof TachoError) throw error;
    throw new TachoError('invalid_request', `cannot write ${printable(file)}: ${(error as Error).message}`, { cause: error });
  }
}

function figureText({ kind, metric }: Item, value: number | null): string {
  if (value === null) return '-';
  const definition = findKindDescription(kind)?.metrics[metric];
  return definition === undefined ? number(value, 3) : formatMetric(value, definition);
}

function trendText({ trend }: Item): string {
  const change =
    trend.change_pct === null || trend.direction === 'stable' || trend.direction === 'not_enough_data' ? '' : ` ${number(trend.change_pct, 1)} %`;
  return trend.direction.replaceAll('_', ' ') + change;
}

function percentText(value: number | null): string {
  return value === null ? '-' : `${number(value, 1)} %`;
}
