import { TachoError } from '../../model/errors.ts';
import type { ControlStore, Scope, TokenRow } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import { withImplied } from './scopes.ts';
import { hashSecret, secretKind } from './secrets.ts';

/** Who a request comes from. */
export interface Principal {
  /**
   * `token`: a person's or program's API token; `session`: a browser; `agent`: an agent's own credential; `owner`: a
   * program that opened the data itself.
   */
  readonly kind: 'token' | 'session' | 'agent' | 'owner';
  /** For logs and answers: the token's or agent's name. */
  readonly name: string;
  /** With those they imply: `admin` is here with `write` and `read`. */
  readonly scopes: readonly Scope[];
  readonly tokenId?: number;
  readonly agentId?: number;
  /** The hash by which a session is ended; never the cookie itself. */
  readonly sessionHash?: string;
  /** From this instant on it is no longer accepted. */
  readonly expiresAt?: number;
}

export interface AuthenticatorOptions {
  readonly control: Pick<ControlStore, 'agents' | 'tokens' | 'sessions'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Hears of a last use that could not be noted. The request goes on: who may read need not wait for a full disk. */
  readonly onTouchFailed?: (error: unknown) => void;
  /** How long a good token is believed without asking the store, milliseconds; 0 asks each time. */
  readonly cacheMs?: number;
  /** Good tokens remembered; beyond, the one read longest ago is asked for again. */
  readonly mostCached?: number;
}

/**
 * Another server on the same database may revoke a token behind this one's back; this long it can go unnoticed.
 * Long enough that ingest, with a batch every few milliseconds, hardly ever asks.
 */
const CACHE_MS = 5000;

/** Good tokens only, so no stranger can fill it; a fleet of this size is served from memory. */
const MOST_CACHED = 20_000;

/** Last use is known to the minute: noting it more often would cost a synced write for each request. */
const TOUCH_EVERY_MS = 60_000;

interface Entry {
  readonly token: TokenRow;
  readonly principal: Principal;
  readonly loadedAtMs: number;
  lastUsedAt: number | null;
}

/**
 * Turns what came with a request into who sent it. Revoke through this object and it holds at once, for requests
 * that are being looked up at that moment too.
 */
export class Authenticator {
  readonly #control: AuthenticatorOptions['control'];
  readonly #clock: AuthenticatorOptions['clock'];
  readonly #onTouchFailed: (error: unknown) => void;
  readonly #cacheMs: number;
  readonly #mostCached: number;
  readonly #cache = new Map<string, Entry>();
  /** Look-ups under way, so that a burst with one token asks, and notes its use, once. */
  readonly #loading = new Map<string, Promise<Entry>>();
  /** Grows with each revocation: what was read from the store before is not believed. */
  #revocations = 0;

  constructor({ control, clock, onTouchFailed = () => undefined, cacheMs = CACHE_MS, mostCached = MOST_CACHED }: AuthenticatorOptions) {
    this.#control = control;
    this.#clock = clock;
    this.#onTouchFailed = onTouchFailed;
    this.#cacheMs = cacheMs;
    this.#mostCached = mostCached;
  }

