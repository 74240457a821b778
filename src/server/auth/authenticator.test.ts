import { beforeEach, describe, expect, test } from 'vitest';
import { createAuthenticator, type Authenticator } from './authenticator.ts';
import { FakeControl } from '../../../test/support/fake-control.ts';
import { hashSecret, makeSecret, type SecretKind } from './secrets.ts';

const START = Date.UTC(2026, 10, 22, 10);
const MINUTE_MS = 60_000;

/** A secret of its own for each `n`. */
const secret = (kind: SecretKind, n = 1) => makeSecret(kind, (size) => new Uint8Array(size).fill(n));
const TOKEN = secret('token');

let control: FakeControl;
let wallMs: number;
let monotonicMs: number;
let authenticator: Authenticator;
const clock = { now: () => wallMs, monotonic: () => monotonicMs };

function pass(ms: number): void {
  wallMs += ms;
  monotonicMs += ms;
}

beforeEach(() => {
  control = new FakeControl();
  wallMs = START;
  monotonicMs = 0;
  authenticator = createAuthenticator({ control, clock });
});

describe('bearer', () => {
  test('a token is its name and scopes, with those they imply', async () => {
    const { id } = control.addToken(hashSecret(TOKEN), { name: 'ci', scopes: ['write'], expiresAt: START + 10 });
    expect(await authenticator.bearer(TOKEN)).toEqual({ kind: 'token', name: 'ci', scopes: ['read', 'write'], tokenId: id, expiresAt: START + 10 });
  });

  test('a credential is the agent, by the name it has today', async () => {
    control.addAgent(7, 'edge-7');
    const { id } = control.addToken(hashSecret(secret('agent')), { name: 'old name', scopes: ['agent'], agentId: 7 });
    expect(await authenticator.bearer(secret('agent'))).toEqual({ kind: 'agent', name: 'edge-7', scopes: ['agent'], tokenId: id, agentId: 7 });
  });

  test.each([
    ['a token nobody made', secret('token', 9)],
    ['an empty text', ''],
    ['something else', 'Bearer xyz'],
    ['a session', secret('session')],
    ['an enrolment token', secret('enrolment')],
    ['a login link', secret('login')],
  ])('%s is unauthenticated', async (_, text) => {
    await expect(authenticator.bearer(text)).rejects.toMatchObject({ code: 'unauthenticated', message: 'unknown token' });
  });

  test('what has not the form of a token is not looked up', async () => {
    await expect(authenticator.bearer('x'.repeat(100_000))).rejects.toThrow();
    await expect(authenticator.bearer(secret('session'))).rejects.toThrow();
    expect(control.lookUps).toBe(0);
  });

  test('many requests within seconds cost one look-up, and later ones another', async () => {
    control.addToken(hashSecret(TOKEN));
    for (let i = 0; i < 100; i++) await authenticator.bearer(TOKEN);
    expect(control.lookUps).toBe(1);
    pass(4999);
    await authenticator.bearer(TOKEN);
    expect(control.lookUps).toBe(1);
    pass(1);
    await authenticator.bearer(TOKEN);
    expect(control.lookUps).toBe(2);
  });

  test('a burst on a token not seen before costs one look-up and one note of its use', async () => {
    control.addToken(hashSecret(TOKEN));
    await Promise.all(Array.from({ length: 50 }, () => authenticator.bearer(TOKEN)));
    expect(control.lookUps).toBe(1);
    expect(control.touches).toHaveLength(1);
  });

  test('an unknown token is looked up each time, so one made a moment later works at once', async () => {
    await expect(authenticator.bearer(TOKEN)).rejects.toThrow();
    control.addToken(hashSecret(TOKEN));
    await expect(authenticator.bearer(TOKEN)).resolves.toMatchObject({ kind: 'token' });
  });

  test('without a cache every request is looked up', async () => {
    control.addToken(hashSecret(TOKEN));
    const strict = createAuthenticator({ control, clock, cacheMs: 0 });
    await strict.bearer(TOKEN);
    await strict.bearer(TOKEN);
    expect(control.lookUps).toBe(2);
  });

  test('only so many tokens are remembered, the one read last among them', async () => {
    const small = createAuthenticator({ control, clock, mostCached: 2 });
    for (const n of [1, 2, 3]) {
      control.addToken(hashSecret(secret('token', n)));
      await small.bearer(secret('token', n));
    }
    await small.bearer(secret('token', 3));
    await small.bearer(secret('token', 2));
    expect(control.lookUps).toBe(3);
    await small.bearer(secret('token', 1));
    expect(control.lookUps).toBe(4);
  });

  test('a token works until the instant it expires, though it was seen a moment before', async () => {
    control.addToken(hashSecret(TOKEN), { expiresAt: START + 10 });
    pass(9);
    await expect(authenticator.bearer(TOKEN)).resolves.toMatchObject({ kind: 'token' });
    pass(1);
    await expect(authenticator.bearer(TOKEN)).rejects.toMatchObject({ code: 'unauthenticated', message: 'token has expired: "ci"' });
  });

  test('a token that was revoked before is unauthenticated', async () => {
    control.addToken(hashSecret(TOKEN), { revokedAt: START - 1 });
    await expect(authenticator.bearer(TOKEN)).rejects.toMatchObject({ code: 'unauthenticated', message: 'token was revoked: "ci"' });
  });
});

