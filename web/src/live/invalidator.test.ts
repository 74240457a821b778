import { expect, test } from 'vitest';
import { Invalidator } from './invalidator.ts';

test('a burst invalidates each key at once, and once more after the pause', () => {
  const invalidated: string[] = [];
  let due: (() => void) | null = null;
  const invalidator = new Invalidator({
    invalidate: (key) => invalidated.push(key.join('/')),
    after: (_, callback) => {
      due = callback;
      return () => {
        due = null;
      };
    },
  });
  const pass = (): void => {
    const callback = due;
    due = null;
    callback?.();
  };
  invalidator.add([['series', 'gw']]);
  invalidator.add([['series', 'gw']]);
  invalidator.add([['series', 'gw'], ['agents']]);
  expect(invalidated).toEqual(['series/gw']);
  pass();
  expect(invalidated).toEqual(['series/gw', 'series/gw', 'agents']);
  pass();
  expect(due).toBeNull();
  invalidator.add([['series', 'gw']]);
  expect(invalidated).toHaveLength(4);
  invalidator.stop();
  expect(due).toBeNull();
});
