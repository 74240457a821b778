import { systemClock, type Clock } from '../../src/util/clock.ts';

/** The system's clock, ahead by what a test has let pass at once. */
export class ShiftedClock implements Clock {
  #aheadMs = 0;
  #frozen: { readonly now: number; readonly monotonic: number } | null = null;

  now(): number {
    return (this.#frozen?.now ?? systemClock.now()) + this.#aheadMs;
  }

  monotonic(): number {
    return (this.#frozen?.monotonic ?? systemClock.monotonic()) + this.#aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  /** From now on time passes only when told. */
  freeze(): void {
    this.#frozen = { now: systemClock.now(), monotonic: systemClock.monotonic() };
  }

  /** Lets time pass at once; timers do not notice. */
  pass(ms: number): void {
    this.#aheadMs += ms;
  }
}
