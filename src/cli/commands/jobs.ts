import type { Command } from 'commander';
import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';
import { DEFAULT_INTERVAL_S, job as jobSchema, jobInputOf, type jobInput } from '../../model/job.ts';
import { kindNames } from '../../model/kinds/index.ts';
import { thingPath, wire, wholeList, type Wire } from '../answers.ts';
import { addApiCommand, collect } from '../api-command.ts';
import type { Connection } from '../connection.ts';
import { durationText, parseDuration } from '../duration.ts';
import { fields, instantText, listing, pairs, words, type Column } from '../format/listing.ts';
import type { Style } from '../format/style.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';
import { addJobAnalysis } from './job-analysis.ts';
import { jobOptionsHelp, readJobOptions, type JobOptions } from '../job-options.ts';

type Job = Wire<typeof jobSchema>;
type Input = z.input<typeof jobInput>;

const columns: readonly Column<Job>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: stateOf, colour: ({ enabled }) => (enabled ? 'green' : 'dim') },
  { title: 'WHEN', right: true, cell: ({ interval, cron }) => (interval === null ? (cron ?? '-') : durationText(interval)) },
  { title: 'KINDS', cell: ({ kinds }) => words(kinds) },
  { title: 'DESTINATIONS', cell: ({ destinations }) => words(destinations) },
  { title: 'AGENTS', cell: ({ agents }) => words(agents) },
];

const hint = 'tacho jobs list shows what there is';
const one = [['<job>', 'its name or id']] as const;

interface Flags {
  readonly name?: string;
  readonly kind?: readonly string[];
  readonly destination?: readonly string[];
  readonly agent?: readonly string[];
  readonly interval?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly option?: readonly string[];
  readonly stopped?: boolean;
}

/** Adds `tacho jobs`: who measures what, where and how often, and what came of it. */
export function registerJobs(program: Command, io: Io): void {
  const group = program.command('jobs').description('list, show, add, change, start, stop, run and remove jobs');

  addApiCommand(group, io, {
    name: 'list',
    description: 'list jobs',
    examples: ['jobs list'],
    run: async (api) => {
      const answer = await wholeList(jobSchema, '/api/jobs', api);
      const empty = answer.items.length === 0;
      return {
        json: answer,
        text: (style) => (empty ? '' : listing(columns, answer.items, style)),
        ...(empty && { note: 'no jobs yet: tacho jobs add NAME --kind ping --destination NAME adds one' }),
      };
    },
  });

  addApiCommand(group, io, {
    name: 'show',
    description: 'show one job',
    examples: ['jobs show reachability'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const found = await find(api, reference);
      return { json: found, text: (style) => described(found, style) };
    },
  });

  addApiCommand<Flags>(group, io, {
    name: 'add',
    description: 'add a job; its first run is at once',
    examples: [
      'jobs add edge --kind ping,dns --destination example',
      'jobs add fine --kind ping --destination example --interval 5m --option ping.count=50',
    ],
    takes: [['<name>', 'what it is called']],
    hint,
    options: (command) => {
      addOptions(command, { interval: ` (default: ${DEFAULT_INTERVAL_S}s)`, agent: ' (default: *)' });
      command.option('--stopped', 'do not start it yet');
    },
    run: async (api, [name = ''], flags) => {
      if (flags.kind === undefined)
        throw new TachoError('invalid_request', `missing --kind: expected one of ${kindNames.join(', ')}, or several with commas`);
      const input = {
        name,
        interval: DEFAULT_INTERVAL_S,
        ...given(flags),
        options: readJobOptions(flags.option ?? [], {}),
        enabled: flags.stopped !== true,
      };
      const added = wire(jobSchema, await api.request('POST', '/api/jobs', input));
      const when = added.enabled ? `${whenOf(added)}, at once for the first time` : 'stopped';
      return { json: added, text: () => `added job ${printable(added.name)} (id ${added.id}): ${printable(added.kinds.join(', '))}, ${when}\n` };
    },
  });

  addApiCommand<Flags>(group, io, {
    name: 'set',
    description: 'change a job; where it measures something else now, its first run is at once',
    examples: ['jobs set edge --interval 10m', 'jobs set edge --option ping.count=50 --option ping.size='],
    takes: one,
    hint,
    options: (command) => {
      command.option('--name <NAME>', 'its new name');
      addOptions(command, { interval: '', agent: '' });
    },
    run: async (api, [reference = ''], flags) => {
      const found = await find(api, reference);
      const changes = { ...(flags.name !== undefined && { name: flags.name }), ...given(flags) };
      if (Object.keys(changes).length === 0 && flags.option === undefined)
        throw new TachoError('invalid_request', 'nothing to change: --help shows the options');
      const before = jobInputOf(found);
      // Whoever says new kinds or a new interval takes the other word for it away.
      const { metrics, cron, ...same } = before;
      const input = { ...same, ...(changes.kinds === undefined && { metrics }), ...(changes.interval === undefined && { cron }), ...changes };
      // Options of a kind that is measured no more go with it.
      const kept = Object.fromEntries(Object.entries(found.options).filter(([kind]) => input.kinds?.includes(kind)));
      const whole = { ...input, options: readJobOptions(flags.option ?? [], kept) };
      const changed = wire(jobSchema, await api.request('PUT', thingPath('jobs', String(found.id)), whole));
      return { json: changed, text: (style) => described(changed, style) };
    },
  });

  addApiCommand(group, io, {
    name: 'rm',
    description: 'remove a job; what it measured stays',
    examples: ['jobs rm edge'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const found = await find(api, reference);
      await api.request('DELETE', thingPath('jobs', String(found.id)));
      return { json: found, text: () => `removed job ${printable(found.name)}; what it measured stays\n` };
    },
  });

  for (const [verb, done, description] of [
    ['start', 'started', 'start a job; its first run is at once'],
    ['stop', 'stopped', 'stop a job; what it measured stays'],
  ] as const) {
    addApiCommand(group, io, {
      name: verb,
      description,
      examples: [`jobs ${verb} edge`],
      takes: one,
      hint,
      run: async (api, [reference = '']) => {
        const changed = wire(jobSchema, await api.request('POST', `${thingPath('jobs', reference)}/${verb}`));
        return { json: changed, text: () => `${done} job ${printable(changed.name)}\n` };
      },
    });
  }

  addApiCommand(group, io, {
    name: 'run',
    description: 'run a job once, now, beside its schedule, on every connected agent that has it',
    examples: ['jobs run edge'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const answer = wire(z.object({ agents: z.array(z.string()) }), await api.request('POST', `${thingPath('jobs', reference)}/run`));
      if (answer.agents.length === 0) {
        return { json: answer, text: () => '', note: 'no connected agent has this job: tacho agents list shows who is online', exitCode: 1 };
      }
      return { json: answer, text: () => `running on ${answer.agents.map(printable).join(', ')}\n` };
    },
  });

  addJobAnalysis(group, io);
}

