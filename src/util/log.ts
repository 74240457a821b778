import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import { pino, type Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** null writes to standard error: words for people on a terminal, JSON lines otherwise. */
  readonly file: string | null;
}

const STANDARD_ERROR = 2;

/** The program's log. Secrets are kept out wherever a header or field could carry one. */
export function openLog({ level, file }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['authorization', 'cookie', 'token', 'credential', '*.authorization', '*.cookie', '*.token', '*.credential', 'req.headers'],
      censor: '[redacted]',
    },
  };
  if (file !== null) {
    mkdirSync(dirname(file), { recursive: true });
    return pino(options, pino.destination({ dest: file, sync: true }));
  }
  // Whoever read the messages may be gone; the work goes on.
  const ignore = (): void => undefined;
  if (!isatty(STANDARD_ERROR)) {
    const destination = pino.destination({ fd: STANDARD_ERROR, sync: true });
    destination.on('error', ignore);
    return pino(options, destination);
  }
  process.stderr.on('error', ignore);
  return pino(options, { write: (line: string) => void process.stderr.write(`${forPeople(line)}\n`) });
}

/** A stack is for faults; of a connection that was refused the message is enough. */
function errorText(err: unknown, level: number): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  return level >= 50 && typeof stack === 'string' ? `\n${stack}` : typeof message === 'string' ? ` (${message})` : '';
}

const levelWords: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 40: 'warning', 50: 'error', 60: 'fatal' };

/** A JSON log line as a person reads it: the time of day, the level unless it is info, the message, then the facts. */
export function forPeople(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line.trimEnd();
  }
  const { level, time, msg, err, ...facts } = entry;
  const word = levelWords[Number(level)];
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const said = Object.entries(facts).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = errorText(err, Number(level));
  return [clock, word === undefined ? '' : `${word}:`, typeof msg === 'string' ? msg : '', ...said].filter((part) => part !== '').join(' ') + stack;
}
