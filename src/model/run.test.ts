import { describe, expect, test } from 'vitest';
import { runId, startOffsetMs, type PlannedSeries } from './run.ts';

const series: PlannedSeries = { jobId: 3, revision: 2, agentId: 7, destinationId: 11, kind: 'ping' };
const since = Date.UTC(2026, 10, 22, 10);

describe('the plan of a series', () => {
  test('spreads the starts of many agents evenly over the interval', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let agentId = 1; agentId <= 10_000; agentId++) {
      const tenth = Math.floor(startOffsetMs({ ...series, agentId }, 60_000) / 6000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Chi-squared with 9 degrees of freedom stays below 27.9 in 999 of 1,000 even spreads; the input is fixed.
    const chiSquared = tenths.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(27.9);
  });

  test('names a planned run by revision, agent, destination, kind and instant', () => {
    expect(runId(series, since)).toBe(`j3.2-a7-d11-ping-${since}`);
    expect(runId({ ...series, destinationId: null, kind: 'system' }, since)).toBe(`j3.2-a7-d0-system-${since}`);
  });
});
