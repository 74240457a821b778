import type { BreakerState } from '../model/breaker.ts';

/** One change of a breaker, as results carry it. */
export interface Transition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly at: number;
  readonly reason: string;
}

export interface Breaker {
  readonly state: BreakerState;
  /** Runs in a row that failed. */
  readonly failures: number;
  /** Probes in a row without an answer since it opened. */
  readonly probes: number;
  /** Changes so far: a run that began before the last one says nothing of the state after it. */
  readonly changes: number;
  /** When it came into this state, and why; null for one that never left its first. */
  readonly since: number | null;
  readonly reason: string | null;
}

export const closedBreaker: Breaker = { state: 'closed', failures: 0, probes: 0, changes: 0, since: null, reason: null };

export type BreakerEvent =
  | { readonly type: 'run'; readonly failed: boolean; readonly at: number; readonly began: number; readonly words: string }
  | { readonly type: 'probe'; readonly answered: boolean; readonly at: number };

/** A target may answer nothing that is cheap and yet be there: after so many silent probes a run tries. */
const SILENT_PROBES = 20;

/**
 * The breaker after an event, and the change it made. closed: opens when `mostFailures` runs in a row failed. open: an answered
 * probe, or a run that succeeds all the same, half-opens it. half_open: the first run that began since decides.
 */
export function afterEvent(breaker: Breaker, event: BreakerEvent, mostFailures: number): { breaker: Breaker; transition: Transition | null } {
  const stay = (over: Partial<Breaker> = {}) => ({ breaker: { ...breaker, ...over }, transition: null });
  const go = (to: BreakerState, reason: string, over: Partial<Breaker> = {}) => ({
    breaker: { ...breaker, state: to, probes: 0, changes: breaker.changes + 1, since: event.at, reason, ...over },
    transition: { from: breaker.state, to, at: event.at, reason },
  });
  if (event.type === 'probe') {
    if (breaker.state !== 'open') return stay();
    if (event.answered) return go('half_open', 'a probe was answered');
    const probes = breaker.probes + 1;
    if (probes < SILENT_PROBES) return stay({ probes });
    return go('half_open', `none of ${probes} probes was answered: a run tries itself`);
  }
  switch (breaker.state) {
    case 'closed': {
      if (!event.failed) return stay({ failures: 0 });
      const failures = breaker.failures + 1;
      if (failures < mostFailures) return stay({ failures });
      return go('open', `${failures} ${failures === 1 ? 'run' : 'runs in a row'} failed, the last because: ${event.words}`, { failures });
    }
    case 'open':
      return event.failed || event.began !== breaker.changes ? stay() : go('half_open', 'a run succeeded');
    case 'half_open':
      if (event.began !== breaker.changes) return stay();
      return event.failed ? go('open', `the trial failed: ${event.words}`) : go('closed', 'the trial succeeded', { failures: 0 });
  }
}
