import { breakerStates } from '../../model/breaker.ts';
import type { BreakerTransition } from '../../store/control/control-store.ts';
import type { Family } from './exposition.ts';

/** Breakers that are not closed, for Prometheus. */
export function breakerFamilies(current: readonly Pick<BreakerTransition, 'to'>[]): Family[] {
  const samples = breakerStates
    .filter((state) => state !== 'closed')
    .map((state) => ({ labels: { state }, value: current.filter(({ to }) => to === state).length }));
  return [{ name: 'tacho_breakers', help: 'destinations that an agent holds runs to back from, by state', type: 'gauge', samples }];
}
