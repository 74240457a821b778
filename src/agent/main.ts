import { parseArgs } from 'node:util';
import { TachoError } from '../model/errors.ts';
import { agentCommand } from './command.ts';
import { enrolCommand, installCommand, uninstallCommand } from './service/command.ts';
import { installFlags, uninstallFlags } from './service/settings.ts';
import { agentFlags, describeFlag, type AgentFlag, type FlagValues } from './settings.ts';
import { agentVersion } from './version.ts';

interface Action {
  readonly title: string;
  readonly flags: readonly AgentFlag[];
  /** Answers the exit code. */
  run(values: FlagValues): Promise<number>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What the program does: without a word it measures. */
const actions: Readonly<Record<string, Action>> = {
  '': { title: 'measure, for a server', flags: agentFlags, run: (values) => agentCommand(values, agentVersion()) },
  enrol: { title: 'become an agent of a server, and end', flags: agentFlags, run: async (values) => done(enrolCommand(values, { version, say })) },
  install: { title: 'make it a service of this machine', flags: installFlags, run: async (values) => done(installCommand(values, installer())) },
  uninstall: { title: 'stop and remove the service', flags: uninstallFlags, run: async (values) => done(uninstallCommand(values, { say })) },
};

const version = agentVersion();

function installer(): Parameters<typeof installCommand>[1] {
  return { program: process.argv[1] ?? '', version, say };
}

async function done(work: Promise<void>): Promise<number> {
  await work;
  return 0;
}

function usage(word: string, { title, flags }: Action): string {
  const lines = flags.map((one) => `  --${`${one.flag} ${one.value ?? ''}`.padEnd(18)} ${describeFlag(one)}`);
  const others = Object.entries(actions).flatMap(([name, action]) => (name === word ? [] : [`  agent.js ${name.padEnd(11)} ${action.title}`]));
  return [
    `usage: node agent.js ${word === '' ? '' : `${word} `}[options]: ${title}`,
    '',
    ...lines,
    '  --help               this text',
    '  --version            the version',
    '',
    'also:',
    ...others,
    '',
  ].join('\n');
}

/** Exit codes: 0 ok, 1 failed, 2 bad usage, 3 revoked. */
async function main(args: readonly string[]): Promise<number> {
  const [first = ''] = args;
  const word = Object.hasOwn(actions, first) ? first : '';
  const action = actions[word];
  if (action === undefined) throw new Error('no such action');
  const options = Object.fromEntries(
    action.flags.map(({ flag, value, repeatable }) => [
      flag,
      { type: value === undefined ? 'boolean' : 'string', multiple: repeatable ?? false } as const,
    ]),
  );
  try {
    const { values } = parseArgs({
      args: word === '' ? [...args] : args.slice(1),
      options: { ...options, help: { type: 'boolean' }, version: { type: 'boolean' } },
      allowPositionals: false,
    });
    if (values.help === true) process.stdout.write(usage(word, action));
    else if (values.version === true) process.stdout.write(`${version}\n`);
    else return await action.run(values);
    return 0;
  } catch (error) {
    const badUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (badUsage || error instanceof TachoError) {
      process.stderr.write(`tacho agent: ${error.message}\n`);
      return badUsage || error.code === 'invalid_request' ? 2 : 1;
    }
    process.stderr.write(`tacho agent: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}

// Not awaited: the bundle is read as a script too, and a script has no await of its own.
void main(process.argv.slice(2)).then((code) => process.exit(code));
