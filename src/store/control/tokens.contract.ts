import { describe, expect, test } from 'vitest';
import { hashOf, START, type Subject } from './subject.contract.ts';

export function tokensContract(subject: Subject): void {
  describe('tokens', () => {
    test('a new token is answered whole and found by its hash', async () => {
      const created = await subject.store.tokens.create({ name: 'ci', hash: hashOf(1), scopes: ['read', 'write'], expiresAt: START + 1000 });
      expect(created).toEqual({
        id: expect.any(Number) as number,
        name: 'ci',
        scopes: ['read', 'write'],
        agentId: null,
        createdAt: START,
        expiresAt: START + 1000,
        lastUsedAt: null,
        revokedAt: null,
      });
      await subject.reopen();
      expect(await subject.store.tokens.findByHash(hashOf(1))).toEqual(created);
      expect(await subject.store.tokens.list()).toEqual([created]);
      expect(await subject.store.tokens.findByHash(hashOf(2))).toBeNull();
    });

    test('two tokens may have one name, and neither answer holds the hash', async () => {
      const one = await subject.store.tokens.create({ name: 'ci', hash: hashOf(1), scopes: ['read'] });
      const two = await subject.store.tokens.create({ name: 'ci', hash: hashOf(2), scopes: ['admin'] });
      expect(await subject.store.tokens.list()).toEqual([one, two]);
      expect(JSON.stringify(await subject.store.tokens.list())).not.toContain(hashOf(1));
    });

    test('a hash serves one token', async () => {
      await subject.store.tokens.create({ name: 'one', hash: hashOf(1), scopes: ['read'] });
      await expect(subject.store.tokens.create({ name: 'two', hash: hashOf(1), scopes: ['admin'] })).rejects.toThrow();
      expect((await subject.store.tokens.findByHash(hashOf(1)))?.name).toBe('one');
    });

    test('a token of an unknown agent is refused', async () => {
      await expect(subject.store.tokens.create({ name: 'x', hash: hashOf(1), scopes: ['agent'], agentId: 99 })).rejects.toThrow();
      expect(await subject.store.tokens.list()).toEqual([]);
    });

    test('touching notes the last use', async () => {
      const { id } = await subject.store.tokens.create({ name: 'ci', hash: hashOf(1), scopes: ['read'] });
      await subject.store.tokens.touch(id, START + 5);
      await subject.reopen();
      expect((await subject.store.tokens.findByHash(hashOf(1)))?.lastUsedAt).toBe(START + 5);
    });

    test('touching many notes each one’s last use, and passes over what is not there', async () => {
      const ids = [];
      for (let n = 1; n <= 3; n++) ids.push((await subject.store.tokens.create({ name: 'ci', hash: hashOf(n), scopes: ['read'] })).id);
      const [one = 0, , three = 0] = ids;
      await subject.store.tokens.touchAll([
        { id: three, at: START + 30 },
        { id: 999, at: START + 99 },
        { id: one, at: START + 10 },
      ]);
      await subject.store.tokens.touchAll([]);
      await subject.reopen();
      expect((await subject.store.tokens.list()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([START + 10, null, START + 30]);
    });

    test('expired and revoked tokens are still found', async () => {
      const { id } = await subject.store.tokens.create({ name: 'ci', hash: hashOf(1), scopes: ['read'], expiresAt: START - 1 });
      await subject.store.tokens.revoke(id);
      expect(await subject.store.tokens.findByHash(hashOf(1))).toMatchObject({ expiresAt: START - 1, revokedAt: START });
    });

    test('revoking keeps the first instant and touches no other token', async () => {
      const { id } = await subject.store.tokens.create({ name: 'one', hash: hashOf(1), scopes: ['read'] });
      const other = await subject.store.tokens.create({ name: 'two', hash: hashOf(2), scopes: ['read'] });
      await subject.store.tokens.revoke(id);
      subject.nowMs += 1000;
      await subject.store.tokens.revoke(id);
      expect((await subject.store.tokens.findByHash(hashOf(1)))?.revokedAt).toBe(START);
      expect(await subject.store.tokens.findByHash(hashOf(2))).toEqual(other);
      await expect(subject.store.tokens.revoke(99)).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
