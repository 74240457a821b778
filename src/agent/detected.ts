import type { Capabilities } from '../model/agent.ts';
import type { Clock } from '../util/clock.ts';

/** Finds out what this machine can measure, and with what. */
export type Detect = () => Promise<Capabilities>;

/** Tools are installed and removed while the agent runs; looking starts processes, so not at every reconnect. */
const FRESH_MS = 600_000;

/** What was last detected; looks again only where that is old. */
export function rememberDetected(detect: Detect, clock: Clock): Detect {
  let last: Promise<Capabilities> | null = null;
  let lookedAt = -Infinity;
  return () => {
    if (last === null || clock.monotonic() - lookedAt > FRESH_MS) {
      lookedAt = clock.monotonic();
      last = detect();
      last.catch(() => {
        last = null;
      });
    }
    return last;
  };
}
