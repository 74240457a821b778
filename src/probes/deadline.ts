import type { Clock } from '../util/clock.ts';

export interface Deadline extends Disposable {
  /** Aborts when the time is over, or with the signal it was made from. */
  readonly signal: AbortSignal;
  /** Whether the time was over, rather than the caller's patience. */
  readonly expired: boolean;
}

/** A signal that aborts after `ms`, or with `parent`. Dispose it, so that no timer outlives the work. */
export function deadline(clock: Clock, ms: number, parent: AbortSignal): Deadline {
  const timer = new AbortController();
  const over = new AbortController();
  clock.sleep(ms, timer.signal).then(
    () => over.abort(new DOMException(`the time of ${ms} ms is over`, 'TimeoutError')),
    () => undefined,
  );
  return {
    signal: AbortSignal.any([parent, over.signal]),
    get expired() {
      return over.signal.aborted && !parent.aborted;
    },
    [Symbol.dispose]: () => timer.abort(),
  };
}
