import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueQueue } from './due-queue.ts';

test('gives back what was put in, earliest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (instants) => {
      const queue = new DueQueue<{ at: number }>();
      for (const at of instants) queue.push({ at });
      const out: number[] = [];
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) out.push(item.at);
      expect(out).toEqual([...instants].sort((a, b) => a - b));
      expect(queue.size).toBe(0);
    }),
  );
});
