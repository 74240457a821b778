/** Signals that come this soon after the first are the same one: a terminal sends Ctrl-C to us, and npm passes on its own copy. */
const SAME_SIGNAL_MS = 1000;
const PARENT_CHECK_MS = 1000;

/**
 * Makes this process a good child of npm. A repeated Ctrl-C does not cut a graceful end short, because npm sends every one twice; and where npm was
 * killed outright we end too, instead of staying behind with nobody to stop us.
 */
export function liveAndDieWithNpm(): void {
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    let firstAtMs: number | null = null;
    process.on(signal, () => {
      const nowMs = performance.now();
      firstAtMs ??= nowMs;
      const isRepeated = firstAtMs !== nowMs && nowMs - firstAtMs < SAME_SIGNAL_MS;
      const isHandledElsewhere = process.listenerCount(signal) > 1;
      if (!isHandledElsewhere && !isRepeated) process.exit(exitCode);
    });
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS).unref();
}
