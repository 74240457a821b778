import { describe, expect, test } from 'vitest';
import type { ListQuery, ResultRow, Values, ValuesQuery } from '../../store/results/results-store.ts';
import { describeJob, successRate, type Line } from './job-statistics.ts';

const sources = [
  { kind: 'ping', agentId: 1, destinationId: 1, jobId: 1, labels: {} },
  { kind: 'ping', agentId: 2, destinationId: 1, jobId: 1, labels: {} },
  { kind: 'ping', agentId: 1, destinationId: null, jobId: 1, labels: {} },
];

/** Four results: two of one agent, one of another, one without a destination that failed. */
function storeOf(): { list: (query: ListQuery) => Promise<ResultRow[]>; values: (query: ValuesQuery) => Promise<Values> } {
  const rtt = [10, 20, 60, NaN];
  return {
    list: () => Promise.resolve([{ kind: 'ping', metrics: { rtt_avg_ms: 10, odd: 1 } } as unknown as ResultRow]),
    values: ({ metrics, limit }) =>
      Promise.resolve({
        startedAt: Float64Array.of(1000, 2000, 3000, 4000),
        source: Int32Array.of(0, 0, 1, 2),
        sources,
        status: ['success', 'success', 'success', 'failed'],
        metrics: metrics.map((metric) => Float64Array.from(rtt, (value) => (metric === 'rtt_avg_ms' ? value : metric === 'odd' ? -value : NaN))),
        complete: limit >= 4,
      }),
  };
}

const scope = { jobId: 1, jobName: 'edge', filter: { from: 0, to: 3_600_000, jobIds: [1] } };
const directory = { nameOf: (thing: string, id: number) => Promise.resolve(`${thing}-${id}`) };

describe('statistics of a job', () => {
  test('take agents together unless told otherwise, and find what a kind does not describe', async () => {
    const found = await describeJob(scope, { byAgent: false, results: storeOf(), directory });
    expect(found).toMatchObject({ results: 4, period_hours: 1, first_result: 1000, last_result: 4000, success_rate_pct: 75 });
    expect(found.items.map(({ destination, metric, count, mean }) => [destination, metric, count, mean])).toEqual([
      ['destination-1', 'rtt_avg_ms', 3, 30],
      ['destination-1', 'odd', 3, -30],
    ]);
    expect(found.groups.map(({ destination, agent, runs }) => [destination, agent, runs.success, runs.failed])).toEqual([
      [null, null, 0, 1],
      ['destination-1', null, 3, 0],
    ]);
    const apart = await describeJob(scope, { byAgent: true, results: storeOf(), directory });
    expect(apart.items.map(({ agent, metric, mean }) => [agent, metric, mean])).toEqual([
      ['agent-1', 'rtt_avg_ms', 15],
      ['agent-1', 'odd', -15],
      ['agent-2', 'rtt_avg_ms', 60],
      ['agent-2', 'odd', -60],
    ]);
  });

  test('tell of each line, in the order of its instants', async () => {
    const lines: Line[] = [];
    await describeJob(scope, { byAgent: false, results: storeOf(), directory, onLine: (line) => lines.push(line) });
    expect(lines.map(({ metric, at, value, sorted }) => [metric, [...at], [...value], [...sorted]])).toEqual([
      ['rtt_avg_ms', [1000, 2000, 3000], [10, 20, 60], [10, 20, 60]],
      ['odd', [1000, 2000, 3000], [-10, -20, -60], [-60, -20, -10]],
    ]);
  });

  test('refuse more results than they take, instead of leaving some out', async () => {
    const asking = describeJob(scope, { byAgent: false, results: storeOf(), directory, mostResults: 3 });
    await expect(asking).rejects.toThrow('start_time: expected a period of at most 3 results, got more: narrow it');
  });

  test('have no success rate where nothing was measured', () => {
    expect(successRate({ success: 0, failed: 0, timeout: 0, skipped: 9 })).toBeNull();
    expect(successRate({ success: 3, failed: 0, timeout: 1, skipped: 9 })).toBe(75);
  });
});
