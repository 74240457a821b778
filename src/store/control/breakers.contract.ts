import { describe, expect, test } from 'vitest';
import type { BreakerTransition } from './control-store.ts';
import type { Subject } from './subject.contract.ts';

/** Where breakers are now, from the changes that are kept. */
export function breakersContract(subject: Subject): void {
  describe('breakers as they are', () => {
    const change = (at: number, over: Partial<BreakerTransition> = {}): BreakerTransition => ({
      ...{ agentId: 1, destinationId: 1, at, from: 'closed', to: 'open', reason: 'runs failed' },
      ...over,
    });

    test('are what the newest change of each agent and destination made them', async () => {
      const { breakerTransitions } = subject.store;
      expect(await breakerTransitions.current({})).toEqual([]);
      const closed = change(30, { from: 'half_open', to: 'closed', reason: 'the trial succeeded' });
      const other = change(20, { destinationId: 2 });
      const another = change(25, { agentId: 2, destinationId: 2, to: 'half_open', from: 'open' });
      // What comes late does not become the newest.
      await breakerTransitions.add([change(10), closed, other, another, change(5, { agentId: 2, destinationId: 2 })]);
      await breakerTransitions.add([change(20, { from: 'open', to: 'half_open' })]);
      expect(await breakerTransitions.current({})).toEqual([closed, other, another]);
      expect(await breakerTransitions.current({ agentIds: [2] })).toEqual([another]);
      expect(await breakerTransitions.current({ agentIds: [1], destinationIds: [2] })).toEqual([other]);
      expect(await breakerTransitions.current({ destinationIds: [9] })).toEqual([]);
    });

    test('of two changes at one instant are what was stored last', async () => {
      const { breakerTransitions } = subject.store;
      await breakerTransitions.add([change(10, { from: 'half_open', to: 'open' })]);
      await breakerTransitions.add([change(10, { from: 'half_open', to: 'closed' })]);
      expect((await breakerTransitions.current({})).map(({ to }) => to)).toEqual(['closed']);
    });
  });
}
