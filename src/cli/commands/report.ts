import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';
import { instant } from '../../model/instant.ts';
import { speedSummary, type SpeedSummary } from '../../model/speed-summary.ts';
import { fleetText } from '../../reports/fleet-text.ts';
import { addConnectionOptions, connect, type Connection, type ConnectionFlags } from '../connection.ts';
import type { Io } from '../io.ts';

interface Flags extends ConnectionFlags {
  readonly type: keyof typeof reports;
  readonly hours?: string;
  readonly start?: string;
  readonly end?: string;
  readonly format: 'text' | 'json';
  readonly json?: boolean;
  readonly output?: string;
}

/** What a report is of: asked of the server once, then written in some form. */
interface Report {
  json(query: URLSearchParams, connection: Connection): Promise<unknown>;
  text(answer: unknown, more: { readonly hours: number | null; readonly connection: Connection }): Promise<string>;
}

const DEFAULT_HOURS = '24';

const reports = {
  fleet: {
    json: (query, connection) => connection.request('GET', `/api/fleet/speedtest/summary?${query.toString()}`),
    text: async (answer, { hours, connection }) => {
      const summary = read(answer);
      return fleetText(summary, { hours, newest: summary.machine_count === 0 ? await newestTest(connection) : null });
    },
  },
} as const satisfies Record<string, Report>;

/** Adds `tacho report`: what the speed tests of a period say. */
export function registerReport(program: Command, io: Io): void {
  addConnectionOptions(program.command('report'))
    .description('report what speed tests of the fleet say')
    .addOption(new Option('--type <TYPE>', 'what to report').choices(Object.keys(reports)).default('fleet'))
    .option('--hours <N>', `the last so many hours (default: ${DEFAULT_HOURS})`)
    .option('--start <INSTANT>', 'beginning, inclusive; UTC unless it says a zone, as 2026-01-01T00:00+02:00 does')
    .option('--end <INSTANT>', 'end, exclusive; UTC unless it says a zone (default: now)')
    .addOption(new Option('--format <FORMAT>', 'form of the report').choices(['text', 'json']).default('text'))
    .option('--json', 'same as --format json')
    .option('-o, --output <FILE>', 'write to a file instead of the terminal')
    .addHelpText(
      'after',
      '\nWhat is printed is UTC.\n\nExamples:\n  tacho report --hours 168\n  tacho report --start 2026-01-01 --end 2026-02-01 --format json',
    )
    .action(async (flags: Flags) => {
      const report: Report = reports[flags.type];
      const connection = connect(flags, io.env, { note: io.err });
      const hours = flags.start === undefined && flags.end === undefined ? Number(flags.hours ?? DEFAULT_HOURS) : null;
      let text: string;
      try {
        const answer = await report.json(queryOf(flags), connection);
        text = flags.json === true || flags.format === 'json' ? `${JSON.stringify(answer)}\n` : await report.text(answer, { hours, connection });
      } finally {
        await connection.close();
      }
      if (flags.output === undefined) io.out(text);
      else await write(flags.output, text);
    });
}

function queryOf({ hours, start, end }: Flags): URLSearchParams {
  const query = new URLSearchParams();
  if (start !== undefined) query.set('start_time', start);
  if (end !== undefined) query.set('end_time', end);
  if (hours !== undefined || start === undefined) query.set('hours', hours ?? DEFAULT_HOURS);
  return query;
}

function read(answer: unknown): SpeedSummary {
  const parsed = speedSummary.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new TachoError('internal', 'the server answered another report than this program knows: is it of another version?', { cause: parsed.error });
}

const newestAnswer = z.object({ items: z.array(z.object({ started_at: instant })) });

/** When the newest speed test of all was; null where there is none. */
async function newestTest(connection: Connection): Promise<number | null> {
  const answer = await connection.request('GET', '/api/results?kind=speedtest&status=success,failed,timeout&fields=started_at&limit=1');
  return newestAnswer.safeParse(answer).data?.items[0]?.started_at ?? null;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new TachoError('unavailable', `cannot write the report to ${file}: ${(error as Error).message}`, { cause: error });
  }
}
