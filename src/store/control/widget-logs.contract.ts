import { describe, expect, test } from 'vitest';
import type { WidgetLogRow } from './control-store.ts';
import { hostileNames, START, type Subject } from './subject.contract.ts';

export function widgetLogsContract(subject: Subject): void {
  const machine = async (name = 'edge'): Promise<number> => (await subject.store.agents.create({ name, labels: {}, external: true })).id;
  const log = (agentId: number, changes: Partial<WidgetLogRow> = {}): Omit<WidgetLogRow, 'id'> => ({
    agentId,
    widgetType: 'wifi',
    at: START,
    data: { rssi: -61 },
    ...changes,
  });
  const list = (query: Partial<Parameters<typeof subject.store.widgetLogs.list>[0]> = {}) => subject.store.widgetLogs.list({ limit: 100, ...query });

  describe('widget logs', () => {
    test('are kept as they came, newest first', async () => {
      const agentId = await machine();
      const logs = [...hostileNames].map((text, i) => log(agentId, { widgetType: text, at: START + i, data: { [text]: [text, null, 1.5] } }));
      expect(await subject.store.widgetLogs.add(logs)).toBe(logs.length);
      await subject.reopen();
      const found = await list();
      expect(found.map(({ id: _, ...rest }) => rest)).toEqual(logs.toReversed());
    });

    test('the same log twice is kept once; another type, instant, agent or content is another log', async () => {
      const [one, two] = [await machine('one'), await machine('two')];
      expect(await subject.store.widgetLogs.add([log(one), log(one)])).toBe(1);
      expect(await subject.store.widgetLogs.add([log(one), log(two), log(one, { at: START + 1 })])).toBe(2);
      expect(await subject.store.widgetLogs.add([log(one, { widgetType: 'battery' }), log(one, { data: { rssi: -62 } })])).toBe(2);
      expect(await list()).toHaveLength(5);
    });

    test('are chosen by agent, type and time, and an empty choice chooses none', async () => {
      const [one, two] = [await machine('one'), await machine('two')];
      await subject.store.widgetLogs.add([log(one), log(two, { at: START + 1 }), log(one, { widgetType: 'battery', at: START + 2 })]);
      const types = async (query: Parameters<typeof list>[0]) => (await list(query)).map(({ agentId, widgetType }) => [agentId, widgetType]);
      expect(await types({ agentIds: [one] })).toEqual([
        [one, 'battery'],
        [one, 'wifi'],
      ]);
      expect(await types({ widgetTypes: ['wifi'], agentIds: [two, one] })).toEqual([
        [two, 'wifi'],
        [one, 'wifi'],
      ]);
      expect(await types({ to: START + 1 })).toEqual([[one, 'wifi']]);
      expect(await types({ agentIds: [] })).toEqual([]);
    });

    test('pages go on where the last one ended, also among logs of one instant', async () => {
      const agentId = await machine();
      const logs = Array.from({ length: 1203 }, (_, i) => log(agentId, { at: START + Math.floor(i / 10), data: { i } }));
      expect(await subject.store.widgetLogs.add(logs)).toBe(1203);
      const seen: unknown[] = [];
      for (let page = await list({ limit: 7 }); page.length > 0; page = await list({ limit: 7, after: page.at(-1) })) {
        seen.push(...page.map((row) => row.data['i']));
      }
      expect(seen).toHaveLength(1203);
      expect(new Set(seen).size).toBe(1203);
    });

    test('stay, under its id, where their agent is taken away', async () => {
      const agentId = await machine();
      await subject.store.widgetLogs.add([log(agentId)]);
      await subject.store.agents.remove(agentId);
      expect(await list()).toMatchObject([{ agentId, data: { rssi: -61 } }]);
    });
  });
}
