import { expect, test } from 'vitest';
import { createUndo } from './undo.ts';

test('what was opened is closed in the reverse order, once, also after a step that fails', async () => {
  const undo = createUndo();
  const closed: string[] = [];
  undo.push(() => void closed.push('first'));
  undo.push(() => Promise.reject(new Error('cannot close the second')));
  undo.push(async () => void closed.push('third'));
  await expect(undo.run()).rejects.toThrow('cannot close the second');
  expect(closed).toEqual(['third', 'first']);
  await undo.run();
  expect(closed).toEqual(['third', 'first']);
});
