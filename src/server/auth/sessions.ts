import { TachoError } from '../../model/errors.ts';
import type { ControlStore, Scope, SessionRow } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Principal } from './authenticator.ts';
import { endedSessionCookie, readCookie, SESSION_COOKIE, sessionCookie } from './cookies.ts';
import { hashPassword, isPassword } from './password.ts';
import { withImplied } from './scopes.ts';
import { hashSecret, makeSecret, secretKind, type RandomBytes } from './secrets.ts';

/** The key under which the password's hash is kept. */
const PASSWORD = 'password';
/** Time to copy a link from a terminal into a browser. */
const LOGIN_LINK_MS = 15 * 60_000;
/** A working day: the next morning needs a new link. */
const SESSION_MS = 12 * 3_600_000;

export interface SessionServiceOptions {
  readonly control: Pick<ControlStore, 'sessions' | 'settings'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether browsers reach the server over TLS: they drop a cookie marked Secure that comes without. */
  readonly secure?: boolean;
  readonly randomBytes?: RandomBytes;
}

export interface LoginLink {
  /** What the link carries; shown once. */
  readonly secret: string;
  readonly expiresAt: number;
}

export interface OpenedSession {
  /** The Set-Cookie header. */
  readonly cookie: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number;
}

/** How people sign in: a link from whoever runs the server opens a session in one browser. */
export interface SessionService {
  /** A link that opens one session. */
  createLink(): Promise<LoginLink>;
  /** @throws {TachoError} unauthenticated (no link at all), gone (unknown, used or expired: which one is nobody's business) */
  redeem(linkSecret: string): Promise<OpenedSession>;
  /** @throws {TachoError} unauthenticated (wrong), conflict (none is set) */
  openByPassword(password: string): Promise<OpenedSession>;
  /** Sets the password that signs people in beside links; null takes it away. Every session ends: who knew the old one may have one. */
  setPassword(password: string | null): Promise<void>;
  hasPassword(): Promise<boolean>;
  /** Signs out everywhere, at once. */
  endAll(): Promise<void>;
  /** Ends the session a request came with, where it came with one; answers the Set-Cookie header that removes the cookie. */
  end(principal: Pick<Principal, 'sessionHash'>): Promise<string>;
}

export function createSessionService({ control, clock, secure = false, randomBytes }: SessionServiceOptions): SessionService {
  const opened = (value: string, session: SessionRow): OpenedSession => ({
    cookie: sessionCookie(value, { maxAgeS: SESSION_MS / 1000, secure }),
    scopes: withImplied(session.scopes),
    expiresAt: session.expiresAt,
  });

  return {
    async createLink() {
      const now = clock.now();
      // Each new link pays for old ones, so that they cannot pile up.
      await control.sessions.sweep(now);
      const secret = makeSecret('login', randomBytes);
      const expiresAt = now + LOGIN_LINK_MS;
      await control.sessions.createLoginLink({ hash: hashSecret(secret), expiresAt });
      return { secret, expiresAt };
    },

    async redeem(linkSecret) {
      if (secretKind(linkSecret) !== 'login') throw new TachoError('unauthenticated', 'not a login link; `tacho login-link` makes one');
      const at = clock.now();
      const value = makeSecret('session', randomBytes);
      const session = await control.sessions.redeemLoginLink({
        linkHash: hashSecret(linkSecret),
        sessionHash: hashSecret(value),
        at,
        expiresAt: at + SESSION_MS,
      });
      if (session === null) throw new TachoError('gone', 'login link was used or has expired; `tacho login-link` makes another');
      return opened(value, session);
    },

    async openByPassword(password) {
      const kept = await control.settings.get(PASSWORD);
      if (kept === null) throw new TachoError('conflict', 'no password is set; `tacho login-link` makes a link, `tacho password` sets one');
      if (!(await isPassword(password, kept))) throw new TachoError('unauthenticated', 'wrong password');
      const at = clock.now();
      const value = makeSecret('session', randomBytes);
      return opened(value, await control.sessions.create({ hash: hashSecret(value), at, expiresAt: at + SESSION_MS }));
    },

    async setPassword(password) {
      await control.settings.set(PASSWORD, password === null ? null : await hashPassword(password));
      await control.sessions.endAll();
    },

    hasPassword: async () => (await control.settings.get(PASSWORD)) !== null,

    endAll: () => control.sessions.endAll(),

    async end({ sessionHash }) {
      if (sessionHash !== undefined) await control.sessions.end(sessionHash);
      return endedSessionCookie({ secure });
    },
  };
}

/** The session's secret in a Cookie header, or null. */
export function readSessionCookie(header: string | undefined): string | null {
  return readCookie(header, SESSION_COOKIE);
}