describe('revoking', () => {
  test('a token is refused at once, though it was seen a moment before; others go on', async () => {
    const { id } = control.addToken(hashSecret(TOKEN));
    control.addToken(hashSecret(secret('token', 2)), { name: 'other' });
    await authenticator.bearer(TOKEN);
    await authenticator.revokeToken(id);
    await expect(authenticator.bearer(TOKEN)).rejects.toMatchObject({ code: 'unauthenticated', message: 'token was revoked: "ci"' });
    await expect(authenticator.bearer(secret('token', 2))).resolves.toMatchObject({ name: 'other' });
  });

  test('an agent’s credential is refused at once', async () => {
    control.addAgent(7, 'edge-7');
    control.addToken(hashSecret(secret('agent')), { name: 'edge-7', scopes: ['agent'], agentId: 7 });
    await authenticator.bearer(secret('agent'));
    await authenticator.revokeAgent(7);
    await expect(authenticator.bearer(secret('agent'))).rejects.toMatchObject({ code: 'gone' });
  });

  test('a request whose look-up began before is refused, and so is one that comes while it runs', async () => {
    const { id } = control.addToken(hashSecret(TOKEN));
    const gate = Promise.withResolvers<undefined>();
    control.afterRead = gate.promise;
    const early = authenticator.bearer(TOKEN);
    await authenticator.revokeToken(id);
    const next = authenticator.bearer(TOKEN);
    gate.resolve(undefined);
    await expect(early).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(next).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(authenticator.bearer(TOKEN)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('a revocation that fails says so, and the token is judged by the store again', async () => {
    const { id } = control.addToken(hashSecret(TOKEN));
    await authenticator.bearer(TOKEN);
    control.writeError = new Error('disk is full');
    await expect(authenticator.revokeToken(id)).rejects.toThrow('disk is full');
    await expect(authenticator.bearer(TOKEN)).resolves.toMatchObject({ kind: 'token' });
    expect(control.lookUps).toBe(2);
  });

  test('what is not there is not found', async () => {
    await expect(authenticator.revokeToken(9)).rejects.toMatchObject({ code: 'not_found' });
    await expect(authenticator.revokeAgent(9)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('last use', () => {
  test('is noted at most once a minute for each token', async () => {
    const one = control.addToken(hashSecret(TOKEN));
    const two = control.addToken(hashSecret(secret('token', 2)));
    for (let second = 0; second < 121; second++) {
      await authenticator.bearer(TOKEN);
      if (second === 30) await authenticator.bearer(secret('token', 2));
      pass(1000);
    }
    expect(control.touches).toEqual([
      { id: one.id, at: START },
      { id: two.id, at: START + 30_000 },
      { id: one.id, at: START + MINUTE_MS },
      { id: one.id, at: START + 2 * MINUTE_MS },
    ]);
  });

  test('that another server noted within the minute is not noted again', async () => {
    control.addToken(hashSecret(TOKEN), { lastUsedAt: START - 1000 });
    await authenticator.bearer(TOKEN);
    expect(control.touches).toEqual([]);
  });

  test('is noted again after the clock was set back', async () => {
    control.addToken(hashSecret(TOKEN), { lastUsedAt: START + 10 * MINUTE_MS });
    await authenticator.bearer(TOKEN);
    expect(control.touches).toEqual([{ id: 1, at: START }]);
  });

  test('that cannot be noted is reported and keeps nobody out', async () => {
    control.addToken(hashSecret(TOKEN));
    control.writeError = new Error('disk is full');
    const failures: unknown[] = [];
    const careful = createAuthenticator({ control, clock, onTouchFailed: (error) => failures.push(error) });
    await expect(careful.bearer(TOKEN)).resolves.toMatchObject({ kind: 'token' });
    expect(failures).toEqual([control.writeError]);
    await expect(authenticator.bearer(TOKEN)).resolves.toMatchObject({ kind: 'token' });
  });

  test('is not noted for a token that has expired', async () => {
    control.addToken(hashSecret(TOKEN), { expiresAt: START });
    await expect(authenticator.bearer(TOKEN)).rejects.toThrow();
    expect(control.touches).toEqual([]);
  });
});

describe('session', () => {
  const COOKIE = secret('session');

  test('a cookie is its session and scopes', async () => {
    control.sessionRows.set(hashSecret(COOKIE), { id: 3, scopes: ['admin'], createdAt: START, expiresAt: START + 1000 });
    expect(await authenticator.session(COOKIE)).toEqual({
      kind: 'session',
      name: 'session 3',
      scopes: ['read', 'write', 'admin'],
      sessionHash: hashSecret(COOKIE),
      expiresAt: START + 1000,
    });
  });

  test('a session ends at the instant it expires, and at once when it is ended', async () => {
    control.sessionRows.set(hashSecret(COOKIE), { id: 3, scopes: ['admin'], createdAt: START, expiresAt: START + 1000 });
    pass(999);
    await expect(authenticator.session(COOKIE)).resolves.toMatchObject({ kind: 'session' });
    pass(1);
    await expect(authenticator.session(COOKIE)).rejects.toMatchObject({ code: 'unauthenticated' });
    wallMs = START;
    await control.sessions.end(hashSecret(COOKIE));
    await expect(authenticator.session(COOKIE)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test.each([
    ['nothing', ''],
    ['a session nobody opened', COOKIE],
    ['an API token', TOKEN],
  ])('%s is unauthenticated', async (_, value) => {
    control.addToken(hashSecret(TOKEN));
    await expect(authenticator.session(value)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
