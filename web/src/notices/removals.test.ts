import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { Removals, UNDO_MS } from './removals.ts';

let sent: { path: string; leaving: boolean; detach: boolean }[];
let refusal: Error | null;
let timers: { ms: number; callback: () => void; cancelled: boolean }[];
let removals: Removals;

beforeEach(() => {
  sent = [];
  refusal = null;
  timers = [];
  removals = new Removals({
    send: async (path, leaving, detach) => {
      sent.push({ path, leaving, detach });
      if (refusal !== null) throw refusal;
    },
    settled: async () => undefined,
    after: (ms, callback) => {
      const timer = { ms, callback, cancelled: false };
      timers.push(timer);
      return () => (timer.cancelled = true);
    },
  });
});

async function pass(ms: number): Promise<void> {
  for (const timer of timers) if (timer.ms <= ms && !timer.cancelled) timer.callback();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a removal', () => {
  test('hides at once, and asks the server only when it can no longer be undone', async () => {
    removals.remove('/api/jobs/3', 'job "edge"');
    expect([...removals.hidden]).toEqual(['/api/jobs/3']);
    expect(removals.notices).toEqual([{ path: '/api/jobs/3', what: 'job "edge"', failure: null, canDetach: false }]);
    expect(sent).toEqual([]);
    await pass(UNDO_MS);
    expect(sent).toEqual([{ path: '/api/jobs/3', leaving: false, detach: false }]);
    expect(removals.notices).toEqual([]);
    expect(removals.hidden.size).toBe(0);
  });

  test('that is undone is never sent', async () => {
    removals.remove('/api/jobs/3', 'job "edge"');
    removals.undo('/api/jobs/3');
    await pass(UNDO_MS);
    removals.leave();
    expect(sent).toEqual([]);
    expect(removals.hidden.size).toBe(0);
    expect(removals.notices).toEqual([]);
  });

  test('is sent at once when the page is left, once', async () => {
    removals.remove('/api/jobs/3', 'job "edge"');
    removals.leave();
    removals.leave();
    await pass(UNDO_MS);
    expect(sent).toEqual([{ path: '/api/jobs/3', leaving: true, detach: false }]);
  });

  test('that the server refuses shows the row again, and says why', async () => {
    refusal = new Error('the server cannot be reached');
    removals.remove('/api/jobs/3', 'job "edge"');
    await pass(UNDO_MS);
    expect(removals.hidden.size).toBe(0);
    expect(removals.notices).toMatchObject([{ failure: 'the server cannot be reached' }]);
    removals.dismiss('/api/jobs/3');
    expect(removals.notices).toEqual([]);
  });

  test('that something else names can be sent again, to take it out of that', async () => {
    refusal = new ApiError('conflict', 'destination "edge" is used by job "watch"', { status: 409, canForce: true });
    removals.remove('/api/destinations/3', 'destination "edge"');
    await pass(UNDO_MS);
    expect(removals.notices).toMatchObject([{ failure: 'destination "edge" is used by job "watch"', canDetach: true }]);
    refusal = null;
    removals.detach('/api/destinations/3');
    await pass(0);
    expect(sent.at(-1)).toEqual({ path: '/api/destinations/3', leaving: false, detach: true });
    expect(removals.notices).toEqual([]);
    removals.detach('/api/destinations/3');
    expect(sent).toHaveLength(2);
  });
});
