import type { Clock } from '../util/clock.ts';

/** How often the loop is looked at while something is timed; a few milliseconds cost nothing during one run. */
const TICK_MS = 5;

export interface LoopLag {
  /** Ends the watch: the longest time, in milliseconds, by which the event loop was late since it began. */
  stop(): number;
}

/**
 * Watches how late the event loop is while our own clock times something: what it was late by is the most that the
 * measured time may be too long.
 */
export function watchLoopLag(clock: Clock): LoopLag {
  let worstMs = 0;
  let last = clock.monotonic();
  const look = (): void => {
    const now = clock.monotonic();
    worstMs = Math.max(worstMs, now - last - TICK_MS);
    last = now;
  };
  const timer = setInterval(look, TICK_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return worstMs;
    },
  };
}
