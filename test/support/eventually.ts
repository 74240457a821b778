import { systemClock } from '../../src/util/clock.ts';

/** Resolves once the condition holds; the test's own time limit is what bounds the wait. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(5);
}
