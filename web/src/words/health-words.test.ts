import { expect, test } from 'vitest';
import type { Health } from '../api/seen-destination.ts';
import { NOW } from '../../test/fixtures.ts';
import { destinationState } from './health-words.ts';
import { sinceText } from './time.ts';

const since = sinceText(NOW - 60_000, NOW);

function state(health: Partial<Health> | null, change: object = {}) {
  const whole = health && { state: 'ok' as const, agents_ok: 3, agents_failing: 0, since: NOW - 60_000, last_result_at: NOW, ...health };
  return destinationState({ external: false, status: 'active', health: whole, ...change }, NOW);
}

test('a destination stands as its agents see it', () => {
  expect(state({})).toEqual({ tone: 'good', word: 'ok', more: null });
  expect(state({ state: 'partial', agents_failing: 1, agents_ok: 2 })).toEqual({
    tone: 'attention',
    word: 'partial',
    more: `1 agent of 3 fails since ${since}`,
  });
  expect(state({ state: 'failing', agents_failing: 1, agents_ok: 0 }).more).toBe(`its only agent fails since ${since}`);
  expect(state({ state: 'failing', agents_failing: 2, agents_ok: 0 }).more).toBe(`both agents fail since ${since}`);
  expect(state({ state: 'unknown', since: null, agents_ok: 0 })).toEqual({ tone: 'unknown', word: 'unknown', more: 'not measured lately' });
});

test('one that is left out, or only posted, has no health', () => {
  expect(state({}, { status: 'inactive' }).word).toBe('left out');
  expect(state({}, { external: true }).word).toBe('from posted results');
  expect(state(null).word).toBe('active');
});
