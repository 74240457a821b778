import { resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreBackup } from '../../server/backup/restore.ts';
import { openDataDirectory } from '../../server/data-directory.ts';
import { readSettings } from '../../server/settings.ts';
import { systemClock } from '../../util/clock.ts';
import { addExamples } from '../api-command.ts';
import { jsonText, printable } from '../format/text.ts';
import type { Io } from '../io.ts';

interface Flags {
  readonly data?: string;
  readonly config?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** Adds `tacho restore`: a backup becomes the data of a stopped server. */
export function registerRestore(program: Command, io: Io): void {
  const command = program
    .command('restore')
    .description('put a backup in place, while the server is stopped; what was there is moved aside, never deleted')
    .argument('<directory>', 'the backup')
    .option('-d, --data <DIR>', 'data directory to restore to (default: ~/.tachograph)')
    .option('-c, --config <FILE>', 'configuration file (YAML)')
    .option('--replace', 'put the data that is there aside')
    .option('--json', 'print one JSON document')
    .action(async (argument: string, flags: Flags) => {
      const settings = readSettings({ file: flags.config, env: io.env, flags: { data: flags.data } });
      const directory = openDataDirectory(settings.data);
      try {
        const from = resolve(argument);
        const { manifest, aside } = await restoreBackup({ from, directory, replace: flags.replace === true, now: systemClock.now() });
        const made = new Date(manifest.created_at).toISOString().slice(0, 19).replace('T', ' ');
        io.out(
          flags.json === true
            ? jsonText({ data: settings.data, created_at: new Date(manifest.created_at).toISOString(), aside })
            : `Restored ${printable(settings.data)} as it was at ${made} UTC.${aside === null ? '' : ` What was there is in ${printable(aside)}.`}\n`,
        );
        if (manifest.control === 'postgresql') io.err('The control store was in PostgreSQL and is not in this backup: restore it with pg_restore.\n');
      } finally {
        directory.release();
      }
    });
  addExamples(command, ['restore /var/backups/tachograph-2026-11-22 --data /var/lib/tachograph']);
}
