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
  program.commandsGroup('Server and agents:');
  registerServer(program);
  registerAgent(program, io);
  program.commandsGroup('Measure once:');
  registerRun(program);
  registerKinds(program);
  program.commandsGroup('What is measured, by whom and when:');
  registerAgents(program, io);
  registerDestinations(program, io);
  registerJobs(program, io);
  registerApply(program, io);
  registerExport(program, io);
  registerLeases(program, io);
  program.commandsGroup('Results:');
  registerReport(program, io);
  registerImport(program);
  program.commandsGroup('Keep and move:');
  registerBackup(program, io);
  registerRestore(program, io);
  registerMigrateControl(program);
  program.commandsGroup('Access and state:');
  registerHealth(program, io);
  registerTokens(program, io);
  registerLoginLink(program, io);
  registerPassword(program, io);
  registerCompletion(program, io);
  return program;
}

/** What other programs call it, where commander's guess by letters finds nothing. */
const otherWords: Readonly<Record<string, string>> = {
  status: 'health',
  ping: 'run ping',
  traceroute: 'run traceroute',
  start: 'server',
  login: 'login-link',
};

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
      .replace(/^unknown command '(.*)'$/s, (said, word: string) => {
        const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined;
        return other === undefined ? said : `${said} (Did you mean ${other}?)`;
      })
      .replaceAll('\n', ' '),
  );
}
