import { systemClock } from '../util/clock.ts';
import { runProcess } from '../util/process.ts';
import type { ProbeContext } from './probe.ts';

/** The real clock and real processes. */
export function systemContext(dataDir: string): ProbeContext {
  return { clock: systemClock, run: runProcess, dataDir };
}
