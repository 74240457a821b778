import type { Clock } from '../../src/util/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that moves only when told. Sleeps go by the monotonic time, as timers do; the wall clock can be stepped apart from it. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const sleeper: Sleeper = {
        at: this.#monotonic + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Sets the wall clock forward or back; timers do not notice. */
  step(ms: number): void {
    this.#now += ms;
  }

  /** Lets time pass, waking sleepers in order and letting what they do settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (;;) {
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#move(next.at - this.#monotonic);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#move(end - this.#monotonic);
  }

  #move(ms: number): void {
    this.#monotonic += ms;
    this.#now += ms;
  }
}

/** Lets every promise chain that can go on do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
