import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { LinkedAbort } from './linked-abort.ts';

test('aborts with the first of its sources, with that one reason', () => {
  const a = new AbortController();
  const b = new AbortController();
  using linked = new LinkedAbort(a.signal, b.signal);
  expect(linked.signal.aborted).toBe(false);
  b.abort('b');
  a.abort('a');
  expect(linked.signal.reason).toBe('b');
});

test('is aborted from the start where a source is', () => {
  using linked = new LinkedAbort(AbortSignal.abort('early'));
  expect(linked.signal.reason).toBe('early');
});

test('leaves nothing behind on its sources', () => {
  const { signal } = new AbortController();
  {
    using linked = new LinkedAbort(signal);
    expect(linked.signal.aborted).toBe(false);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
