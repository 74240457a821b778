import { Argument, type Command } from 'commander';
import { addExamples } from '../api-command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completionPlan, type CompletionPlan } from '../completion/plan.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { Io } from '../io.ts';

const shells: Readonly<Record<string, (plan: CompletionPlan) => string>> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Adds `tacho completion SHELL`: a script that completes commands, options and the names of what there is. */
export function registerCompletion(program: Command, io: Io): void {
  const command = program.command('completion').description('print a script with which a shell completes commands, options and names');
  command.addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(shells)));
  addExamples(command, [
    'completion bash > ~/.local/share/bash-completion/completions/tacho',
    'completion zsh > ~/.zfunc/_tacho',
    'completion fish > ~/.config/fish/completions/tacho.fish',
  ]);
  command.action((shell: string) => {
    const render = shells[shell];
    if (render !== undefined) io.out(render(completionPlan(program)));
  });
}
