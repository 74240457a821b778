import { systemClock, type Clock } from '../../src/util/clock.ts';

/** The real clock, except that every sleep is cut to `longestMs`; `sleeps` has what was asked for. */
export function hastyClock(longestMs = 10): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = [];
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    sleep: (ms, signal) => {
      sleeps.push(ms);
      return systemClock.sleep(ms === Infinity ? ms : Math.min(ms, longestMs), signal);
    },
    sleeps,
  };
}