async function find(api: Connection, reference: string): Promise<Job> {
  return wire(jobSchema, await api.request('GET', thingPath('jobs', reference)));
}

function addOptions(command: Command, defaults: { readonly interval: string; readonly agent: string }): void {
  command
    .option('--kind <KIND>', `what to measure: ${kindNames.join(', ')}; several with commas, or given again`, collect)
    .option('--destination <DESTINATION>', 'a destination by name or id, or tag:WORD; may be given again', collect)
    .option('--agent <AGENT>', `an agent by name or id, label:KEY=VALUE, or * for all; may be given again${defaults.agent}`, collect)
    .option('--interval <TIME>', `time between runs, such as 90s, 5m or 1h; 60s or more${defaults.interval}`)
    .option('--option <KIND.KEY=VALUE>', "an option of a kind's run; without a value: the kind's default; may be given again", collect)
    .option('--description <TEXT>', "a remark; '' for nothing")
    .option('--tag <TAG>', "a tag; may be given again; '' for none", collect)
    .addHelpText('after', () => `\nOptions of the kinds:\n${jobOptionsHelp().join('\n')}`);
}

/** What the flags say, in the API's words; an empty text takes away. */
function given({ kind, destination, agent, interval, description, tag }: Flags): Partial<Input> {
  return {
    ...(kind !== undefined && { kinds: kind.flatMap((text) => text.split(',')).map((text) => text.trim()) }),
    ...(destination !== undefined && { destinations: destination.filter((text) => text !== '') }),
    ...(agent !== undefined && { agents: [...agent] }),
    ...(interval !== undefined && { interval: parseDuration(interval, '--interval') }),
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(tag !== undefined && { tags: tag.filter((word) => word !== '') }),
  };
}

/** When a job runs, in words. */
function whenOf({ interval, cron, time_zone }: Job): string {
  if (interval !== null) return `every ${durationText(interval)}`;
  return `cron ${cron ?? ''} (${time_zone})`;
}

function stateOf({ enabled }: Job): string {
  return enabled ? 'running' : 'stopped';
}

function described(job: Job, style: Style): string {
  const options = Object.entries(job.options as JobOptions).flatMap(([kind, values]) => pairs(values).map((pair) => `${kind}.${pair}`));
  return fields(
    [
      ['id', String(job.id)],
      ['name', job.name],
      ['state', stateOf(job)],
      ['when', whenOf(job)],
      ['kinds', words(job.kinds)],
      ['destinations', words(job.destinations)],
      ['agents', words(job.agents)],
      ['options', options],
      ['description', job.description ?? '-'],
      ['tags', words(job.tags)],
      ['revision', `${job.revision}, since ${instantText(job.since)}`],
      ['created', instantText(job.created_at)],
    ],
    style,
  );
}
