import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { TachoError } from '../../model/errors.ts';
import { openDataDirectory } from '../../server/data-directory.ts';
import { readSettings } from '../../server/settings.ts';
import { copyControlStore, type CopiedTable } from '../../store/control/copy.ts';
import { parseDatabaseUrl, postgresLabel, type DatabaseAddress } from '../../store/control/database-url.ts';
import { systemClock } from '../../util/clock.ts';
import { table } from '../format/text.ts';

interface Flags {
  readonly config?: string;
  readonly data?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export function registerMigrateControl(program: Command): void {
  program
    .command('migrate-control')
    .description('copy the control store from SQLite to an empty PostgreSQL database, while the server is stopped')
    .option('--from <URL>', 'sqlite:///FILE to copy (default: control.sqlite of the data directory)')
    .option('--to <URL>', 'postgresql://USER@HOST/DATABASE to copy to (default: DATABASE_URL, which other users cannot see)')
    .option('-d, --data <DIR>', 'data directory of the server (default: ~/.tachograph)')
    .option('-c, --config <FILE>', 'configuration file (YAML)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgresql://tacho:PASSWORD@db.example.org/tacho tacho migrate-control')
    .action(async (flags: Flags) => {
      const settings = readSettings({ file: flags.config, env: process.env, flags: { data: flags.data } });
      const from = flags.from === undefined ? join(settings.data, 'control.sqlite') : sourceFile(flags.from);
      const to = targetUrl(flags.to === undefined ? settings.database_url : parseDatabaseUrl(flags.to));
      const tables = await whileStopped(from, () => copyControlStore({ from, to, clock: systemClock }));
      const answer = { from, to: postgresLabel(to), tables };
      process.stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : report(answer));
    });
}

function sourceFile(text: string): string {
  const address = parseDatabaseUrl(text);
  if (address?.engine !== 'sqlite') throw new TachoError('invalid_request', 'invalid --from: expected sqlite:///FILE');
  return address.path;
}

function targetUrl(address: DatabaseAddress | null): string {
  if (address?.engine !== 'postgres') {
    throw new TachoError('invalid_request', 'no target: expected postgresql://USER:PASSWORD@HOST/DATABASE in DATABASE_URL, or --to');
  }
  return address.url;
}

/** Holds the lock of the file's data directory, where it is in one: no server can run on it meanwhile. */
async function whileStopped<T>(file: string, work: () => Promise<T>): Promise<T> {
  const folder = dirname(file);
  if (!existsSync(join(folder, 'server.lock'))) return work();
  const directory = openDataDirectory(folder);
  try {
    return await work();
  } finally {
    directory.release();
  }
}

function report({ from, to, tables }: { from: string; to: string; tables: readonly CopiedTable[] }): string {
  const rows = table(
    tables.map((entry) => [entry.table, String(entry.rows)]),
    { indent: '  ', right: [1] },
  );
  return [
    `Copied ${from} to ${to}:`,
    ...rows,
    'Start the server with this DATABASE_URL from now on. The file is as it was and no longer used.',
    '',
  ].join('\n');
}
