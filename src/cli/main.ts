import { Command, CommanderError } from 'commander';
import { TachoError } from '../model/errors.ts';
import { packageVersion } from '../util/files.ts';
import { registerAgent } from './commands/agent.ts';
import { registerImport } from './commands/import.ts';
import { registerKinds } from './commands/kinds.ts';
import { registerLoginLink } from './commands/login-link.ts';
import { registerMigrateControl } from './commands/migrate-control.ts';
import { registerReport } from './commands/report.ts';
import { registerRun } from './commands/run.ts';
import { registerServer } from './commands/server.ts';

/** The command line: one command a file, each registers itself. */
export function createProgram(): Command {
  const program = new Command('tacho')
    .description('measure the network from many machines, and keep, compare and explain every result')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(tacho help COMMAND shows what it takes)')
    .exitOverride();
  registerServer(program);
  registerAgent(program);
  registerRun(program);
  registerKinds(program);
  registerReport(program);
  registerImport(program);
  registerLoginLink(program);
  registerMigrateControl(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** Exit codes: 0 ok, 1 failed, 2 bad usage. */
async function main(): Promise<void> {
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    if (error instanceof TachoError) {
      process.stderr.write(`tacho: ${error.message}\n`);
      process.exitCode = error.code === 'invalid_request' ? 2 : 1;
      return;
    }
    process.stderr.write(`tacho: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}

await main();
