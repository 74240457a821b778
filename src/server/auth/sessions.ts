import { TachoError } from '../../model/errors.ts';
import type { ControlStore, SessionRow } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import { sessionCookie } from './cookies.ts';
import { hashSecret, makeSecret, secretKind, type RandomBytes } from './secrets.ts';

/** Time to copy a link from a terminal into a browser. */
const LOGIN_LINK_MS = 15 * 60_000;
/** A working day: the next morning needs a new link. */
const SESSION_MS = 12 * 3_600_000;

export interface SessionsOptions {
  readonly control: Pick<ControlStore, 'sessions'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomBytes: RandomBytes;
}

export interface LoginLink {
  /** What the link carries; shown once. */
  readonly secret: string;
  readonly expiresAt: number;
}

export interface OpenedSession {
  readonly session: SessionRow;
  /** The Set-Cookie header. */
  readonly cookie: string;
}

export class SessionDesk {
  readonly #control: SessionsOptions['control'];
  readonly #clock: SessionsOptions['clock'];
  readonly #randomBytes: RandomBytes;

  constructor({ control, clock, randomBytes }: SessionsOptions) {
    this.#control = control;
    this.#clock = clock;
    this.#randomBytes = randomBytes;
  }

  /** A link that opens one session. Sweeps what has expired: each new thing pays for old ones, so they cannot pile up. */
  async createLoginLink(): Promise<LoginLink> {
    const now = this.#clock.now();
    await this.#control.sessions.sweep(now);
    const secret = makeSecret('login', this.#randomBytes);
    const expiresAt = now + LOGIN_LINK_MS;
    await this.#control.sessions.createLoginLink({ hash: hashSecret(secret), expiresAt });
    return { secret, expiresAt };
  }

  /** @throws {TachoError} unauthenticated (no secret of a link), gone (unknown, used or expired: which one is nobody's business) */
  async redeem(linkSecret: string, { secure }: { readonly secure: boolean }): Promise<OpenedSession> {
    if (secretKind(linkSecret) !== 'login') throw new TachoError('unauthenticated', 'not a login link; `tacho login-link` makes one');
    const at = this.#clock.now();
    const value = makeSecret('session', this.#randomBytes);
    const session = await this.#control.sessions.redeemLoginLink({
      linkHash: hashSecret(linkSecret),
      sessionHash: hashSecret(value),
      at,
      expiresAt: at + SESSION_MS,
    });
    if (session === null) throw new TachoError('gone', 'login link was used or has expired; `tacho login-link` makes another');
    return { session, cookie: sessionCookie(value, { maxAgeS: SESSION_MS / 1000, secure }) };
  }

  async end(cookieValue: string): Promise<void> {
    if (secretKind(cookieValue) === 'session') await this.#control.sessions.end(hashSecret(cookieValue));
  }
}

export function createSessions(options: SessionsOptions): SessionDesk {
  return new SessionDesk(options);
}
