import { beforeEach, describe, expect, test } from 'vitest';
import { Removals, UNDO_MS } from './removals.ts';

let sent: { path: string; leaving: boolean; force: boolean }[];
let refusal: Error | null;
let timers: { ms: number; callback: () => void; cancelled: boolean }[];
let removals: Removals;

beforeEach(() => {
  sent = [];
  refusal = null;
  timers = [];
  removals = new Removals({
    canForce: (error) => error instanceof Error && error.message.includes('used by'),
    send: async (path, request) => {
      sent.push({ path, ...request });
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
    expect(removals.notices).toEqual([{ path: '/api/jobs/3', what: 'job "edge"', failure: null, canForce: false }]);
    expect(sent).toEqual([]);
    await pass(UNDO_MS);
    expect(sent).toEqual([{ path: '/api/jobs/3', leaving: false, force: false }]);
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
    expect(sent).toEqual([{ path: '/api/jobs/3', leaving: true, force: false }]);
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

  test('of what is used is asked for at once, and can be forced', async () => {
    refusal = new Error('destination "gw" is used by job "edge"');
    await removals.removeNow('/api/destinations/3', 'destination gw');
    expect(removals.hidden.size).toBe(0);
    expect(removals.notices).toMatchObject([{ failure: refusal.message, canForce: true }]);
    refusal = null;
    await removals.force('/api/destinations/3');
    expect(sent.map(({ force }) => force)).toEqual([false, true]);
    expect(removals.notices).toEqual([]);
  });

  test('that is refused for another reason cannot be forced', async () => {
    refusal = new Error('the server cannot be reached');
    await removals.removeNow('/api/jobs/3', 'job "edge"');
    await removals.force('/api/jobs/3');
    expect(sent.length).toBe(1);
  });
});
