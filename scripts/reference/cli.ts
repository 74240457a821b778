import type { Command } from 'commander';
import { capital, code, GENERATED, page, table } from './markdown.ts';

/** Options that every command has. */
const COMMON = new Set(['help']);

export function cliPage(program: Command): string {
  const commands = leaves(program, []);
  return page([
    '# Command line',
    GENERATED,
    'Every command has `--help`. What was asked for goes to standard output, everything else to standard error. `--json` prints one JSON document; without it tables and texts are for people, with colours on a terminal only. The exit code is 0 where all went well, 1 where something failed or the answer is no, 2 where the command line itself was wrong.',
    'Commands with a part "Where" ask the server that `--url` or `TACHO_URL` names, else the running server of the data directory, else they open the data themselves: the answer is the same. Names and ids are taken alike.',
    table(
      ['command', 'does'],
      commands.map(({ path, command }) => [`[\`tacho ${path}\`](#${anchor(path)})`, command.description()]),
    ),
    ...commands.flatMap(({ path, command }) => section(path, command)),
  ]);
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(command: Command, path: readonly string[]): Leaf[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((below) => below.name() !== 'help')
    .flatMap((below) => {
      const own = [...path, below.name()];
      const itself = { path: own.join(' '), command: below };
      if (below.commands.length === 0) return [itself];
      // A group that does something itself has options of its own.
      return [...(below.options.length > 0 ? [itself] : []), ...leaves(below, own)];
    });
}

function section(path: string, command: Command): string[] {
  const help = command.createHelp();
  const args = command.registeredArguments.map((argument) => [code(help.argumentTerm(argument)), help.argumentDescription(argument)]);
  const groups = new Map<string, string[][]>();
  for (const option of help.visibleOptions(command)) {
    if (COMMON.has(option.name())) continue;
    const title = option.helpGroupHeading ?? 'Options:';
    groups.set(title, [...(groups.get(title) ?? []), [code(option.flags), help.optionDescription(option)]]);
  }
  const usage = ['tacho', path, ...command.registeredArguments.map((argument) => help.argumentTerm(argument)).map((term) => `<${term}>`)].join(' ');
  return [
    `## tacho ${path}`,
    `${capital(command.description())}.`,
    `\`\`\`\n${usage} [options]\n\`\`\``,
    ...(args.length === 0 ? [] : [table(['argument', 'meaning'], args)]),
    ...[...groups].map(([title, rows]) => table([title.replace(/:$/, '').toLowerCase(), 'meaning'], rows)),
    ...afterHelp(command),
  ];
}

/** What the help says after its own tables: examples, and remarks. */
function afterHelp(command: Command): string[] {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  const own = text.slice(command.helpInformation().length).trim();
  return own === '' ? [] : own.split(/\n\n+/).map(block);
}

function block(text: string): string {
  const [title = '', ...rest] = text.split('\n');
  const language = title.startsWith('Example') ? 'sh' : '';
  return `${title}\n\n\`\`\`${language}\n${rest.map((line) => line.replace(/^ {2}/, '')).join('\n')}\n\`\`\``;
}

function anchor(path: string): string {
  return `tacho-${path.replaceAll(' ', '-')}`;
}
