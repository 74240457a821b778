import { CommanderError } from 'commander';
import { TachoError } from '../model/errors.ts';
import { printable } from './format/text.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

/** Runs one command line, given as the arguments after the program's name. Exit codes: 0 ok, 1 failed, 2 bad usage. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<void> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
  } catch (error) {
    const { code, text } = ending(error);
    if (text !== '') io.err(text);
    io.exitWith(code);
  }
}

function ending(error: unknown): { code: number; text: string } {
  // Commander has said it already.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, text: '' };
  if (error instanceof TachoError) return { code: error.code === 'invalid_request' ? 2 : 1, text: `tacho: ${messageOf(error)}\n` };
  return { code: 1, text: `tacho: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n` };
}

/** One line; only where several settings are wrong, one for each. What others wrote cannot move the terminal's cursor. */
function messageOf({ message, details }: TachoError): string {
  const several = Array.isArray(details) && details.every((detail) => typeof detail === 'string');
  return several ? message.split('\n').map(printable).join('\n') : printable(message);
}
