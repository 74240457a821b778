import type { Argument, Command, Option } from 'commander';
import { kindNames } from '../../model/kinds/index.ts';

interface Word {
  readonly word: string;
  readonly description: string;
}

/** What may stand after an option, or at a command's position: `words a b`, `names agents`, `files`, `directories` or `anything`. */
export type Action = string;

/** What can be typed where. A command is known by its path, such as `agents list`; the program itself by ''. */
export interface CompletionPlan {
  readonly commands: ReadonlyMap<string, readonly Word[]>;
  readonly options: ReadonlyMap<string, readonly Word[]>;
  /** For each action the places where it holds: `agents list --data`, or `agents show 1` for the first argument. */
  readonly actions: ReadonlyMap<Action, readonly string[]>;
}

/** What stands where, by what the command line calls its arguments and values. */
const known: Readonly<Record<string, Action>> = {
  file: 'files',
  dir: 'directories',
  agent: 'names agents',
  destination: 'names destinations',
  job: 'names jobs',
  kind: ['words', ...kindNames].join(' '),
};

/** Reads the plan off the program: nothing of it is written down a second time. */
export function completionPlan(program: Command): CompletionPlan {
  const commands = new Map<string, readonly Word[]>();
  const options = new Map<string, readonly Word[]>();
  const actions = new Map<Action, string[]>();
  const at = (action: Action, path: string, place: string): void => {
    actions.set(action, [...(actions.get(action) ?? []), joined(path, place)]);
  };
  const visit = (command: Command, path: string): void => {
    const help = command.createHelp();
    const below = help.visibleCommands(command);
    commands.set(
      path,
      below.map((one) => ({ word: one.name(), description: one.description() })),
    );
    const own = help.visibleOptions(command);
    options.set(
      path,
      own.flatMap((option) => flagsOf(option).map((word) => ({ word, description: option.description }))),
    );
    for (const option of own) {
      if (!option.required && !option.optional) continue;
      for (const flag of flagsOf(option)) at(actionOf(placeholderOf(option), option.argChoices), path, flag);
    }
    command.registeredArguments.forEach((argument, i) => at(actionOf(nameOf(argument), argument.argChoices), path, String(i + 1)));
    for (const one of below) if (one.name() !== 'help') visit(one, joined(path, one.name()));
  };
  visit(program, '');
  return { commands, options, actions };
}

function joined(path: string, word: string): string {
  return path === '' ? word : `${path} ${word}`;
}

function flagsOf(option: Option): string[] {
  return [option.short, option.long].filter((flag) => flag != null);
}

function nameOf(argument: Argument): string {
  return argument.name();
}

/** `DIR` of `-d, --data <DIR>`. */
function placeholderOf({ flags }: Option): string {
  return /[<[]([^>\].]+)/.exec(flags)?.[1] ?? '';
}

function actionOf(placeholder: string, choices: readonly string[] | undefined): Action {
  if (choices !== undefined) return ['words', ...choices].join(' ');
  return known[placeholder.toLowerCase()] ?? 'anything';
}
