import { describe, expect, test } from 'vitest';
import type { Clock } from '../util/clock.ts';
import { systemClock } from '../util/clock.ts';
import { abortable } from './abortable.ts';
import { deadline } from './deadline.ts';
import { watchLoopLag } from './loop-lag.ts';

/** A clock whose sleeps end when the test says so. */
function manualClock(): Clock & { wake(): void; sleeping: number } {
  const sleepers = new Set<() => void>();
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add(resolve);
        signal?.addEventListener('abort', () => {
          sleepers.delete(resolve);
          reject(new Error('woken'));
        });
      }),
    wake: () => sleepers.forEach((resolve) => resolve()),
    get sleeping() {
      return sleepers.size;
    },
  };
}

describe('deadline', () => {
  test('aborts when its time is over, and says that it was that', async () => {
    const clock = manualClock();
    using limit = deadline(clock, 1000, new AbortController().signal);
    expect([limit.signal.aborted, limit.expired]).toEqual([false, false]);
    clock.wake();
    await Promise.resolve();
    expect([limit.signal.aborted, limit.expired]).toEqual([true, true]);
  });

  test("the caller's abort is not an expiry, and carries the caller's reason", () => {
    const parent = new AbortController();
    using limit = deadline(manualClock(), 1000, parent.signal);
    parent.abort(new Error('enough'));
    expect(limit.signal.reason).toEqual(new Error('enough'));
    expect(limit.expired).toBe(false);
  });

  test('leaves no timer behind', () => {
    const clock = manualClock();
    {
      using limit = deadline(clock, 1000, new AbortController().signal);
      expect([limit.expired, clock.sleeping]).toEqual([false, 1]);
    }
    expect(clock.sleeping).toBe(0);
  });
});

describe('abortable', () => {
  test('passes what the work becomes', async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  test('does not wait for work that cannot be stopped', async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise(() => undefined), controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(abortable(Promise.reject(new Error('later')), controller.signal)).rejects.toThrow('enough');
  });
});

test('the lag of the event loop is at least the time it was blocked, less one tick', async () => {
  const lag = watchLoopLag(systemClock);
  await systemClock.sleep(10);
  const until = performance.now() + 60;
  while (performance.now() < until);
  expect(lag.stop()).toBeGreaterThanOrEqual(50);
});
