import type { Command } from 'commander';
import { addExamples } from '../api-command.ts';
import { agentFlags, type FlagValues } from '../../agent/settings.ts';

/** `tacho agent`: measures from this machine, for a server. */
export function registerAgent(program: Command): void {
  const command = program.command('agent').description('measure from this machine for a server; goes on while the server is away');
  for (const { flag, value, repeatable, env, description } of agentFlags) {
    const flags = value === undefined ? `--${flag}` : `--${flag} <${value}${repeatable ? '...' : ''}>`;
    command.option(flags, `${description} [${env}]`);
  }
  addExamples(command, ['agent --server https://tacho.example.org --token-file enrolment-token --name berlin --label site=berlin', 'agent']);
  command.action(async (options: Readonly<Record<string, string | boolean | string[]>>) => {
    // Loaded here, so that the other commands do not pay for the probes.
    const [{ agentCommand }, { agentVersion }] = await Promise.all([import('../../agent/command.ts'), import('../../agent/version.ts')]);
    const values: FlagValues = Object.fromEntries(agentFlags.map(({ flag }) => [flag, options[camelCase(flag)]]));
    process.exitCode = await agentCommand(values, agentVersion());
  });
}

/** Commander's name for a flag: token-file is tokenFile. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
