import type { Command } from 'commander';
import { addExamples } from '../api-command.ts';
import { agentFlags } from '../../agent/settings.ts';
import type { Io } from '../io.ts';
import { addFlags, registerAgentInstall, valuesOf } from './agent-install.ts';

/** `tacho agent`: measures from this machine, for a server. */
export function registerAgent(program: Command, io: Io): void {
  const command = program.command('agent').description('measure from this machine for a server; goes on while the server is away');
  addFlags(command, agentFlags);
  addExamples(command, ['agent --server https://tacho.example.org --token-file enrolment-token --name berlin --label site=berlin', 'agent']);
  command.action(async (options: Readonly<Record<string, unknown>>) => {
    // Loaded here, so that the other commands do not pay for the probes.
    const [{ agentCommand }, { agentVersion }] = await Promise.all([import('../../agent/command.ts'), import('../../agent/version.ts')]);
    process.exitCode = await agentCommand(valuesOf(options, agentFlags), agentVersion());
  });
  registerAgentInstall(command, io);
}
