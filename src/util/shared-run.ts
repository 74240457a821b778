/**
 * Runs a task for everybody who asks at once: who asks while it runs shares the next run, because what he asks for may be
 * younger than what the present one has read.
 */
export function sharedRun<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | null = null;
  let next: Promise<T> | null = null;
  return () => {
    if (next !== null) return next;
    const begin = async (): Promise<T> => {
      // Those who ask in the same turn come along.
      await (running ?? Promise.resolve());
      const run = task();
      running = run.then(
        () => undefined,
        () => undefined,
      );
      next = null;
      return run;
    };
    next = begin();
    return next;
  };
}
