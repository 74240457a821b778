import type { Command } from 'commander';
import { plannedRun, runStatuses, type RunStatus } from '../../model/planned-run.ts';
import { addApiCommand, collect } from '../api-command.ts';
import { thingPath, wireList, type Wire } from '../answers.ts';
import { parseDuration } from '../duration.ts';
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

interface RunFlags {
  readonly since?: string;
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
    examples: ['jobs runs edge', 'jobs runs edge --since 7d --status missing,skipped'],
    takes: [['<job>', 'its name or id']],
    hint: 'tacho jobs list shows what there is',
    options: (command) => {
      command
        .option('--since <TIME>', 'how far back, such as 2h or 7d (default: 1d)')
        .option('--status <STATUS>', `only these: ${runStatuses.join(', ')}; several with commas`, collect)
        .option('--agent <AGENT>', 'only of this agent; may be given again', collect)
        .option('--destination <DESTINATION>', 'only to this destination; may be given again', collect)
        .option('--limit <COUNT>', 'most runs to show (default: 50)')
        .option('--unplanned', 'also runs that were asked for beside the plan');
    },
    run: async (api, [reference = ''], { since, status, agent, destination, limit = '50', unplanned }) => {
      const query = new URLSearchParams({ limit });
      if (since !== undefined) query.set('hours', String(parseDuration(since, '--since') / 3600));
      if (unplanned === true) query.set('unplanned', 'true');
      for (const [name, values] of Object.entries({ status, agent, destination })) if (values !== undefined) query.set(name, values.join(','));
      const answer = wireList(plannedRun, await api.request('GET', `${thingPath('jobs', reference)}/runs?${query.toString()}`));
      const empty = answer.items.length === 0;
      const note = empty ? 'no run was planned in that time' : answer.next === null ? null : 'there are more: --limit shows them';
      return { json: answer, text: (style) => (empty ? '' : listing(columns, answer.items, style)), ...(note !== null && { note }) };
    },
  });
}
