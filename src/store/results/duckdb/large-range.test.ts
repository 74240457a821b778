import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../util/clock.ts';
import { resultRows, START_MS } from '../test-rows.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tacho-large-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('beyond the values that quantiles are exact for, they are close and the rest stays exact', async () => {
  const store = await openDuckdbResultsStore({ path: join(directory, 'results.duckdb'), clock: systemClock, exactValues: 1999 });
  try {
    await store.appendForeign({ rows: resultRows(2000, (i) => ({ metrics: { rtt_avg_ms: (i * 7919) % 2000 } })) });
    const query = { filter: { from: START_MS, to: START_MS + 3_600_000 }, metric: 'rtt_avg_ms', bucketMs: 86_400_000 };
    const [line] = await store.series(query);
    expect(line).toMatchObject({ count: [2000], mean: [999.5], min: [0], max: [1999], runs: [2000], failures: [0] });
    for (const [found, exact] of [
      [line?.p5[0], 99.95],
      [line?.p50[0], 999.5],
      [line?.p95[0], 1899.05],
    ] as const) {
      expect(Math.abs((found ?? NaN) - exact)).toBeLessThan(20);
    }
  } finally {
    await store.close();
  }
});
