import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant } from './instant.ts';
import { readResult } from './read-result.ts';
import { resultInput } from './result.ts';

const orAbsent = <T>(one: fc.Arbitrary<T>) => fc.option(fc.option(one, { freq: 5 }), { nil: undefined, freq: 5 });
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(1989, 0, 1), max: Date.UTC(2101, 0, 1) }).map(formatInstant),
  fc.constantFrom('2026-11-22T10:00:00Z', '2026-11-22 10:00', '2026-02-28T23:59:59.999Z', '2026-02-30T00:00:00.000Z', '2026-11-22T24:00:00.000Z'),
);
const name = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.string({ maxLength: 8 }), fc.constantFrom('edge-1', ' edge-1', '42', 'a\u0007b', ''));
const key = fc.oneof(fc.constantFrom('rtt_avg_ms', 'site', '__proto__', 'constructor', 'a b', '9x', ''), fc.string({ maxLength: 6 }));
const record = (value: fc.Arbitrary<unknown>) =>
  fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map((pairs) => JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`) as unknown);

/** Results that are mostly right: every field may also be absent, null or a near miss. */
const nearly = fc.record(
  {
    id: orAbsent(fc.oneof(fc.uuid(), fc.constantFrom('00000000-0000-0000-0000-000000000000', 'no', 'FFFFFFFF-ffff-ffff-ffff-ffffffffffff'))),
    seq: fc.option(fc.integer({ min: 0, max: 1e6 }), { nil: undefined }),
    run: orAbsent(fc.string({ maxLength: 3 })),
    planned_at: orAbsent(instant),
    started_at: instant,
    duration_ms: orAbsent(fc.oneof(fc.double(), fc.nat())),
    clock_offset_ms: orAbsent(fc.oneof(fc.double(), fc.integer())),
    kind: fc.oneof(fc.constantFrom('ping', 'dns', 'my-kind', 'Ping'), fc.string({ maxLength: 3 })),
    status: fc.constantFrom('success', 'failed', 'timeout', 'skipped', 'completed', 'error', 'done', 'constructor'),
    failure: orAbsent(
      fc.record({
        source: fc.constantFrom('target', 'agent', 'moon'),
        code: fc.constantFrom('timeout', 'Timeout', ''),
        message: fc.oneof(fc.string(), fc.constant('x'.repeat(2001))),
        more: fc.constant(1),
      }),
    ),
    metrics: orAbsent(record(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(null, '1')))),
    labels: orAbsent(record(fc.oneof(fc.string(), fc.constantFrom(7, null, 'x'.repeat(257))))),
    details: orAbsent(record(fc.jsonValue())),
    agent: orAbsent(name),
    destination: orAbsent(name),
    job: orAbsent(name),
    unknown_field: fc.constant(true),
  },
  { requiredKeys: ['started_at', 'kind', 'status'] },
);
const right = {
  seq: 7,
  id: '01935f1a-2b00-7abc-8def-0123456789ab',
  run: 'j1.1-a1-d1-ping-1764000000000',
  planned_at: '2026-11-22T10:00:00.000Z',
  started_at: '2026-11-22T10:00:00.120Z',
  duration_ms: 4512.5,
  clock_offset_ms: -3,
  kind: 'ping',
  status: 'timeout',
  failure: { source: 'target', code: 'timeout', message: 'no reply' },
  metrics: { packet_loss_pct: 100 },
  labels: { site: 'north' },
  details: { replies: [{ seq: 0, rtt_ms: null }] },
  agent: 'edge-1',
  destination: 3,
  job: 'reachability',
};

function expectSame(value: unknown): void {
  const bySchema = resultInput.safeParse(value);
  const read = readResult(value);
  expect(read.success).toBe(bySchema.success);
  expect(read.data).toStrictEqual(bySchema.data);
  expect(read.error?.issues).toEqual(bySchema.error?.issues);
}

describe('reading a result', () => {
  test('gives what the schema gives, for results that are nearly right', () => {
    fc.assert(
      fc.property(nearly, (value) => {
        // As it arrives: what is undefined is absent.
        expectSame(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 2000 },
    );
  });

  test('gives what the schema gives, whatever stands in one field of a right result', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(right)), fc.oneof(fc.jsonValue(), fc.string(), fc.double()), (field, value) => {
        expectSame({ ...right, [field]: value });
      }),
      { numRuns: 2000 },
    );
  });

  test('gives what the schema gives for any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), expectSame));
  });

  test.each([
    ['a whole number beyond the safe ones', '{"seq":1e300}'],
    ['a number JSON says and no double holds', '{"metrics":{"a":1e999}}'],
    ['a key that would be a prototype', '{"metrics":{"__proto__":1},"details":{"__proto__":{"a":1}},"labels":{"__proto__":"a"}}'],
    ['a key of the object prototype', '{"metrics":{"constructor":1,"toString":2},"labels":{"hasOwnProperty":"x"}}'],
    ['more labels than are allowed', `{"labels":{${Array.from({ length: 33 }, (_, i) => `"k${i}":"v"`).join(',')}}}`],
    ['more metrics than are allowed', `{"metrics":{${Array.from({ length: 257 }, (_, i) => `"k${i}":1`).join(',')}}}`],
    ['as many metrics as are allowed', `{"metrics":{${Array.from({ length: 256 }, (_, i) => `"k${i}":1`).join(',')}}}`],
    ['details that are too large', `{"details":{"text":"${'x'.repeat(70_000)}"}}`],
    ['details that are nested too deep', `{"details":{"a":${'['.repeat(40)}${']'.repeat(40)}}}`],
    ['the nil UUID', '{"id":"00000000-0000-0000-0000-000000000000"}'],
  ])('gives what the schema gives for %s', (_, change) => {
    expectSame({ ...right, ...(JSON.parse(change) as object) });
  });

  test('takes the parts of a plainly right result as they are', () => {
    const read = readResult(right);
    expect(read.success).toBe(true);
    expect(read.data?.metrics).toBe(right.metrics);
    expect(read.data?.labels).toBe(right.labels);
    expect(read.data?.details).toBe(right.details);
  });
});
