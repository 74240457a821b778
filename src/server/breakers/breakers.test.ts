import { describe, expect, test } from 'vitest';
import type { ResultRow } from '../../store/results/results-store.ts';
import { breakerFamilies } from '../metrics/breakers.ts';
import { changesIn } from './changes.ts';
import { breakerSettings, withBreakers } from './settings.ts';

const row = (details: Record<string, unknown>, over: Partial<ResultRow> = {}): ResultRow =>
  ({ agentId: 1, destinationId: 2, clockOffsetMs: null, details, ...over }) as ResultRow;
const opened = { from: 'closed', to: 'open', at: '2026-11-22T12:00:00.000Z', reason: 'runs failed' };
const AT = Date.UTC(2026, 10, 22, 12);

describe("changes of breakers in an agent's results", () => {
  test('are found with those that probes made before, in their order, by the agent that sent them', () => {
    const halfOpen = { ...opened, from: 'open', to: 'half_open', at: '2026-11-22T11:00:00.000Z' };
    expect(changesIn([row({}), row({ breaker: opened, breaker_earlier: [halfOpen] })])).toEqual([
      { agentId: 1, destinationId: 2, at: AT - 3_600_000, from: 'open', to: 'half_open', reason: 'runs failed' },
      { agentId: 1, destinationId: 2, at: AT, from: 'closed', to: 'open', reason: 'runs failed' },
    ]);
  });

  test('are put right by the offset of a clock that is wrong', () => {
    expect(changesIn([row({ breaker: opened }, { clockOffsetMs: 60_000 })])[0]?.at).toBe(AT - 60_000);
  });

  test.each([
    ['without a destination', row({ breaker: opened }, { destinationId: null })],
    ['of another state', row({ breaker: { ...opened, to: 'ajar' } })],
    ['of no instant', row({ breaker: { ...opened, at: 'soon' } })],
    ['of another century', row({ breaker: { ...opened, at: '1890-01-01T00:00:00.000Z' } })],
    ['that are a text', row({ breaker: 'open', breaker_earlier: 'many' })],
    ['that are far too many', row({ breaker_earlier: Array.from({ length: 21 }, () => opened) })],
    ['with reasons of megabytes', row({ breaker: { ...opened, reason: 'x'.repeat(3000) } })],
  ])('that are %s are not taken', (_what, one) => {
    expect(changesIn([one])).toEqual([]);
  });
});

describe('settings of breakers', () => {
  test('are part of the version of a schedule, so that agents hear of a change', () => {
    const schedule = { version: 'abc', assignments: [], breaker: null, budget_mb_per_day: null };
    expect(withBreakers(schedule, breakerSettings(0, 30_000))).toEqual(schedule);
    expect(withBreakers(schedule, breakerSettings(5, 30_000))).toEqual({
      ...schedule,
      version: 'abc.5.30000',
      breaker: { failures: 5, probe_ms: 30_000 },
    });
  });

  test('count what is not closed', () => {
    expect(breakerFamilies([{ to: 'open' }, { to: 'closed' }, { to: 'open' }])).toMatchObject([
      {
        name: 'tacho_breakers',
        samples: [
          { labels: { state: 'open' }, value: 2 },
          { labels: { state: 'half_open' }, value: 0 },
        ],
      },
    ]);
  });
});
