import { resolve } from 'node:path';
import type { Command } from 'commander';
import { manifest } from '../../server/backup/manifest.ts';
import { wire } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import { bytes } from '../format/metric.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

/** Adds `tacho backup`: everything, while the server runs. */
export function registerBackup(program: Command, io: Io): void {
  addApiCommand(program, io, {
    name: 'backup',
    description: "copy everything into a new directory of the server's machine, while it runs",
    examples: ['backup /var/backups/tachograph-2026-11-22'],
    takes: [['<directory>', 'where to; it must not exist, or be empty']],
    run: async (api, [argument = '']) => {
      const directory = resolve(argument);
      const made = wire(manifest, await api.request('POST', '/api/backup', { directory }));
      const files = Object.entries(made.files).map(([name, file]) => `  ${printable(name)}  ${bytes(file.bytes)}`);
      return {
        json: { directory, ...made },
        text: () => `Backed up to ${printable(directory)}:\n${files.join('\n')}\n`,
        ...(made.control === 'postgresql' && { note: 'The control store is in PostgreSQL and not in this backup: use pg_dump for it.' }),
      };
    },
  });
}