  /**
   * Whose API token or agent credential this is.
   * @throws {TachoError} unauthenticated; gone, for the credential of an agent that was revoked
   */
  async bearer(text: string): Promise<Principal> {
    const kind = secretKind(text);
    if (kind !== 'token' && kind !== 'agent') throw unknownToken();
    const hash = hashSecret(text);
    for (;;) {
      const revocations = this.#revocations;
      const entry = await this.#entry(hash);
      const { token, principal } = entry;
      if (token.expiresAt !== null && token.expiresAt <= this.#clock.now()) {
        throw new TachoError('unauthenticated', `token has expired: ${JSON.stringify(token.name)}`);
      }
      await this.#touch(entry);
      if (revocations === this.#revocations) return principal;
    }
  }

  /**
   * Whose session cookie this is. Sessions are asked for in the store each time: it is one read, and a browser asks seldom.
   * @throws {TachoError} unauthenticated
   */
  async session(cookieValue: string): Promise<Principal> {
    const hash = hashSecret(cookieValue);
    const session = secretKind(cookieValue) === 'session' ? await this.#control.sessions.find(hash) : null;
    if (session === null) throw new TachoError('unauthenticated', 'unknown session; open a new login link');
    if (session.expiresAt <= this.#clock.now()) throw new TachoError('unauthenticated', 'session has expired; open a new login link');
    return {
      kind: 'session',
      name: `session ${session.id}`,
      scopes: withImplied(session.scopes),
      sessionHash: hash,
      expiresAt: session.expiresAt,
    };
  }

  /** @throws {TachoError} not_found */
  async revokeToken(id: number): Promise<void> {
    await this.#revoking(this.#control.tokens.revoke(id));
  }

  /**
   * Withdraws an agent's credential. Its open control connection is the caller's to close.
   * @throws {TachoError} not_found
   */
  async revokeAgent(id: number): Promise<void> {
    await this.#revoking(this.#control.agents.revoke(id));
  }

  async #revoking(done: Promise<void>): Promise<void> {
    try {
      await done;
    } finally {
      // Failed or not: whether it reached the disk is for the store to say.
      this.#revocations += 1;
      this.#cache.clear();
      this.#loading.clear();
    }
  }

  #entry(hash: string): Entry | Promise<Entry> {
    const cached = this.#cache.get(hash);
    if (cached !== undefined && this.#clock.monotonic() - cached.loadedAtMs < this.#cacheMs) return cached;
    const running = this.#loading.get(hash);
    if (running !== undefined) return running;
    const loading = this.#load(hash).finally(() => {
      if (this.#loading.get(hash) === loading) this.#loading.delete(hash);
    });
    this.#loading.set(hash, loading);
    return loading;
  }

  async #load(hash: string): Promise<Entry> {
    const revocations = this.#revocations;
    const token = await this.#control.tokens.findByHash(hash);
    if (token === null) throw unknownToken();
    const agent = token.agentId === null ? null : await this.#control.agents.find(token.agentId);
    if (token.revokedAt !== null || (agent !== null && agent.revokedAt !== null)) {
      // An agent must know for good that it is no longer wanted; a program only that this token opens nothing.
      const code = token.agentId === null && !token.scopes.includes('agent') ? 'unauthenticated' : 'gone';
      throw new TachoError(code, `token was revoked: ${JSON.stringify(token.name)}`);
    }
    const principal: Principal = {
      ...(agent === null ? { kind: 'token', name: token.name } : { kind: 'agent', name: agent.name, agentId: agent.id }),
      scopes: withImplied(token.scopes),
      tokenId: token.id,
      ...(token.expiresAt !== null && { expiresAt: token.expiresAt }),
    };
    const entry = { token, principal, loadedAtMs: this.#clock.monotonic(), lastUsedAt: token.lastUsedAt };
    if (revocations === this.#revocations) this.#keep(hash, entry);
    return entry;
  }

  #keep(hash: string, entry: Entry): void {
    this.#cache.delete(hash);
    this.#cache.set(hash, entry);
    if (this.#cache.size <= this.#mostCached) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }

  async #touch(entry: Entry): Promise<void> {
    const now = this.#clock.now();
    // A clock set back must not silence the note until it has caught up: hence the distance, whatever its sign.
    if (entry.lastUsedAt !== null && Math.abs(now - entry.lastUsedAt) < TOUCH_EVERY_MS) return;
    entry.lastUsedAt = now;
    try {
      await this.#control.tokens.touch(entry.token.id, now);
    } catch (error) {
      this.#onTouchFailed(error);
    }
  }
}

function unknownToken(): TachoError {
  return new TachoError('unauthenticated', 'unknown token');
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return new Authenticator(options);
}
