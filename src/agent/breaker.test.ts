import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterEvent, closedBreaker, type Breaker, type BreakerEvent } from './breaker.ts';

const MOST = 5;

interface Step {
  readonly kind: 'run' | 'old-run' | 'probe';
  readonly good: boolean;
}
const steps = fc.array(fc.record({ kind: fc.constantFrom('run' as const, 'old-run' as const, 'probe' as const), good: fc.boolean() }), {
  maxLength: 200,
});

/** Runs begin at the present change, old ones before it. */
function eventOf({ kind, good }: Step, breaker: Breaker, at: number): BreakerEvent {
  if (kind === 'probe') return { type: 'probe', answered: good, at };
  return { type: 'run', failed: !good, at, began: kind === 'run' ? breaker.changes : breaker.changes - 1, words: 'no reply' };
}

describe('breaker', () => {
  test('opens after the last of so many failures in a row, half-opens by a probe, closes by a good trial', () => {
    let breaker = closedBreaker;
    const seen: string[] = [];
    const feed = (step: Step, at: number): void => {
      const after = afterEvent(breaker, eventOf(step, breaker, at), MOST);
      breaker = after.breaker;
      if (after.transition !== null) seen.push(`${at} ${after.transition.from} > ${after.transition.to}: ${after.transition.reason}`);
    };
    for (let at = 1; at <= 4; at++) feed({ kind: 'run', good: false }, at);
    feed({ kind: 'run', good: true }, 5);
    for (let at = 6; at <= 10; at++) feed({ kind: 'run', good: false }, at);
    feed({ kind: 'probe', good: false }, 11);
    feed({ kind: 'probe', good: true }, 12);
    feed({ kind: 'old-run', good: true }, 13);
    feed({ kind: 'run', good: false }, 14);
    feed({ kind: 'probe', good: true }, 15);
    feed({ kind: 'run', good: true }, 16);
    expect(seen).toEqual([
      '10 closed > open: 5 runs in a row failed, the last because: no reply',
      '12 open > half_open: a probe was answered',
      '14 half_open > open: the trial failed: no reply',
      '15 open > half_open: a probe was answered',
      '16 half_open > closed: the trial succeeded',
    ]);
  });

  test('half-opens after twenty silent probes: not everything that is there answers one', () => {
    let breaker: Breaker = { ...closedBreaker, state: 'open', changes: 1 };
    for (let probe = 1; probe <= 20; probe++) {
      expect(breaker.state).toBe('open');
      breaker = afterEvent(breaker, { type: 'probe', answered: false, at: probe }, MOST).breaker;
    }
    expect(breaker.state).toBe('half_open');
  });

  test('whatever comes, its changes form one chain along the allowed ways', () => {
    const allowed = new Set(['closed>open', 'open>half_open', 'half_open>open', 'half_open>closed']);
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (all, most) => {
        let breaker = closedBreaker;
        let inARow = 0;
        for (const [at, step] of all.entries()) {
          const before = breaker;
          if (step.kind !== 'probe') inARow = step.good ? 0 : inARow + 1;
          const { breaker: next, transition } = afterEvent(breaker, eventOf(step, breaker, at), most);
          breaker = next;
          if (transition === null) {
            expect(next.state).toBe(before.state);
            expect(next.changes).toBe(before.changes);
          } else {
            expect(allowed.has(`${transition.from}>${transition.to}`)).toBe(true);
            expect([transition.from, transition.to, transition.at]).toEqual([before.state, next.state, at]);
            expect(next.changes).toBe(before.changes + 1);
            if (transition.from === 'closed') expect(inARow).toBeGreaterThanOrEqual(most);
            if (transition.to === 'closed') expect(step).toEqual({ kind: 'run', good: true });
          }
          // A closed breaker never holds as many failures as open it.
          if (next.state === 'closed') expect(next.failures).toBeLessThan(most);
        }
      }),
    );
  });

  test('a run that began before the last change moves nothing but a closed breaker', () => {
    fc.assert(
      fc.property(fc.constantFrom('open' as const, 'half_open' as const), fc.boolean(), (state, failed) => {
        const breaker: Breaker = { ...closedBreaker, state, changes: 3 };
        expect(afterEvent(breaker, { type: 'run', failed, at: 1, began: 2, words: '' }, MOST)).toEqual({ breaker, transition: null });
      }),
    );
  });
});
