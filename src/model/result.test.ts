import { describe, expect, test } from 'vitest';
import { resultInput } from './result.ts';

const minimal = { started_at: '2026-11-22T10:00:00Z', kind: 'ping', status: 'success' };
const problems = (value: unknown): string[] => resultInput.safeParse(value).error?.issues.map((issue) => issue.path.join('.')) ?? [];

describe('a posted result', () => {
  test('needs only an instant, a kind and a status', () => {
    expect(resultInput.parse(minimal)).toMatchObject({
      started_at: Date.UTC(2026, 10, 22, 10),
      destination: null,
      metrics: {},
      labels: {},
      failure: null,
    });
  });

  test('may call its status as other systems do', () => {
    expect(resultInput.parse({ ...minimal, status: 'completed' }).status).toBe('success');
    expect(resultInput.parse({ ...minimal, status: 'error', failure: { source: 'target', code: 'x', message: '' } }).status).toBe('failed');
  });

  test('says why whenever it is not a success', () => {
    expect(problems({ ...minimal, status: 'timeout' })).toEqual(['failure']);
  });

  test.each([
    ['metrics.rtt_avg_ms', { metrics: { rtt_avg_ms: null } }],
    ['metrics.rtt_avg_ms', { metrics: { rtt_avg_ms: '12' } }],
    ['metrics.rtt_avg_ms', { metrics: { rtt_avg_ms: Number.POSITIVE_INFINITY } }],
    ['kind', { kind: 'Ping it' }],
    ['started_at', { started_at: '0026-11-22T10:00:00Z' }],
    ['id', { id: 'not-a-uuid' }],
    ['seq', { seq: 0 }],
    ['labels.isp', { labels: { isp: 7 } }],
    ['destination', { destination: 'a\u0007b' }],
  ])('is refused for %s', (path, change) => {
    expect(problems({ ...minimal, ...change })).toEqual([path]);
  });
});
