import { parseArgs } from 'node:util';
import { TachoError } from '../model/errors.ts';
import { agentCommand } from './command.ts';
import { agentFlags } from './settings.ts';
import { agentVersion } from './version.ts';

function usage(): string {
  const lines = agentFlags.map(({ flag, value, env, description }) => `  --${`${flag} ${value ?? ''}`.padEnd(18)} ${description} [${env}]`);
  return ['usage: node agent.js [options]', '', ...lines, '  --help               this text', '  --version            the version', ''].join('\n');
}

/** Exit codes: 0 ok, 1 failed, 2 bad usage, 3 revoked. */
async function main(): Promise<number> {
  const options = Object.fromEntries(
    agentFlags.map(({ flag, value, repeatable }) => [
      flag,
      { type: value === undefined ? 'boolean' : 'string', multiple: repeatable ?? false } as const,
    ]),
  );
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' }, version: { type: 'boolean' } }, allowPositionals: false });
    if (values.help === true) process.stdout.write(usage());
    else if (values.version === true) process.stdout.write(`${agentVersion()}\n`);
    else return await agentCommand(values, agentVersion());
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
void main().then((code) => process.exit(code));
