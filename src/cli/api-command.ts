import type { Command } from 'commander';
import { TachoError } from '../model/errors.ts';
import { systemClock } from '../util/clock.ts';
import { addConnectionOptions, connect, type Connection, type ConnectionFlags } from './connection.ts';
import { styleFor, type Style } from './format/style.ts';
import { jsonText } from './format/text.ts';
import type { Io } from './io.ts';
import { withSpinner } from './spinner.ts';

/** What a command found out or did, in its two forms. */
export interface Answer {
  /** For programs: one document. */
  readonly json: unknown;
  /** For people, on standard output; empty where there is nothing to show. */
  text(style: Style): string;
  /** For people, on standard error: a remark that is not the thing itself. */
  readonly note?: string;
  /** 1 where the question was answered and the answer is no. */
  readonly exitCode?: 1;
}

export interface ApiCommand<Flags> {
  readonly name: string;
  readonly description: string;
  /** Without the leading `tacho`. */
  readonly examples: readonly string[];
  /** Names of the arguments, as commander writes them: `<agent>`. */
  readonly takes?: readonly (readonly [argument: string, description: string])[];
  /** Adds the options of the command's own. */
  options?(command: Command): void;
  run(api: Connection, args: readonly string[], flags: Flags): Promise<Answer>;
  /** What to do where a thing is not found or a name is taken: the next step of an error. */
  readonly hint?: string;
}

/** Adds a command that asks the API: the connection, `--json`, the two forms of its answer, and its end. */
export function addApiCommand<Flags>(parent: Command, io: Io, definition: ApiCommand<Flags>): Command {
  const { name, description, examples, takes = [], options, run, hint } = definition;
  const command = parent.command(name).description(description);
  for (const [argument, meaning] of takes) command.argument(argument, meaning);
  options?.(command);
  command.option('--json', 'print one JSON document');
  addConnectionOptions(command);
  addExamples(command, examples);
  command.action(async () => {
    const flags = command.opts<Flags & ConnectionFlags & { json?: boolean }>();
    const connection = connect(flags, io.env, { note: io.err });
    // Around the questions alone: between them a command may talk with a person.
    const request: Connection['request'] = (...question) =>
      withSpinner(`${parent.name()} ${name}`, { io, clock: systemClock }, () => connection.request(...question));
    try {
      const answer = await run({ ...connection, request }, command.args, flags).finally(() => connection.close());
      io.out(flags.json === true ? jsonText(answer.json) : answer.text(styleFor(io)));
      if (answer.note !== undefined && flags.json !== true) io.err(`${answer.note}\n`);
      if (answer.exitCode !== undefined) io.exitWith(answer.exitCode);
    } catch (error) {
      throw withNextStep(error, hint);
    }
  });
  return command;
}

export function addExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText('after', `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((example) => `  tacho ${example}`).join('\n')}`);
}

/** Gathers an option that may be given again. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

const nextSteps: Partial<Record<TachoError['code'], string>> = {
  unauthenticated: 'give a token by TACHO_TOKEN or --token-file; tacho tokens add makes one on the server',
  forbidden: 'use a token with that scope; tacho tokens add --scope makes one',
};

function withNextStep(error: unknown, hint: string | undefined): unknown {
  if (!(error instanceof TachoError)) return error;
  const step = nextSteps[error.code] ?? (error.code === 'not_found' || error.code === 'name_taken' ? hint : undefined);
  return step === undefined ? error : new TachoError(error.code, `${error.message}; ${step}`, { details: error.details, cause: error });
}
