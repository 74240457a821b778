import type { Command } from 'commander';
import { lease as leaseSchema } from '../../model/lease.ts';
import { wholeList, type Wire } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import { instantText, listing, words, type Column } from '../format/listing.ts';
import type { Colour } from '../format/style.ts';
import type { Io } from '../io.ts';

type Lease = Wire<typeof leaseSchema>;

const colours: Readonly<Record<Lease['state'], Colour | undefined>> = { held: 'green', preparing: 'green', waiting: 'yellow', closing: 'dim' };

const columns: readonly Column<Lease>[] = [
  { title: 'STATE', cell: ({ state }) => state, colour: ({ state }) => colours[state] },
  { title: 'AGENT', cell: ({ agent }) => agent },
  { title: 'DESTINATION', cell: ({ destination }) => destination ?? '-' },
  { title: 'JOB', cell: ({ job }) => job },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'SINCE (UTC)', cell: ({ since }) => instantText(since) },
  { title: 'UNTIL (UTC)', cell: ({ deadline, expires_at }) => instantText(expires_at ?? deadline) },
  { title: 'WAITS FOR', cell: ({ waits_for }) => (waits_for.length === 0 ? '-' : words(waits_for)) },
];

/** Adds `tacho leases`: which runs measure alone, and which wait to. */
export function registerLeases(program: Command, io: Io): void {
  const group = program.command('leases').description('list the runs that measure alone, and those that wait to');

  addApiCommand(group, io, {
    name: 'list',
    description: 'list leases: those that are held, then those that wait, in their order',
    examples: ['leases list', 'leases list --json'],
    run: async (api) => {
      const answer = await wholeList(leaseSchema, '/api/leases', api);
      const empty = answer.items.length === 0;
      return {
        json: answer,
        text: (style) => (empty ? '' : listing(columns, answer.items, style)),
        ...(empty && { note: 'nothing measures alone at the moment, and nothing waits to' }),
      };
    },
  });
}
