import { describe, expect, test } from 'vitest';
import { hashOf, START, type Subject } from './subject.contract.ts';

const TOKEN = hashOf(1);

export function enrolmentTokensContract(subject: Subject): void {
  const make = (limits: { maxUses?: number | null; expiresAt?: number | null } = {}) =>
    subject.store.enrolmentTokens.create({ name: 'rack', hash: TOKEN, maxUses: limits.maxUses ?? null, expiresAt: limits.expiresAt ?? null });

  /** `n` makes the credential differ from every other. */
  const enrol = (name: string, n: number, at = subject.nowMs) =>
    subject.store.enrolmentTokens.enrol({
      hash: TOKEN,
      at,
      agent: { name, labels: { site: 'paris' }, version: '1.0.0', platform: 'linux x64' },
      credentialHash: hashOf(n),
    });

  const uses = async () => (await subject.store.enrolmentTokens.list()).map((token) => token.uses);

  describe('enrolment tokens', () => {
    test('a new token is answered whole', async () => {
      const created = await make({ maxUses: 5, expiresAt: START + 1000 });
      expect(created).toEqual({
        id: expect.any(Number) as number,
        name: 'rack',
        maxUses: 5,
        uses: 0,
        createdAt: START,
        expiresAt: START + 1000,
        revokedAt: null,
      });
      await subject.reopen();
      expect(await subject.store.enrolmentTokens.list()).toEqual([created]);
    });

    test('enrolling makes the agent and its credential and spends one use', async () => {
      await make({ maxUses: 2 });
      const agent = await enrol('edge', 10);
      expect(agent).toMatchObject({
        name: 'edge',
        labels: { site: 'paris' },
        version: '1.0.0',
        platform: 'linux x64',
        external: false,
        createdAt: START,
      });
      await subject.reopen();
      expect(await subject.store.agents.list()).toEqual([agent]);
      expect(await subject.store.tokens.findByHash(hashOf(10))).toMatchObject({
        name: 'edge',
        scopes: ['agent'],
        agentId: agent.id,
        expiresAt: null,
        revokedAt: null,
      });
      expect(await uses()).toEqual([1]);
    });

    test('a taken name spends no use and leaves nothing behind', async () => {
      await make({ maxUses: 1 });
      await subject.store.agents.create({ name: 'edge', labels: {}, external: false });
      await expect(enrol('edge', 10)).rejects.toMatchObject({ code: 'name_taken' });
      expect(await uses()).toEqual([0]);
      expect(await subject.store.tokens.list()).toEqual([]);
      await expect(enrol('edge-2', 11)).resolves.toMatchObject({ name: 'edge-2' });
    });

    test('a credential that cannot be stored leaves no agent and spends no use', async () => {
      await make({ maxUses: 1 });
      await subject.store.tokens.create({ name: 'same hash', hash: hashOf(10), scopes: ['read'] });
      await expect(enrol('edge', 10)).rejects.toThrow();
      expect(await subject.store.agents.list()).toEqual([]);
      expect(await uses()).toEqual([0]);
    });

    test('a token that is used up is gone', async () => {
      await make({ maxUses: 2 });
      await enrol('a', 10);
      await enrol('b', 11);
      await expect(enrol('c', 12)).rejects.toMatchObject({ code: 'gone', message: 'enrolment token is used up: "rack", 2 of 2 uses' });
      expect(await uses()).toEqual([2]);
      expect((await subject.store.agents.list()).map((agent) => agent.name)).toEqual(['a', 'b']);
    });

    test('the last use serves one of many that come at once', async () => {
      await make({ maxUses: 3 });
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => enrol(`agent-${n}`, 100 + n)));
      expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(3);
      for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toMatchObject({ code: 'gone' });
      expect(await uses()).toEqual([3]);
      expect(await subject.store.agents.list()).toHaveLength(3);
      expect(await subject.store.tokens.list()).toHaveLength(3);
    });

    test('a token without a limit serves any number', async () => {
      await make();
      for (let n = 0; n < 30; n++) await enrol(`agent-${n}`, 100 + n);
      expect(await uses()).toEqual([30]);
    });

    test('a token serves until the instant it expires, and from then on is gone', async () => {
      await make({ expiresAt: START + 1000 });
      await expect(enrol('early', 10, START + 999)).resolves.toMatchObject({ name: 'early' });
      await expect(enrol('late', 11, START + 1000)).rejects.toMatchObject({ code: 'gone', message: 'enrolment token has expired: "rack"' });
      expect(await uses()).toEqual([1]);
    });

    test('a revoked token is gone, and agents that used it stay', async () => {
      const { id } = await make();
      const agent = await enrol('before', 10);
      await subject.store.enrolmentTokens.revoke(id);
      subject.nowMs += 1000;
      await subject.store.enrolmentTokens.revoke(id);
      await expect(enrol('after', 11)).rejects.toMatchObject({ code: 'gone', message: 'enrolment token was revoked: "rack"' });
      expect((await subject.store.enrolmentTokens.list())[0]?.revokedAt).toBe(START);
      expect(await subject.store.agents.list()).toEqual([agent]);
      expect((await subject.store.tokens.findByHash(hashOf(10)))?.revokedAt).toBeNull();
    });

    test('an unknown token is unauthenticated', async () => {
      await expect(enrol('edge', 10)).rejects.toMatchObject({ code: 'unauthenticated' });
      expect(await subject.store.agents.list()).toEqual([]);
      await expect(subject.store.enrolmentTokens.revoke(99)).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
