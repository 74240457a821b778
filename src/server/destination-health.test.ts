import { describe, expect, test } from 'vitest';
import { jobInput } from '../model/job.ts';
import type { ResultRow } from '../store/results/results-store.ts';
import { destinationHealths } from './destination-health.ts';
import { createLatest } from './metrics/latest.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const row = (minute: number, change: Partial<ResultRow> = {}): ResultRow => ({
  ...{ id: 'x', run: null, plannedAt: null, startedAt: NOW + minute * MINUTE, durationMs: 1, clockOffsetMs: null, kind: 'ping', agentId: 1 },
  ...{ destinationId: 1, jobId: 1, status: 'success', failure: null, metrics: {}, labels: {}, details: {}, ...change },
});
const job = (change: Record<string, unknown>) => ({
  ...jobInput.parse({ name: 'j', kinds: ['ping'], destinations: ['a'], ...change }),
  ...{ id: 1, declared_by: null, revision: 1, created_at: 0, since: NOW - 90 * 86_400_000 },
});
const health = (rows: readonly ResultRow[], jobs = [job({ interval: 60 })]) => {
  const latest = createLatest();
  latest.note(rows);
  return destinationHealths(latest.lines(), jobs, NOW).get(1);
};

describe('the health of a destination', () => {
  test('is since the last of its agents turned', () => {
    const bad = { status: 'timeout' as const };
    expect(health([row(-5), row(-4), row(-1, bad)])).toMatchObject({ state: 'failing', since: NOW - MINUTE });
    expect(health([row(-5, bad), row(-2), row(-1)])).toMatchObject({ state: 'ok', since: NOW - 2 * MINUTE, last_result_at: NOW - MINUTE });
    // An agent that is new changes nothing: it has not turned.
    expect(health([row(-5), row(-1), row(-1, { agentId: 2 })])).toMatchObject({ state: 'ok', agents_ok: 2, since: NOW - 5 * MINUTE });
    expect(health([row(-5), row(-1), row(-2, { agentId: 2, ...bad })])).toMatchObject({ state: 'partial', since: NOW - 2 * MINUTE });
  });

  test('an agent of which one kind fails, fails', () => {
    expect(health([row(-1), row(-1, { kind: 'dns', status: 'failed' })])).toMatchObject({ state: 'failing', agents_ok: 0, agents_failing: 1 });
  });

  test('of a job by cron is known until the third run after it is nearly due', () => {
    const hourly = [job({ cron: '0 * * * *' })];
    expect(health([row(-119)], hourly)).toMatchObject({ state: 'ok' });
    expect(health([row(-181)], hourly)).toBeUndefined();
  });

  test('of a posted result is known for an hour', () => {
    expect(health([row(-59, { jobId: null })])).toMatchObject({ state: 'ok' });
    expect(health([row(-61, { jobId: null })])).toBeUndefined();
  });
});
