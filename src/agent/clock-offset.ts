/** Below this, the measured offset says more about the network than about the clocks (as the server's own tolerance). */
const TOLERANCE_MS = 1000;

/**
 * What is known of the difference between this machine's clock and the server's. The plan's time follows the server's
 * clock where ours is clearly wrong, so that a planned run has the id that the server expects.
 */
export class ClockOffset {
  #measured: number | null = null;
  #correction = 0;

  /** Agent clock minus server clock, milliseconds; null before the first exchange. */
  get measuredMs(): number | null {
    return this.#measured;
  }

  /** Answers whether the plan's time moved. */
  update(offsetMs: number): boolean {
    this.#measured = offsetMs;
    // Held against the correction in use, so that an offset near the tolerance does not make the plan's time tremble.
    if (Math.abs(offsetMs - this.#correction) < TOLERANCE_MS) return false;
    this.#correction = Math.abs(offsetMs) < TOLERANCE_MS ? 0 : offsetMs;
    return true;
  }

  /**
   * Our clock was set, the server's was not: what is known of it holds, by as much more. Where nothing is known, the
   * new time is as good as the old, and likely better.
   */
  stepped(byMs: number): void {
    if (this.#measured === null) return;
    this.#measured += byMs;
    this.#correction += byMs;
  }

  planTime(now: number): number {
    return now - this.#correction;
  }
}
