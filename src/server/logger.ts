import { pino, type Logger } from 'pino';
import type { Settings } from './settings.ts';

/** The server's logger: secrets redacted wherever a header or field could carry one. */
export function createLogger(settings: Pick<Settings, 'log_level' | 'log_file'>): Logger {
  const options = {
    level: settings.log_level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['authorization', 'cookie', 'token', 'credential', '*.authorization', '*.cookie', '*.token', '*.credential', 'req.headers'],
      censor: '[redacted]',
    },
  };
  const destination = settings.log_file === null ? { fd: 2, sync: true } : { dest: settings.log_file, sync: true, mkdir: true };
  return pino(options, pino.destination(destination as never));
}
