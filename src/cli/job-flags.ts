import type { Command } from 'commander';
import type * as z from 'zod';
import { TachoError } from '../model/errors.ts';
import type { jobInput } from '../model/job.ts';
import { kindNames } from '../model/kinds/index.ts';
import { collect } from './api-command.ts';
import { parseDuration } from './duration.ts';
import { jobOptionsHelp } from './job-options.ts';

type Input = z.input<typeof jobInput>;

/** What the command line says of a job. */
export interface JobFlags {
  readonly name?: string;
  readonly kind?: readonly string[];
  readonly metrics?: readonly string[];
  readonly destination?: readonly string[];
  readonly agent?: readonly string[];
  readonly mesh?: string;
  readonly interval?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly window?: readonly string[];
  readonly start?: string;
  readonly end?: string;
  readonly budget?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly option?: readonly string[];
  readonly stopped?: boolean;
}

export function addJobOptions(command: Command, defaults: { readonly interval: string; readonly agent: string }): void {
  command
    .option('--kind <KIND>', `what to measure: ${kindNames.join(', ')}; several with commas, or given again`, collect)
    .option('--metrics <METRIC>', 'the same in other words, such as bandwidth, jitter or packet_loss', collect)
    .option('--destination <DESTINATION>', 'a destination by name or id, or tag:WORD; may be given again', collect)
    .option('--agent <AGENT>', `an agent by name or id, label:KEY=VALUE, or * for all; may be given again${defaults.agent}`, collect)
    .option('--mesh <MESH>', "agents measure each other: full, hub:AGENT or pairs:LABEL; '' for none")
    .option('--interval <TIME>', `time between runs, such as 90s, 5m or 1h; 60s or more${defaults.interval}`)
    .option('--cron <EXPRESSION>', "when it runs, in place of --interval, such as '*/10 8-17 * * mon-fri'")
    .option('--time-zone <ZONE>', 'the zone of --cron and --window, such as Europe/Berlin (default: UTC)')
    .option('--window <WINDOW>', "a time in which it may run, such as 'mon-fri 09:00-17:00'; may be given again; '' for always", collect)
    .option('--start <INSTANT>', "no run before, such as 2026-12-01T08:00:00Z; '' for at once")
    .option('--end <INSTANT>', "no run from then on; '' for never")
    .option('--budget <MB>', "most megabytes a UTC day that each agent may spend on it; '' for no limit")
    .option('--option <KIND.KEY=VALUE>', "an option of a kind's run; without a value: the kind's default; may be given again", collect)
    .option('--description <TEXT>', "a remark; '' for nothing")
    .option('--tag <TAG>', "a tag; may be given again; '' for none", collect)
    .addHelpText('after', () => `\nOptions of the kinds:\n${jobOptionsHelp().join('\n')}`);
}

/** What the flags say, in the API's words; an empty text takes away. */
export function givenInput(flags: JobFlags): Partial<Input> {
  const { kind, metrics, destination, agent, interval, cron, timeZone, window, start, end, mesh, budget, description, tag } = flags;
  return {
    ...(kind !== undefined && { kinds: wordsOf(kind) }),
    ...(metrics !== undefined && { metrics: wordsOf(metrics) }),
    ...(destination !== undefined && { destinations: destination.filter((text) => text !== '') }),
    ...(agent !== undefined && { agents: [...agent] }),
    ...(interval !== undefined && { interval: parseDuration(interval, '--interval') }),
    ...(cron !== undefined && { cron }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
    ...(window !== undefined && { windows: window.filter((text) => text !== '').map(readWindow) }),
    ...(start !== undefined && { start_time: start === '' ? null : start }),
    ...(end !== undefined && { end_time: end === '' ? null : end }),
    ...(mesh !== undefined && { mesh: readMesh(mesh) }),
    ...(budget !== undefined && { budget_mb_per_day: readBudget(budget) }),
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(tag !== undefined && { tags: tag.filter((word) => word !== '') }),
  };
}

/** Megabytes a day, or null for no limit. @throws {TachoError} invalid_request */
export function readBudget(text: string): number | null {
  if (text === '') return null;
  const megabytes = Number(text);
  if (Number.isFinite(megabytes) && megabytes > 0) return megabytes;
  throw new TachoError('invalid_request', `invalid --budget: expected megabytes a day above 0, got ${JSON.stringify(text)}`);
}

function readWindow(text: string): NonNullable<Input['windows']>[number] {
  const match = /^(\S+)\s+([\d:]+)\s*-\s*([\d:]+)$/.exec(text.trim());
  if (match === null) {
    throw new TachoError('invalid_request', `invalid --window: expected days and times such as 'mon-fri 09:00-17:00', got ${JSON.stringify(text)}`);
  }
  const [, days = '', from = '', to = ''] = match;
  return { days: days.split(','), from, to };
}

function readMesh(text: string): Input['mesh'] {
  if (text === '') return null;
  if (text === 'full') return { type: 'full' };
  const [type, ...rest] = text.split(':');
  const of = rest.join(':');
  if (type === 'hub' && of !== '') return { type: 'hub', hub: of };
  if (type === 'pairs' && of !== '') return { type: 'pairs', label: of };
  throw new TachoError('invalid_request', `invalid --mesh: expected full, hub:AGENT or pairs:LABEL, got ${JSON.stringify(text)}`);
}

function wordsOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).map((text) => text.trim());
}
