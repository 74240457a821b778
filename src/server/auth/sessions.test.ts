import { beforeEach, describe, expect, test } from 'vitest';
import { FakeControl } from '../../../test/support/fake-control.ts';
import { hashSecret, makeSecret, secretKind } from './secrets.ts';
import { createSessionService, readSessionCookie, type SessionService } from './sessions.ts';

const START = Date.UTC(2026, 10, 22, 10);
const MINUTE_MS = 60_000;

let control: FakeControl;
let nowMs: number;
let sessions: SessionService;
const clock = { now: () => nowMs };

beforeEach(() => {
  control = new FakeControl();
  nowMs = START;
  sessions = createSessionService({ control, clock });
});

/** What the browser will send back for a Set-Cookie header. */
const sentBack = (cookie: string) => readSessionCookie(cookie.split(';')[0]) ?? '';

describe('sessions', () => {
  test('a link lasts 15 minutes, and only its hash is kept', async () => {
    const link = await sessions.createLink();
    expect(secretKind(link.secret)).toBe('login');
    expect(link.expiresAt).toBe(START + 15 * MINUTE_MS);
    expect([...control.links]).toEqual([[hashSecret(link.secret), link.expiresAt]]);
  });

  test('redeeming opens a session of 12 hours that may do all a person can, and gives the cookie for it', async () => {
    const link = await sessions.createLink();
    nowMs += 15 * MINUTE_MS - 1;
    const { cookie, scopes, expiresAt } = await sessions.redeem(link.secret);
    expect(scopes).toEqual(['read', 'write', 'admin']);
    expect(expiresAt).toBe(nowMs + 12 * 60 * MINUTE_MS);
    expect(cookie).toMatch(/^tacho_session=tacho_s_[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
    expect([...control.sessionRows.keys()]).toEqual([hashSecret(sentBack(cookie))]);
  });

  test('over TLS the cookie never travels in the clear', async () => {
    const overTls = createSessionService({ control, clock, secure: true });
    const link = await overTls.createLink();
    expect((await overTls.redeem(link.secret)).cookie).toMatch(/; Secure$/);
    expect(await overTls.end({})).toMatch(/^tacho_session=; .*Max-Age=0; Secure$/);
  });

  test('secrets come from the randomness that was given', async () => {
    const ones = createSessionService({ control, clock, randomBytes: (size) => new Uint8Array(size).fill(1) });
    expect((await ones.createLink()).secret).toBe(makeSecret('login', (size) => new Uint8Array(size).fill(1)));
  });

  test('a link that was used, has expired or was never made is gone', async () => {
    const used = await sessions.createLink();
    await sessions.redeem(used.secret);
    const late = await sessions.createLink();
    nowMs += 15 * MINUTE_MS;
    for (const secret of [used.secret, late.secret, makeSecret('login')]) {
      await expect(sessions.redeem(secret)).rejects.toMatchObject({ code: 'gone' });
    }
    expect(control.sessionRows.size).toBe(1);
  });

  test('what is not a link is unauthenticated', async () => {
    for (const text of ['', 'abc', makeSecret('token'), makeSecret('session')]) {
      await expect(sessions.redeem(text)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  test('signing out ends the session and takes the cookie away', async () => {
    const { cookie } = await sessions.redeem((await sessions.createLink()).secret);
    const answer = await sessions.end({ sessionHash: hashSecret(sentBack(cookie)) });
    expect(answer).toBe('tacho_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0');
    expect(control.sessionRows.size).toBe(0);
  });

  test('signing out with a token ends no session', async () => {
    await sessions.redeem((await sessions.createLink()).secret);
    await sessions.end({});
    expect(control.sessionRows.size).toBe(1);
  });

  test('making a link sweeps what has expired', async () => {
    await sessions.redeem((await sessions.createLink()).secret);
    await sessions.createLink();
    nowMs += 12 * 60 * MINUTE_MS;
    const fresh = await sessions.createLink();
    expect([...control.links.keys()]).toEqual([hashSecret(fresh.secret)]);
    expect(control.sessionRows.size).toBe(0);
  });
});
