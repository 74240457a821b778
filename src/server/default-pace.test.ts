import { expect, test } from 'vitest';
import { jobInput } from '../model/job.ts';
import { kinds } from '../model/kinds/index.ts';
import { pacedJob } from './default-pace.ts';

const job = (change: Record<string, unknown> = {}) => ({
  ...jobInput.parse({ name: 'j', interval: 600, kinds: ['ping', 'dns'], destinations: ['a'], ...change }),
  ...{ id: 1, declared_by: null, revision: 1, created_at: 0, since: 0 },
});

test("an installation's pace is the default of kinds that measure more than once in a run", () => {
  expect(pacedJob(job(), { durationMs: 300_000, periodMs: 5000 }).options).toEqual({ ping: { count: 60, period_ms: 5000 } });
  expect(pacedJob(job(), { durationMs: 10_000, periodMs: null }).options).toEqual({ ping: { count: 20 } });
  expect(pacedJob(job(), { durationMs: null, periodMs: 1000 }).options).toEqual({ ping: { period_ms: 1000 } });
});

test('what a job says wins, and a run is no longer than the time between runs', () => {
  const pace = { durationMs: 300_000, periodMs: 5000 };
  expect(pacedJob(job({ options: { ping: { count: 3, size: 100 } } }), pace).options).toEqual({ ping: { count: 3, period_ms: 5000, size: 100 } });
  expect(pacedJob(job({ interval: 60 }), pace).options).toEqual({ ping: { count: 12, period_ms: 5000 } });
});

test('no pace leads out of what the kind allows', () => {
  for (const durationMs of [1, 1e9])
    for (const periodMs of [1, 1e9]) {
      const paced = kinds.ping.paced?.({ durationMs, periodMs });
      expect(kinds.ping.spec.safeParse(paced).success).toBe(true);
    }
});
