import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { applyAnswer, type ApplyAction, type ApplyAnswer, type ApplyItem } from '../../model/apply.ts';
import { TachoError } from '../../model/errors.ts';
import { readConfigFile, readConfigText, withLines, type ConfigFile } from '../../server/declared/read-config.ts';
import { settingProblems } from '../../server/settings.ts';
import { wire } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import type { Colour, Style } from '../format/style.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

interface Flags {
  readonly file?: string;
  readonly as?: string;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly release?: boolean;
}

/** What is shown before each kind of change, and how it is coloured. */
const signs: Readonly<Record<ApplyAction, readonly [sign: string, colour: Colour | undefined]>> = {
  add: ['+', 'green'],
  change: ['~', 'yellow'],
  none: ['=', 'dim'],
  remove: ['-', 'red'],
  release: ['<', 'yellow'],
  keep: ['?', 'dim'],
};

/** Adds `tacho apply`: what a file declares is made so. */
export function registerApply(program: Command, io: Io): void {
  addApiCommand<Flags>(program, io, {
    name: 'apply',
    description: 'make the destinations and jobs that a file declares so: all of them, or none where anything is wrong',
    examples: ['apply -f config.yaml --dry-run', 'apply -f config.yaml', 'apply -f config.yaml --prune'],
    options: (command) =>
      command
        .requiredOption('-f, --file <FILE>', 'configuration file (YAML or JSON), - for standard input')
        .option('--as <NAME>', "what its objects are declared by (default: the file's name without its folders)")
        .option('--dry-run', 'say what would be done, and do nothing')
        .option('--prune', 'remove what this file declared before and does not now; results stay')
        .option('--release', 'keep what this file declared before and does not now, to be changed by hand again'),
    run: async (api, _args, flags) => {
      const config = readConfig(flags.file ?? '');
      const problems = settingProblems(config.settings, flags.file ?? '');
      if (problems.length > 0) throw new TachoError('invalid_request', problems.join('\n'), { details: problems });
      const body = {
        source: flags.as ?? config.source,
        dry_run: flags.dryRun === true,
        prune: flags.prune === true,
        release: flags.release === true,
        destinations: config.destinations,
        jobs: config.jobs,
      };
      const answer = wire(
        applyAnswer,
        await api.request('POST', '/api/apply', body).catch((error: unknown) => {
          throw withLines(error, config);
        }),
      );
      const notes = notesOf(answer, config);
      return { json: answer, text: (style) => planText(answer, style), ...(notes !== '' && { note: notes }) };
    },
  });
}

function readConfig(file: string): ConfigFile {
  return file === '-' ? { ...readConfigText(readFileSync(0, 'utf8'), 'standard input'), source: 'stdin' } : readConfigFile(file);
}

function planText({ items, changed, dry_run: dryRun }: ApplyAnswer, style: Style): string {
  const lines = items.filter(({ action }) => action !== 'none').flatMap((item) => itemLines(item, style));
  return [...lines, summary(items, { changed, dryRun })].map((line) => `${line}\n`).join('');
}

function itemLines({ thing, name, action, takes_over: takesOver, changes }: ApplyItem, style: Style): string[] {
  const [sign, colour] = signs[action];
  const remark = {
    add: '',
    change: takesOver ? ' (takes over)' : '',
    none: '',
    remove: ' (no longer declared)',
    release: ' (no longer declared: free to be changed by hand)',
    keep: ' (no longer declared, stays as it is)',
  }[action];
  const head = `${sign} ${thing} ${printable(name)}${remark}`;
  return [
    colour === undefined ? head : style(head, colour),
    ...changes.map(({ field, before, after }) => `    ${field}: ${printable(valueText(before))} → ${printable(valueText(after))}`),
  ];
}

function valueText(value: unknown): string {
  return value === null || value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}

function summary(items: readonly ApplyItem[], { changed, dryRun }: { readonly changed: boolean; readonly dryRun: boolean }): string {
  const count = (action: ApplyAction): number => items.filter((item) => item.action === action).length;
  if (!changed) return `nothing to change: ${count('none')} as declared`;
  const would = dryRun ? 'would be ' : '';
  const parts = [
    [count('add'), 'added'],
    [count('change'), 'changed'],
    [count('remove'), 'removed'],
    [count('release'), 'released'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${would}${word}`);
  return [...said, `${count('none')} unchanged`].join(', ');
}

function notesOf({ items, warnings }: ApplyAnswer, config: ConfigFile): string {
  const kept = items.filter(({ action }) => action === 'keep').length;
  return [
    ...warnings.map((warning) => `warning: ${printable(config.describe(warning))}`),
    ...(kept === 0 ? [] : [`${kept} no longer declared here and kept: --prune removes them, --release lets them be changed by hand`]),
  ].join('\n');
}
