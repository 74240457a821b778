import type { Clock } from '../../util/clock.ts';

const MINUTE_MS = 60_000;

/** Lets at most so many runs begin within a minute: a bucket that fills at that rate and holds one minute's worth. */
export class RunRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #perMinute: number;
  #left: number;
  #filledAt: number;

  constructor(clock: Pick<Clock, 'monotonic'>, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
    this.#left = perMinute;
    this.#filledAt = clock.monotonic();
  }

  /** Another rate from now on; what was used of the old one stays used. */
  set(perMinute: number): void {
    this.#fill();
    this.#perMinute = perMinute;
    this.#left = Math.min(this.#left, perMinute);
  }

  /** Whether one more run may begin; it counts as begun. */
  take(): boolean {
    this.#fill();
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  #fill(): void {
    const at = this.#clock.monotonic();
    this.#left = Math.min(this.#perMinute, this.#left + (this.#perMinute * (at - this.#filledAt)) / MINUTE_MS);
    this.#filledAt = at;
  }
}
