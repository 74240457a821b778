import { Command } from 'commander';
import { packageVersion } from '../util/files.ts';
import { registerAgent } from './commands/agent.ts';
import { registerAgents } from './commands/agents.ts';
import { registerApply } from './commands/apply.ts';
import { registerBackup } from './commands/backup.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDestinations } from './commands/destinations.ts';
import { registerExport } from './commands/export.ts';
import { registerHealth } from './commands/health.ts';
import { registerJobs } from './commands/jobs.ts';
import { registerKinds } from './commands/kinds.ts';
import { registerLeases } from './commands/leases.ts';
import { registerLoginLink } from './commands/login-link.ts';
import { registerImport } from './commands/import.ts';
import { registerMigrateControl } from './commands/migrate-control.ts';
import { registerPassword } from './commands/password.ts';
import { registerReport } from './commands/report.ts';
import { registerRestore } from './commands/restore.ts';
import { registerRun } from './commands/run.ts';
import { registerServer } from './commands/server.ts';
import { registerTokens } from './commands/tokens.ts';
import { printable } from './format/text.ts';
import { processIo, type Io } from './io.ts';

/** The command line: one command a file, each registers itself. */
export function createProgram(io: Io = processIo()): Command {
  const program = new Command('tacho')
    .description('measure the network from many machines, and keep, compare and explain every result')
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(`tacho: ${oneLine(text)}; --help after a command shows what it takes\n`),
    });
  registerServer(program);
  registerAgent(program, io);
  registerRun(program);
  registerKinds(program);
  registerAgents(program, io);
  registerDestinations(program, io);
  registerJobs(program, io);
  registerApply(program, io);
  registerExport(program, io);
  registerLeases(program, io);
  registerTokens(program, io);
  registerReport(program, io);
  registerImport(program);
  registerBackup(program, io);
  registerRestore(program, io);
  registerMigrateControl(program);
  registerHealth(program, io);
  registerLoginLink(program, io);
  registerPassword(program, io);
  registerCompletion(program, io);
  return program;
}

/** Commander begins with `error:`, and puts what it guesses was meant on a line of its own. */
function oneLine(text: string): string {
  return printable(
    text
      .trim()
      .replace(/^error: /, '')
      .replace(
        /^command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)\.$/s,
        'invalid $2: expected one of $3, got "$1"',
      )
      .replace(/^option '.*?(--[\w-]+).*' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s, 'invalid $1: expected one of $3, got "$2"')
      .replaceAll('\n', ' '),
  );
}
