import type { Logger } from 'pino';

/** What the agent's parts need of a logger. Secrets never go in. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
