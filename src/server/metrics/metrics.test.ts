import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResultRow } from '../../store/results/results-store.ts';
import { exposition } from './exposition.ts';
import { Histogram } from './histogram.ts';
import { createLatest } from './latest.ts';
import { measurementFamilies } from './measurements.ts';

const row = (change: Partial<ResultRow> = {}): ResultRow => ({
  id: '00000000-0000-4000-8000-000000000000',
  run: null,
  plannedAt: null,
  startedAt: 1000,
  durationMs: 500,
  clockOffsetMs: null,
  kind: 'ping',
  agentId: 1,
  destinationId: 2,
  jobId: 3,
  status: 'success',
  failure: null,
  metrics: { rtt_avg_ms: 12.5, packet_loss_pct: 50, invented: 1 },
  labels: {},
  details: {},
  ...change,
});

describe("Prometheus' text format", () => {
  test('says help, type and every line', () => {
    const text = exposition([{ name: 'x_total', help: 'how many', type: 'counter', samples: [{ labels: { a: 'b' }, value: 1.5 }] }]);
    expect(text).toBe('# HELP x_total how many\n# TYPE x_total counter\nx_total{a="b"} 1.5\n');
  });

  test('keeps hostile label values on their own line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = exposition([{ name: 'x', help: '', type: 'gauge', samples: [{ labels: { a: value }, value: 1 }] }]);
        const line = text.split('\n')[2] ?? '';
        const quoted = /^x\{a="((?:[^"\\\n]|\\[\\"n])*)"\} 1$/s.exec(line)?.[1];
        expect(quoted?.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c))).toBe(value);
      }),
    );
  });

  test('counts histogram buckets cumulatively', () => {
    const histogram = new Histogram('route', [1, 2]);
    for (const value of [0.5, 1, 1.5, 9]) histogram.observe('/x', value);
    expect(histogram.samples().map(({ suffix, labels, value }) => [suffix, labels['le'], value])).toEqual([
      ['_bucket', '1', 2],
      ['_bucket', '2', 3],
      ['_bucket', '+Inf', 4],
      ['_sum', undefined, 12],
      ['_count', undefined, 4],
    ]);
  });
});

describe('the newest measurements', () => {
  test('are kept one for each line, whatever order they come in', () => {
    const latest = createLatest();
    latest.note([row({ startedAt: 2000 }), row({ startedAt: 1000 }), row({ startedAt: 1500, agentId: 9 })]);
    expect(latest.since(0).map(({ agentId, startedAt }) => [agentId, startedAt])).toEqual([
      [1, 2000],
      [9, 1500],
    ]);
    expect(latest.since(1800)).toHaveLength(1);
  });

  test('have blackbox names and our own, in base units', () => {
    const text = exposition(measurementFamilies([{ row: row(), agent: 'a', destination: 'd', job: 'j' }]));
    const labels = '{agent="a",destination="d",kind="ping",job="j"}';
    expect(text).toContain(`probe_success${labels} 1\n`);
    expect(text).toContain(`probe_duration_seconds${labels} 0.5\n`);
    expect(text).toContain('probe_icmp_duration_seconds{agent="a",destination="d",kind="ping",job="j",phase="rtt"} 0.0125\n');
    expect(text).toContain('tacho_ping_packet_loss_ratio{agent="a",destination="d",job="j"} 0.5\n');
    expect(text).not.toContain('invented');
  });
});
