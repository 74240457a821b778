import { systemClock, type Clock } from '../../src/util/clock.ts';

/** The system's clock, ahead by what a test has let pass at once. */
export class ShiftedClock implements Clock {
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  /** Lets time pass at once; timers do not notice. */
  pass(ms: number): void {
    this.#aheadMs += ms;
  }
}
