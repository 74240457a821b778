import type { Command } from 'commander';
import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';
import { jobWithForecast } from '../../model/forecast.ts';
import { DEFAULT_INTERVAL_S, job as jobSchema, jobInputOf } from '../../model/job.ts';
import { kindNames } from '../../model/kinds/index.ts';
import { kindsOfMetrics } from '../../model/metric-words.ts';
import { thingPath, wire, wholeList, type Wire } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import type { Connection } from '../connection.ts';
import { forecastText, jobColumns, jobText, whenText } from '../format/job.ts';
import { listing } from '../format/listing.ts';
import { shellWord } from '../../protocol/agent-install.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';
import { addJobOptions, givenInput, type JobFlags } from '../job-flags.ts';
import { readJobOptions } from '../job-options.ts';
import { registerJobRuns } from './job-runs.ts';
import { addJobAnalysis } from './job-analysis.ts';

type Job = Wire<typeof jobSchema>;

const hint = 'tacho jobs list shows what there is';
const one = [['<job>', 'its name or id']] as const;

/** Adds `tacho jobs`: who measures what, where and how often, and what came of it. */
export function registerJobs(program: Command, io: Io): void {
  const group = program.command('jobs').description('list, show, add, change, start, stop, run and remove jobs; show their runs');

  addApiCommand(group, io, {
    name: 'list',
    description: 'list jobs',
    examples: ['jobs list'],
    run: async (api) => {
      const answer = await wholeList(jobSchema, '/api/jobs', api);
      const empty = answer.items.length === 0;
      return {
        json: answer,
        text: (style) => (empty ? '' : listing(jobColumns, answer.items, style)),
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
      return { json: found, text: (style) => jobText(found, style) };
    },
  });

  addApiCommand<JobFlags>(group, io, {
    name: 'add',
    description: 'add a job; its first run is at once',
    examples: [
      'jobs add edge --kind ping,dns --destination example',
      'jobs add fine --kind ping --destination example --interval 5m --option ping.count=50',
      "jobs add office --kind http --destination tag:web --cron '*/10 * * * *' --window 'mon-fri 08:00-18:00' --time-zone Europe/Berlin",
    ],
    takes: [['<name>', 'what it is called']],
    hint,
    options: (command) => {
      addJobOptions(command, { interval: ` (default: ${DEFAULT_INTERVAL_S}s)`, agent: ' (default: *)' });
      command.option('--stopped', 'do not start it yet');
    },
    run: async (api, [name = ''], flags) => {
      if (flags.kind === undefined && flags.metrics === undefined)
        throw new TachoError('invalid_request', `missing --kind: expected one of ${kindNames.join(', ')}, or several with commas`);
      const input = {
        name,
        ...(flags.cron === undefined && { interval: DEFAULT_INTERVAL_S }),
        ...givenInput(flags),
        options: readJobOptions(flags.option ?? [], {}),
        enabled: flags.stopped !== true,
      };
      const added = wire(jobWithForecast, await api.request('POST', '/api/jobs', input));
      const when = added.enabled
        ? added.state === 'scheduled'
          ? `${whenText(added)}, ${added.state_reason}`
          : `${whenText(added)}, at once for the first time`
        : 'stopped';
      return {
        json: added,
        text: () =>
          `added job ${printable(added.name)} (id ${added.id}): ${printable(added.kinds.join(', '))}, ${when}\n${forecastText(added.forecast)}`,
        ...warningNote(added.forecast.warnings),
      };
    },
  });

  addApiCommand<JobFlags>(group, io, {
    name: 'set',
    description: 'change a job; where it measures something else now, its first run is at once',
    examples: ['jobs set edge --interval 10m', 'jobs set edge --option ping.count=50 --option ping.size='],
    takes: one,
    hint,
    options: (command) => {
      command.option('--name <NAME>', 'its new name');
      addJobOptions(command, { interval: '', agent: '' });
    },
    run: async (api, [reference = ''], flags) => {
      const found = await find(api, reference);
      const changes = { ...(flags.name !== undefined && { name: flags.name }), ...givenInput(flags) };
      if (Object.keys(changes).length === 0 && flags.option === undefined)
        throw new TachoError('invalid_request', 'nothing to change: --help shows the options');
      const input = withChanges(jobInputOf(found), changes);
      const measured = input.kinds ?? kindsOfMetrics(input.metrics ?? []);
      // Options of a kind that is measured no more go with it.
      const kept = Object.fromEntries(Object.entries(found.options).filter(([kind]) => measured.includes(kind)));
      const whole = { ...input, options: readJobOptions(flags.option ?? [], kept) };
      const changed = wire(jobWithForecast, await api.request('PUT', thingPath('jobs', String(found.id)), whole));
      const { forecast } = changed;
      return { json: changed, text: (style) => jobText(changed, style) + forecastText(forecast), ...warningNote(forecast.warnings) };
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
    examples: ['jobs run edge', 'jobs runs edge --unplanned'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const answer = wire(z.object({ agents: z.array(z.string()) }), await api.request('POST', `${thingPath('jobs', reference)}/run`));
      if (answer.agents.length === 0) {
        return { json: answer, text: () => '', note: 'no connected agent has this job: tacho agents list shows who is online', exitCode: 1 };
      }
      return {
        json: answer,
        text: () =>
          `running on ${answer.agents.map(printable).join(', ')}\nresults, once they are there: tacho jobs runs ${shellWord(printable(reference))} --unplanned; or on the dashboard\n`,
      };
    },
  });

  registerJobRuns(group, io);
  addJobAnalysis(group, io);
}

async function find(api: Connection, reference: string): Promise<Job> {
  return wire(jobSchema, await api.request('GET', thingPath('jobs', reference)));
}

type Input = ReturnType<typeof jobInputOf>;

/** A job's input with what is said anew. Whoever says kinds, metrics, an interval or cron takes the other word for it away. */
function withChanges({ kinds, metrics, interval, cron, ...same }: Input, changes: Partial<Input>): Input {
  const saysWhat = changes.kinds !== undefined || changes.metrics !== undefined;
  const saysWhen = changes.interval !== undefined || changes.cron !== undefined;
  return { ...same, ...(!saysWhat && { kinds, metrics }), ...(!saysWhen && { interval, cron }), ...changes };
}

function warningNote(warnings: readonly string[]): { note?: string } {
  return warnings.length === 0 ? {} : { note: warnings.map(printable).join('; ') };
}
