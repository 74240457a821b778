import type { TachoError } from '../../model/errors.ts';

interface Log {
  warn(facts: object, message: string): void;
  info(facts: object, message: string): void;
}

/** Says once that a route cannot serve, and once that it can again: those who ask meanwhile, again and again, do not fill the log. */
export class Outages {
  readonly #failing = new Set<string>();

  /** A refusal without a cause says all there is to say to the one who asked. */
  refused(route: string, { code, message, cause }: TachoError, log: Log): void {
    if (code !== 'unavailable' || cause === undefined || this.#failing.has(route)) return;
    this.#failing.add(route);
    log.warn({ err: cause, route }, message);
  }

  answered(route: string, status: number, log: Log): void {
    if (status < 400 && this.#failing.delete(route)) log.info({ route }, 'works again');
  }
}
