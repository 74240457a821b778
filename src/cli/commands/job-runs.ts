import type { Command } from 'commander';
import * as z from 'zod';
import { plannedRun, runStatuses, type RunStatus } from '../../model/planned-run.ts';
import { addApiCommand, collect } from '../api-command.ts';
import { thingPath, wire, type Wire } from '../answers.ts';
import { instantText, listing, type Column } from '../format/listing.ts';
import type { Colour } from '../format/style.ts';
import type { Io } from '../io.ts';

type Run = Wire<typeof plannedRun>;

const colours: Readonly<Record<RunStatus, Colour>> = {
  success: 'green',
  failed: 'red',
  timeout: 'red',
  skipped: 'yellow',
  missing: 'red',
  pending: 'dim',
};

const columns: readonly Column<Run>[] = [
  { title: 'PLANNED (UTC)', cell: ({ planned_at }) => instantText(planned_at) },
  { title: 'STATUS', cell: ({ status }) => status, colour: ({ status }) => colours[status] },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'AGENT', cell: ({ agent }) => agent },
  { title: 'DESTINATION', cell: ({ destination }) => destination ?? '-' },
  { title: 'STARTED (UTC)', cell: ({ started_at }) => instantText(started_at) },
  { title: 'WHY', cell: ({ failure, late_possible }) => failure?.message ?? (late_possible ? 'nothing was reported; it may still come' : '-') },
];

const page = z.object({ items: z.array(plannedRun), next: z.string().nullable() });

interface RunFlags {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly status?: readonly string[];
  readonly agent?: readonly string[];
  readonly destination?: readonly string[];
  readonly limit?: string;
  readonly unplanned?: boolean;
}

/** Adds `tacho jobs runs`: what was planned, and what became of it. */
export function registerJobRuns(group: Command, io: Io): void {
  addApiCommand<RunFlags>(group, io, {
    name: 'runs',
    description: 'runs of a job as they were planned, newest first, and what became of each',
    examples: ['jobs runs edge', 'jobs runs edge --hours 168 --status missing,skipped'],
    takes: [['<job>', 'its name or id']],
    hint: 'tacho jobs list shows what there is',
    options: (command) => {
      command
        .option('--from <INSTANT>', 'planned at that instant or later; UTC where it has no zone')
        .option('--to <INSTANT>', 'planned before that instant (default: now)')
        .option('--hours <N>', 'the last so many hours before --to (default: 24)')
        .option('--status <STATUS>', `only these: ${runStatuses.join(', ')}; several with commas`, collect)
        .option('--agent <AGENT>', 'only of this agent; may be given again', collect)
        .option('--destination <DESTINATION>', 'only to this destination; may be given again', collect)
        .option('--limit <COUNT>', 'most runs to show (default: 50)')
        .option('--unplanned', 'also runs that were asked for beside the plan');
    },
    run: async (api, [reference = ''], { limit = '50', unplanned, ...flags }) => {
      const query = new URLSearchParams({ limit });
      if (unplanned === true) query.set('unplanned', 'true');
      for (const name of ['from', 'to', 'hours', 'status', 'agent', 'destination'] as const) {
        const value = flags[name];
        if (value !== undefined) query.set(name, typeof value === 'string' ? value : value.join(','));
      }
      const answer = wire(page, await api.request('GET', `${thingPath('jobs', reference)}/runs?${query.toString()}`));
      const empty = answer.items.length === 0;
      const note = empty ? 'no run was planned in that time' : answer.next === null ? null : 'there are more: --limit shows them';
      return { json: answer, text: (style) => (empty ? '' : listing(columns, answer.items, style)), ...(note !== null && { note }) };
    },
  });
}
