import type { Command } from 'commander';
import { describeFlag, type AgentFlag, type FlagValues } from '../../agent/settings.ts';
import { installFlags, uninstallFlags } from '../../agent/service/settings.ts';
import { TachoError } from '../../model/errors.ts';
import { findArtefact, packageVersion } from '../../util/files.ts';
import { addExamples } from '../api-command.ts';
import type { Io } from '../io.ts';

/** `tacho agent install` and `uninstall`: the same as the agent's own file does where there is nothing but that. */
export function registerAgentInstall(agent: Command, io: Io): void {
  // Both have options that the agent itself has too: what follows the word is the word's.
  agent.enablePositionalOptions();
  const say = (line: string): void => io.out(`${line}\n`);

  const install = agent.command('install').description('make the agent a service of this machine, enrol it and start it; again: bring it up to date');
  addFlags(install, installFlags);
  addExamples(install, [
    'agent install --server https://tacho.example.org --token-file enrolment-token --label site=berlin',
    'agent install --server https://tacho.example.org --dry-run',
  ]);
  install.action(async (options: Readonly<Record<string, unknown>>) => {
    const program = findArtefact('agent');
    if (program === null) throw new TachoError('unavailable', "the agent's file is not built: npm start and npm run build make it");
    // Loaded here, so that the other commands do not pay for the probes.
    const { installCommand } = await import('../../agent/service/command.ts');
    await installCommand(valuesOf(options, installFlags), { program, version: packageVersion(), say });
  });

  const uninstall = agent.command('uninstall').description('stop the service of the agent and remove it; what waits to be delivered stays');
  addFlags(uninstall, uninstallFlags);
  addExamples(uninstall, ['agent uninstall', 'agent uninstall --purge']);
  uninstall.action(async (options: Readonly<Record<string, unknown>>) => {
    const { uninstallCommand } = await import('../../agent/service/command.ts');
    await uninstallCommand(valuesOf(options, uninstallFlags), { say });
  });
}

export function addFlags(command: Command, flags: readonly AgentFlag[]): void {
  for (const one of flags) {
    const { flag, value, repeatable } = one;
    // Commander takes --no-service for the other side of --service, which is what it is then called.
    command.option(value === undefined ? `--${flag}` : `--${flag} <${value}${repeatable ? '...' : ''}>`, describeFlag(one));
  }
}

/** What commander gathered, by the flags' own names. */
export function valuesOf(options: Readonly<Record<string, unknown>>, flags: readonly AgentFlag[]): FlagValues {
  return Object.fromEntries(
    flags.map(({ flag }) => {
      const negated = /^no-(.+)$/.exec(flag)?.[1];
      const value = negated === undefined ? options[camelCase(flag)] : options[camelCase(negated)] === false;
      return [flag, value as FlagValues[string]];
    }),
  );
}

/** Commander's name for a flag: token-file is tokenFile. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
