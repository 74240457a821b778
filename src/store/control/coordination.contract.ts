import { describe, expect, test } from 'vitest';
import { destinationInput } from '../../model/destination.ts';
import { jobInput } from '../../model/job.ts';
import type { Timetable } from '../../model/timetable/timetable.ts';
import { hostileNames, START, type Subject } from './subject.contract.ts';

const MINUTE = 60_000;
const timetable: Timetable = {
  intervalMs: null,
  cron: '*/5 9-17 * * mon-fri',
  timeZone: 'Europe/Berlin',
  windows: [{ days: ['mon', 'fri'], from: '22:00', to: '06:00' }],
  since: START,
  until: START + 1000 * MINUTE,
};
const series = (jobId: number, agentId: number, destinationId: number | null = 1) =>
  ({ jobId, revision: 1, agentId, destinationId, kind: 'ping', timetable }) as const;

/** What planning, leases and breakers keep, and the names of what is gone. */
export function coordinationContract(subject: Subject): void {
  describe('the plan ledger', () => {
    const change = (at: number, begun: readonly ReturnType<typeof series>[], ended: readonly number[] = []): Promise<void> =>
      subject.store.planLedger.change({ at, begun, ended });
    const agentsOf = async (query: { from: number; to: number; jobIds?: number[]; agentIds?: number[] }): Promise<number[]> =>
      (await subject.store.planLedger.list(query)).map(({ agentId }) => agentId);

    test('keeps a series whole, from when it began until it ended', async () => {
      await change(START, [series(3, 7), series(3, 8, null)]);
      await subject.reopen();
      const [first, second] = await subject.store.planLedger.open();
      expect(first).toEqual({ id: first?.id, ...series(3, 7), begunAt: START, endedAt: null });
      expect(second).toMatchObject({ agentId: 8, destinationId: null });
      await change(START + MINUTE, [], [first?.id ?? 0]);
      expect((await subject.store.planLedger.open()).map(({ agentId }) => agentId)).toEqual([8]);
      const [ended] = await subject.store.planLedger.list({ from: 0, to: START + MINUTE, agentIds: [7] });
      expect(ended).toMatchObject({ begunAt: START, endedAt: START + MINUTE });
    });

    test('answers what was planned at any moment of a range, of some jobs or agents', async () => {
      await change(START, [series(1, 1), series(2, 2)]);
      const rows = await subject.store.planLedger.open();
      await change(START + 10 * MINUTE, [series(1, 3)], [rows[0]?.id ?? 0]);
      expect(await agentsOf({ from: START, to: START + MINUTE })).toEqual([1, 2]);
      expect(await agentsOf({ from: START + 9 * MINUTE, to: START + 11 * MINUTE })).toEqual([1, 2, 3]);
      // The end of a series and of a range are no part of them.
      expect(await agentsOf({ from: START + 10 * MINUTE, to: START + 11 * MINUTE })).toEqual([2, 3]);
      expect(await agentsOf({ from: 0, to: START })).toEqual([]);
      expect(await agentsOf({ from: START, to: Number.MAX_SAFE_INTEGER, jobIds: [1] })).toEqual([1, 3]);
      expect(await agentsOf({ from: START, to: Number.MAX_SAFE_INTEGER, agentIds: [2, 3] })).toEqual([2, 3]);
    });

    test('a series that has ended keeps its end', async () => {
      await change(START, [series(1, 1)]);
      const [row] = await subject.store.planLedger.open();
      await change(START + MINUTE, [], [row?.id ?? 0]);
      await change(START + 2 * MINUTE, [], [row?.id ?? 0]);
      expect(await subject.store.planLedger.list({ from: START, to: START + 1 })).toMatchObject([{ endedAt: START + MINUTE }]);
    });

    test('takes the plan of a large fleet at once', async () => {
      const fleet = Array.from({ length: 2500 }, (_, agent) => series(1, agent + 1));
      await change(START, fleet);
      const rows = await subject.store.planLedger.open();
      expect(rows.map(({ agentId }) => agentId)).toEqual(fleet.map(({ agentId }) => agentId));
      await change(
        START + MINUTE,
        [series(2, 1)],
        rows.map(({ id }) => id),
      );
      expect(await subject.store.planLedger.open()).toMatchObject([{ jobId: 2 }]);
    });
  });

  describe('former names', () => {
    test('of what was removed are kept, also after reopening; of what is there, or never was, there is none', async () => {
      const { agents, destinations, jobs } = subject.store;
      for (const name of hostileNames) {
        const agent = await agents.create({ name, labels: {}, external: true });
        const destination = await destinations.create(destinationInput.parse({ name, host: '127.0.0.1' }));
        const job = await jobs.create(jobInput.parse({ name, interval: 60, kinds: ['system'] }));
        expect(await subject.store.formerNames.find('agent', agent.id)).toBeNull();
        await Promise.all([agents.remove(agent.id), destinations.remove(destination.id), jobs.remove(job.id)]);
        const find = (thing: 'agent' | 'destination' | 'job', { id }: { id: number }) => subject.store.formerNames.find(thing, id);
        expect([await find('agent', agent), await find('destination', destination), await find('job', job)]).toEqual([name, name, name]);
      }
      await subject.reopen();
      expect(await subject.store.formerNames.find('job', 1)).toBe(hostileNames[0]);
      expect(await subject.store.formerNames.find('job', 4242)).toBeNull();
    });
  });

  describe('leases', () => {
    test('are kept by key, the last one of a key, until they are removed', async () => {
      const lease = { agents: [1, 2], uplinks: ['site-a'], words: `'); "x" {` };
      const { leases } = subject.store;
      await leases.put({ key: 'a/1', lease: { old: true }, expiresAt: START });
      await leases.put({ key: 'b/1', lease: {}, expiresAt: START + MINUTE });
      await leases.put({ key: 'a/1', lease, expiresAt: START + 2 * MINUTE });
      await subject.reopen();
      const kept = subject.store.leases;
      expect(await kept.list()).toEqual([
        { key: 'a/1', lease, expiresAt: START + 2 * MINUTE },
        { key: 'b/1', lease: {}, expiresAt: START + MINUTE },
      ]);
      await kept.remove('a/1');
      await kept.remove('a/1');
      expect((await kept.list()).map(({ key }) => key)).toEqual(['b/1']);
    });
  });

  describe('breaker transitions', () => {
    const opened = (minute: number, agentId = 1, destinationId = 1) =>
      ({ agentId, destinationId, at: START + minute * MINUTE, from: 'closed', to: 'open', reason: '5 runs in a row failed' }) as const;

    test('are kept once each, and listed newest first', async () => {
      const { breakerTransitions } = subject.store;
      await breakerTransitions.add([]);
      await breakerTransitions.add([opened(0), opened(2)]);
      await breakerTransitions.add([opened(2), opened(1, 2), opened(2, 1, 2)]);
      await subject.reopen();
      const all = await subject.store.breakerTransitions.list({ limit: 10 });
      expect(all.map(({ id: _id, ...rest }) => rest)).toEqual([opened(2, 1, 2), opened(2), opened(1, 2), opened(0)]);
    });

    test('can be asked by agent, destination and time, page by page', async () => {
      await subject.store.breakerTransitions.add([opened(0), opened(0, 2), opened(1, 2, 2), opened(2, 2, 3), opened(3)]);
      const list = async (query: Partial<Parameters<typeof subject.store.breakerTransitions.list>[0]>) =>
        (await subject.store.breakerTransitions.list({ limit: 10, ...query })).map(({ agentId, destinationId }) => `${agentId}/${destinationId}`);
      expect(await list({ agentIds: [2] })).toEqual(['2/3', '2/2', '2/1']);
      expect(await list({ destinationIds: [2, 3] })).toEqual(['2/3', '2/2']);
      expect(await list({ from: START + MINUTE, to: START + 3 * MINUTE })).toEqual(['2/3', '2/2']);
      const seen: number[] = [];
      for (let after: { at: number; id: number } | undefined; ;) {
        const page = await subject.store.breakerTransitions.list({ limit: 2, ...(after === undefined ? {} : { after }) });
        seen.push(...page.map(({ id }) => id));
        after = page.at(-1);
        if (page.length < 2) break;
      }
      expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
    });
  });
}
