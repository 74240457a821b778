import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { FakeControl } from './control.fake.ts';
import { readCookie, SESSION_COOKIE } from './cookies.ts';
import { hashSecret, makeSecret, secretKind } from './secrets.ts';
import { createSessions, type SessionDesk } from './sessions.ts';

const START = Date.UTC(2026, 10, 22, 10);
const MINUTE_MS = 60_000;

let control: FakeControl;
let nowMs: number;
let desk: SessionDesk;

beforeEach(() => {
  control = new FakeControl();
  nowMs = START;
  desk = createSessions({ control, clock: { now: () => nowMs }, randomBytes });
});

const valueOf = (cookie: string) => readCookie(cookie.split(';')[0], SESSION_COOKIE) ?? '';

describe('sessions', () => {
  test('a link lasts 15 minutes, and only its hash is kept', async () => {
    const link = await desk.createLoginLink();
    expect(secretKind(link.secret)).toBe('login');
    expect(link.expiresAt).toBe(START + 15 * MINUTE_MS);
    expect([...control.links]).toEqual([[hashSecret(link.secret), link.expiresAt]]);
  });

  test('redeeming opens a session of 12 hours and gives the cookie for it', async () => {
    const link = await desk.createLoginLink();
    nowMs += 15 * MINUTE_MS - 1;
    const { session, cookie } = await desk.redeem(link.secret, { secure: true });
    expect(session).toMatchObject({ scopes: ['admin'], createdAt: nowMs, expiresAt: nowMs + 12 * 60 * MINUTE_MS });
    expect(cookie).toMatch(/^tacho_session=tacho_s_[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200; Secure$/);
    expect([...control.sessionRows.keys()]).toEqual([hashSecret(valueOf(cookie))]);
  });

  test('without TLS the cookie is not marked Secure: a browser would drop it', async () => {
    const link = await desk.createLoginLink();
    expect((await desk.redeem(link.secret, { secure: false })).cookie).not.toContain('Secure');
  });

  test('a link that was used, has expired or was never made is gone', async () => {
    const used = await desk.createLoginLink();
    await desk.redeem(used.secret, { secure: false });
    const late = await desk.createLoginLink();
    nowMs += 15 * MINUTE_MS;
    for (const secret of [used.secret, late.secret, makeSecret('login', randomBytes)]) {
      await expect(desk.redeem(secret, { secure: false })).rejects.toMatchObject({ code: 'gone' });
    }
    expect(control.sessionRows.size).toBe(1);
  });

  test('what is not a link is unauthenticated', async () => {
    for (const text of ['', 'abc', makeSecret('token', randomBytes), makeSecret('session', randomBytes)]) {
      await expect(desk.redeem(text, { secure: false })).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  test('ending a session removes it; ending nothing changes nothing', async () => {
    const link = await desk.createLoginLink();
    const { cookie } = await desk.redeem(link.secret, { secure: false });
    await desk.end('');
    await desk.end(makeSecret('session', randomBytes));
    expect(control.sessionRows.size).toBe(1);
    await desk.end(valueOf(cookie));
    expect(control.sessionRows.size).toBe(0);
  });

  test('making a link sweeps what has expired', async () => {
    await desk.redeem((await desk.createLoginLink()).secret, { secure: false });
    await desk.createLoginLink();
    nowMs += 12 * 60 * MINUTE_MS;
    const fresh = await desk.createLoginLink();
    expect([...control.links.keys()]).toEqual([hashSecret(fresh.secret)]);
    expect(control.sessionRows.size).toBe(0);
  });
});
