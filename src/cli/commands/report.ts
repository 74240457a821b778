import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { TachoError } from '../../model/errors.ts';
import { speedSummary, type SpeedSummary } from '../../model/speed-summary.ts';
import { fleetText } from '../../reports/fleet-text.ts';
import { addConnectionOptions, connect, type Connection, type ConnectionFlags } from '../connection.ts';

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
  text(answer: unknown, hours: number | null): string;
}

const DEFAULT_HOURS = '24';

const reports = {
  fleet: {
    json: (query, connection) => connection.request('GET', `/api/fleet/speedtest/summary?${query.toString()}`),
    text: (answer, hours) => fleetText(read(answer), hours),
  },
} as const satisfies Record<string, Report>;

/** Adds `tacho report`: what the speed tests of a period say. */
export function registerReport(program: Command): void {
  addConnectionOptions(program.command('report'))
    .description('report what speed tests of the fleet say')
    .addOption(new Option('--type <TYPE>', 'what to report').choices(Object.keys(reports)).default('fleet'))
    .option('--hours <N>', `the last so many hours (default: ${DEFAULT_HOURS})`)
    .option('--start <INSTANT>', 'beginning, inclusive; UTC unless it says a zone')
    .option('--end <INSTANT>', 'end, exclusive (default: now)')
    .addOption(new Option('--format <FORMAT>', 'form of the report').choices(['text', 'json']).default('text'))
    .option('--json', 'same as --format json')
    .option('-o, --output <FILE>', 'write to a file instead of the terminal')
    .addHelpText('after', '\nExamples:\n  tacho report --hours 168\n  tacho report --start 2026-01-01 --end 2026-02-01 --format json')
    .action(async (flags: Flags) => {
      const report: Report = reports[flags.type];
      const connection = connect(flags, process.env);
      const answer = await report.json(queryOf(flags), connection).finally(() => connection.close());
      const hours = flags.start === undefined && flags.end === undefined ? Number(flags.hours ?? DEFAULT_HOURS) : null;
      const text = flags.json === true || flags.format === 'json' ? `${JSON.stringify(answer)}\n` : report.text(answer, hours);
      if (flags.output === undefined) process.stdout.write(text);
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

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new TachoError('unavailable', `cannot write the report to ${file}: ${(error as Error).message}`, { cause: error });
  }
}
