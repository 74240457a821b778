import type { Clock } from '../util/clock.ts';
import type { Io } from './io.ts';

/** What is quicker than this needs no sign of life. */
export const SPINNER_AFTER_MS = 500;
const FRAME_MS = 100;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Carriage return, and erase to the end of the line. */
const CLEAR = '\r\u001b[K';

/** Does the work; on a terminal, what takes long is shown to be alive, on standard error, and leaves nothing behind. */
export async function withSpinner<T>(text: string, { io, clock }: { io: Io; clock: Clock }, work: () => Promise<T>): Promise<T> {
  if (!io.errIsTerminal) return work();
  const done = new AbortController();
  const spinning = spin(text, { io, clock }, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await spinning;
  }
}

async function spin(text: string, { io, clock }: { io: Io; clock: Clock }, signal: AbortSignal): Promise<void> {
  let shown = false;
  try {
    await clock.sleep(SPINNER_AFTER_MS, signal);
    for (let frame = 0; ; frame++) {
      io.err(`\r${FRAMES[frame % FRAMES.length] ?? ''} ${text}`);
      shown = true;
      await clock.sleep(FRAME_MS, signal);
    }
  } catch {
    // Aborted: the only way a sleep ends early.
    if (shown) io.err(CLEAR);
  }
}
