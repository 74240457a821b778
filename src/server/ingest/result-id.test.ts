import { describe, expect, test } from 'vitest';
import { derivedId } from './result-id.ts';

const row = {
  run: null,
  plannedAt: null,
  startedAt: 1,
  durationMs: 0,
  clockOffsetMs: null,
  kind: 'a"b',
  agentId: 1,
  destinationId: null,
  jobId: 2,
  status: 'failed' as const,
  failure: { source: 'agent' as const, code: 'x', message: 'é\n' },
  metrics: { b: 1.5, a: 1e21, A: 0 },
  labels: { z: '1', Z: '\ud800' },
  details: { list: [1, { b: [null, true] }] },
};

describe('a derived id', () => {
  test('stays what it was: imports of years ago are found by it', () => {
    expect(derivedId(row)).toBe('53ec782e-8a0a-8ee9-b4bc-2a56db03fd32');
  });

  test('knows no order of keys, no clock offset and no id of before', () => {
    const { metrics, ...rest } = row;
    const turned = { ...rest, metrics: { A: 0, a: 1e21, b: 1.5 }, clockOffsetMs: 5, id: 'other' };
    expect(metrics).toEqual(turned.metrics);
    expect(derivedId(turned)).toBe(derivedId(row));
  });

  test.each([
    ['metric', { metrics: { ...row.metrics, b: 1.6 } }],
    ['instant', { startedAt: 2 }],
    ['agent', { agentId: 2 }],
    ['detail', { details: { list: [1, { b: [null, false] }] } }],
    ['missing detail', { details: { list: [1, {}] } }],
  ])('differs with another %s', (_, change) => {
    expect(derivedId({ ...row, ...change })).not.toBe(derivedId(row));
  });

  test('ignores what is undefined, as JSON does', () => {
    expect(derivedId({ ...row, details: { ...row.details, none: undefined } })).toBe(derivedId(row));
  });
});
