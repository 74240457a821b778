import type { Clock } from '../util/clock.ts';

/** Less than this is not worth a correction: as the tolerance between two machines' clocks. */
const LEAST_STEP_MS = 1000;
/** Two clocks are compared only where reading both took less: else this process was paused in between. */
const LONGEST_READING_MS = 50;

/**
 * Notices that the wall clock was set. It moves apart from the monotonic one when it is set, and also while the machine
 * sleeps, because the monotonic one stands still then; which it was shows the time since the boot, where it can be read.
 */
export class ClockSteps {
  readonly #clock: Clock;
  readonly #uptimeMs: () => number | null;
  /** Wall clock minus monotonic clock. */
  #apartMs: number;
  /** How long the machine slept since its boot, up to a constant; null where nobody can tell. */
  #sleptMs: number | null;

  /** `uptimeMs`: time since the boot, sleep included; null where the system does not say. */
  constructor(clock: Clock, uptimeMs: () => number | null) {
    this.#clock = clock;
    this.#uptimeMs = uptimeMs;
    this.#apartMs = clock.now() - clock.monotonic();
    this.#sleptMs = this.#readSlept();
  }

  /** By how much the wall clock was set since the last look, forward or back; 0 where it was not, or where sleep cannot be told from it. */
  look(): number {
    if (this.#sleptMs === null) return 0;
    const apartMs = this.#beside(() => this.#clock.now());
    if (apartMs === null) return 0;
    const movedMs = apartMs - this.#apartMs;
    if (Math.abs(movedMs) < LEAST_STEP_MS) return 0;
    const sleptMs = this.#readSlept();
    // The next look knows more.
    if (sleptMs === null) return 0;
    const stepMs = movedMs - Math.max(0, sleptMs - this.#sleptMs);
    this.#apartMs = apartMs;
    this.#sleptMs = sleptMs;
    return Math.abs(stepMs) < LEAST_STEP_MS ? 0 : Math.round(stepMs);
  }

  #readSlept(): number | null {
    return this.#beside(this.#uptimeMs);
  }

  /** What a clock says beyond the monotonic one, or null where it cannot be said well enough. */
  #beside(read: () => number | null): number | null {
    const before = this.#clock.monotonic();
    const at = read();
    const after = this.#clock.monotonic();
    return at === null || after - before > LONGEST_READING_MS ? null : at - after;
  }
}
