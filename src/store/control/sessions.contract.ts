import { describe, expect, test } from 'vitest';
import { hashOf, START, type Subject } from './subject.contract.ts';

const LINK = hashOf(1);
const HOUR_MS = 3_600_000;

export function sessionsContract(subject: Subject): void {
  const link = (expiresAt = START + 900_000, hash = LINK) => subject.store.sessions.createLoginLink({ hash, expiresAt });
  const redeem = (n: number, at = subject.nowMs, linkHash = LINK) =>
    subject.store.sessions.redeemLoginLink({ linkHash, sessionHash: hashOf(n), at, expiresAt: at + 12 * HOUR_MS });

  describe('sessions', () => {
    test('a link opens a session that is found by its hash', async () => {
      await link();
      await subject.reopen();
      const session = await redeem(10, START + 5);
      expect(session).toEqual({ id: expect.any(Number) as number, scopes: ['admin'], createdAt: START + 5, expiresAt: START + 5 + 12 * HOUR_MS });
      await subject.reopen();
      expect(await subject.store.sessions.find(hashOf(10))).toEqual(session);
      expect(await subject.store.sessions.find(LINK)).toBeNull();
    });

    test('a session may be opened without a link; all of them, and the links, end together', async () => {
      const { sessions } = subject.store;
      const session = await sessions.create({ hash: hashOf(11), at: START, expiresAt: START + HOUR_MS });
      expect(await sessions.find(hashOf(11))).toEqual(session);
      await link();
      await sessions.endAll();
      expect(await sessions.find(hashOf(11))).toBeNull();
      expect(await redeem(12)).toBeNull();
    });

    test('a link opens one session, whoever comes first', async () => {
      await link();
      const opened = await Promise.all(Array.from({ length: 10 }, (_, n) => redeem(10 + n)));
      expect(opened.filter((session) => session !== null)).toHaveLength(1);
      expect(await redeem(50)).toBeNull();
      expect(await subject.store.sessions.find(hashOf(50))).toBeNull();
    });

    test('a session that cannot be stored leaves the link to be used', async () => {
      await link();
      await link(START + 900_000, hashOf(2));
      await redeem(10, START, hashOf(2));
      await expect(redeem(10)).rejects.toThrow();
      expect(await redeem(11)).not.toBeNull();
    });

    test('a link opens nothing from the instant it expires', async () => {
      await link(START + 1000);
      expect(await redeem(10, START + 1000)).toBeNull();
      expect(await redeem(11, START + 999)).not.toBeNull();
    });

    test('an unknown link opens nothing', async () => {
      expect(await redeem(10)).toBeNull();
      expect(await subject.store.sessions.find(hashOf(10))).toBeNull();
    });

    test('an ended session is gone, and ending it again changes nothing', async () => {
      await link();
      await link(START + 900_000, hashOf(2));
      await redeem(10);
      await redeem(11, START, hashOf(2));
      await subject.store.sessions.end(hashOf(10));
      await subject.store.sessions.end(hashOf(10));
      expect(await subject.store.sessions.find(hashOf(10))).toBeNull();
      expect(await subject.store.sessions.find(hashOf(11))).not.toBeNull();
    });

    test('sweeping removes what has expired and keeps the rest', async () => {
      await link(START + 1000);
      await redeem(10);
      await link(START + 1000, hashOf(2));
      await link(START + 13 * HOUR_MS, hashOf(3));

      await subject.store.sessions.sweep(START + 1000);
      expect(await redeem(11, START, hashOf(2))).toBeNull();
      expect(await subject.store.sessions.find(hashOf(10))).not.toBeNull();

      await subject.store.sessions.sweep(START + 12 * HOUR_MS);
      expect(await subject.store.sessions.find(hashOf(10))).toBeNull();
      expect(await redeem(12, START + 12 * HOUR_MS, hashOf(3))).not.toBeNull();
    });

    test('a removed session’s id is never given out again', async () => {
      await link();
      const first = await redeem(10);
      await subject.store.sessions.end(hashOf(10));
      await subject.reopen();
      await link();
      const second = await redeem(11);
      expect(second?.id).toBeGreaterThan(first?.id ?? Infinity);
    });
  });
}
