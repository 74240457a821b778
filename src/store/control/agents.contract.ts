import type { Capabilities } from '../../model/agent.ts';
import { describe, expect, test } from 'vitest';
import { START, hashOf, hostileNames, type Subject } from './subject.contract.ts';

const plain = { labels: {}, external: false };

export function agentsContract(subject: Subject): void {
  describe('agents', () => {
    test('an update renames and relabels; another’s name is refused', async () => {
      const { agents } = subject.store;
      const edge = await agents.create({ name: 'edge', labels: { site: 'paris' }, external: false });
      await agents.create({ name: 'rim', labels: {}, external: false });
      expect(await agents.update(edge.id, { name: 'core' })).toEqual({ ...edge, name: 'core' });
      expect(await agents.update(edge.id, { labels: { site: 'rome' } })).toEqual({ ...edge, name: 'core', labels: { site: 'rome' } });
      expect(await agents.update(edge.id, {})).toMatchObject({ name: 'core' });
      await expect(agents.update(edge.id, { name: 'rim' })).rejects.toMatchObject({ code: 'name_taken', message: 'agent name is taken: "rim"' });
      await expect(agents.update(999, { name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('one that was removed is gone; its credential stays as a revoked one, unlisted, and its name as a former one', async () => {
      const { agents, tokens } = subject.store;
      const edge = await agents.create({ name: 'edge', labels: {}, external: false });
      await tokens.create({ name: 'edge', hash: hashOf(1), scopes: ['agent'], agentId: edge.id });
      subject.nowMs = START + 5000;
      await agents.remove(edge.id);
      expect(await agents.find(edge.id)).toBeNull();
      expect(await tokens.findByHash(hashOf(1))).toMatchObject({ agentId: null, revokedAt: START + 5000 });
      expect(await tokens.list()).toEqual([]);
      expect(await subject.store.formerNames.find('agent', edge.id)).toBe('edge');
      expect(await subject.store.formerNames.find('job', edge.id)).toBeNull();
      await expect(agents.remove(edge.id)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('a new agent is answered whole, with null for what is not known', async () => {
      const agent = await subject.store.agents.create({ name: 'edge-1', labels: { site: 'paris' }, external: true, version: '1.2.3' });
      expect(agent).toEqual({
        id: expect.any(Number) as number,
        name: 'edge-1',
        labels: { site: 'paris' },
        version: '1.2.3',
        platform: null,
        address: null,
        capabilities: {},
        spool: null,
        clockOffsetMs: null,
        external: true,
        createdAt: subject.nowMs,
        lastSeenAt: null,
        revokedAt: null,
        budgetMbPerDay: null,
        advertise: null,
        listening: null,
      });
      expect(await subject.store.agents.find(agent.id)).toEqual(agent);
      expect(await subject.store.agents.findByName('edge-1')).toEqual(agent);
    });

    test('what is not there is null', async () => {
      expect(await subject.store.agents.find(1)).toBeNull();
      expect(await subject.store.agents.find(999_999_999_999_999)).toBeNull();
      expect(await subject.store.agents.findByName('nobody')).toBeNull();
      expect(await subject.store.agents.list()).toEqual([]);
    });

    test('a name that exists is refused, and the first agent stays as it was', async () => {
      const first = await subject.store.agents.create({ name: 'edge', ...plain });
      await expect(subject.store.agents.create({ name: 'edge', labels: { other: 'yes' }, external: true })).rejects.toMatchObject({
        name: 'TachoError',
        code: 'name_taken',
        message: 'agent name is taken: "edge"',
      });
      expect(await subject.store.agents.list()).toEqual([first]);
    });

    test('names that differ in case alone are different names', async () => {
      const lower = await subject.store.agents.create({ name: 'edge', ...plain });
      const upper = await subject.store.agents.create({ name: 'EDGE', ...plain });
      expect((await subject.store.agents.findByName('edge'))?.id).toBe(lower.id);
      expect((await subject.store.agents.findByName('EDGE'))?.id).toBe(upper.id);
      expect(await subject.store.agents.findByName('Edge')).toBeNull();
    });

    test('hostile names come back as they went in, and after reopening too', async () => {
      for (const name of hostileNames) await subject.store.agents.create({ name, labels: { note: name }, external: false });
      await subject.reopen();
      expect((await subject.store.agents.list()).map((agent) => [agent.name, agent.labels['note']])).toEqual(hostileNames.map((n) => [n, n]));
      for (const name of hostileNames) expect((await subject.store.agents.findByName(name))?.name).toBe(name);
    });

    test('of many that ask for one name at once, one gets it', async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => subject.store.agents.create({ name: 'one', ...plain })));
      expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
      for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toMatchObject({ code: 'name_taken' });
      expect(await subject.store.agents.list()).toHaveLength(1);
    });

    test('of many that take one name at once, one gets it', async () => {
      const made = [];
      for (let n = 0; n < 10; n++) made.push(await subject.store.agents.create({ name: `agent-${n}`, ...plain }));
      const outcomes = await Promise.allSettled(made.map(({ id }) => subject.store.agents.update(id, { name: 'edge "1" (new)' })));
      expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
      for (const o of outcomes) {
        if (o.status === 'rejected') expect(o.reason).toMatchObject({ code: 'name_taken', message: 'agent name is taken: "edge \\"1\\" (new)"' });
      }
    });

    test('ids are the same after reopening, and grow', async () => {
      const before = [];
      for (const name of ['c', 'a', 'b']) before.push(await subject.store.agents.create({ name, ...plain }));
      await subject.reopen();
      expect(await subject.store.agents.list()).toEqual(before);
      const next = await subject.store.agents.create({ name: 'd', ...plain });
      expect(next.id).toBeGreaterThan(Math.max(...before.map((agent) => agent.id)));
    });

    test('a report changes what it says and nothing else', async () => {
      const { id } = await subject.store.agents.create({ name: 'edge', labels: { site: 'paris' }, external: false, platform: 'linux' });
      const spool = { epoch: 'e1', pending: 3, pending_bytes: 900, dropped: 0, dead: 1 };
      const capabilities = { ping: { available: true, tool: 'fping', version: '5.1', note: null } };
      await subject.store.agents.report(id, { capabilities, spool, address: '::1', clockOffsetMs: -3.25, lastSeenAt: subject.nowMs + 5 });
      const reported = await subject.store.agents.find(id);
      expect(reported).toMatchObject({ capabilities, spool, address: '::1', clockOffsetMs: -3.25, lastSeenAt: subject.nowMs + 5 });
      expect(reported).toMatchObject({ labels: { site: 'paris' }, platform: 'linux', version: null });

      await subject.store.agents.report(id, {});
      expect(await subject.store.agents.find(id)).toEqual(reported);

      await subject.store.agents.report(id, { clockOffsetMs: null, labels: {}, version: '2.0.0' });
      expect(await subject.store.agents.find(id)).toEqual({ ...reported, clockOffsetMs: null, labels: {}, version: '2.0.0' });
    });

    test('a report of an unknown agent is refused', async () => {
      await expect(subject.store.agents.report(99, { version: '1' })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('reports of many change what each says, and unknown agents are passed over', async () => {
      const { agents } = subject.store;
      const one = await agents.create({ name: 'one', ...plain });
      const two = await agents.create({ name: 'two', ...plain });
      await agents.reportAll([
        { id: two.id, report: { lastSeenAt: subject.nowMs + 2, labels: { site: 'oslo' } } },
        { id: 999, report: { version: '9' } },
        { id: one.id, report: {} },
      ]);
      await agents.reportAll([]);
      await subject.reopen();
      expect(await subject.store.agents.list()).toEqual([one, { ...two, lastSeenAt: subject.nowMs + 2, labels: { site: 'oslo' } }]);
    });

    test('reports of many are noted all or none', async () => {
      const one = await subject.store.agents.create({ name: 'one', ...plain });
      const two = await subject.store.agents.create({ name: 'two', ...plain });
      const impossible = { capabilities: { count: 1n } as unknown as Capabilities };
      await expect(
        subject.store.agents.reportAll([
          { id: one.id, report: { version: '2' } },
          { id: two.id, report: impossible },
        ]),
      ).rejects.toThrow();
      expect(await subject.store.agents.list()).toEqual([one, two]);
    });

    test('revoking an agent revokes its tokens and nobody else’s', async () => {
      const { agents, tokens } = subject.store;
      const mine = await agents.create({ name: 'mine', ...plain });
      const other = await agents.create({ name: 'other', ...plain });
      await tokens.create({ name: 'mine-1', hash: hashOf(1), scopes: ['agent'], agentId: mine.id });
      await tokens.create({ name: 'mine-2', hash: hashOf(2), scopes: ['agent'], agentId: mine.id });
      await tokens.create({ name: 'other', hash: hashOf(3), scopes: ['agent'], agentId: other.id });
      await tokens.create({ name: 'person', hash: hashOf(4), scopes: ['admin'] });

      subject.nowMs += 60_000;
      await agents.revoke(mine.id);
      await subject.reopen();
      expect((await subject.store.agents.find(mine.id))?.revokedAt).toBe(subject.nowMs);
      expect((await subject.store.agents.find(other.id))?.revokedAt).toBeNull();
      expect((await subject.store.tokens.list()).map((token) => token.revokedAt)).toEqual([subject.nowMs, subject.nowMs, null, null]);
    });

    test('revoking again keeps the first instant, and the name stays taken', async () => {
      const { agents, tokens } = subject.store;
      const { id } = await agents.create({ name: 'edge', ...plain });
      await tokens.create({ name: 'edge', hash: hashOf(1), scopes: ['agent'], agentId: id });
      const at = subject.nowMs;
      await agents.revoke(id);
      subject.nowMs += 1000;
      await agents.revoke(id);
      expect((await agents.find(id))?.revokedAt).toBe(at);
      expect((await tokens.findByHash(hashOf(1)))?.revokedAt).toBe(at);
      await expect(agents.create({ name: 'edge', ...plain })).rejects.toMatchObject({ code: 'name_taken' });
    });

    test('revoking an unknown agent is refused', async () => {
      await expect(subject.store.agents.revoke(99)).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
