import { expect, test } from 'vitest';
import * as z from 'zod';
import { kinds } from '../../model/kinds/index.ts';
import { detailSections } from './details.ts';

const schema = z.object({
  mss: z.int().nullable().meta({ title: 'Segment size', description: 'of TCP, bytes' }),
  flow: z.string().meta({ description: 'x'.repeat(100) }),
});

test('plain values have the names and words of the schema, their units and as many digits as say something', () => {
  const details = { mss: 1448, flow: 'ports', rtt_min_ms: 0.26, wait_s: 1.0460001, bytes_sent: 1_436_418_048, rate_mbps: 5699.951234, off: null };
  expect(detailSections(details, schema)).toEqual([
    [
      '  Segment size  1448           of TCP, bytes',
      '  Flow          ports',
      '  RTT min       0.260 ms',
      '  Wait          1.046 s',
      '  Bytes sent    1.4 GB',
      '  Rate          5700.0 Mbit/s',
    ],
  ]);
});

test('an object is a line of pairs without what it does not say; a long one moves nothing else', () => {
  const details = { cpu: { local_user_pct: 0.18851387975240147, remote_pct: null, inner: { count: 2 } }, none: { a: null } };
  expect(detailSections(details, schema)).toEqual([['  CPU  local user 0.19 %, inner (count 2)']]);
  const long = { options: { text: 'y'.repeat(60) }, mss: 88 };
  expect(detailSections(long, schema)[0]).toEqual([`  Options       text ${'y'.repeat(60)}`, '  Segment size  88  of TCP, bytes']);
});

test('objects within the lines of a list are columns of their own', () => {
  const intervals = [
    { start_s: 0, forward: { mbps: 22.96568580972846, retransmits: 3 } },
    { start_s: 1.046, forward: { mbps: 120.5, retransmits: 0 }, reverse: { mbps: 1 } },
  ];
  expect(detailSections({ intervals }, schema)[1]).toEqual([
    '  Intervals',
    '    start (s)  forward (Mbit/s)  forward retransmits  reverse (Mbit/s)',
    '            0              23.0                    3',
    '        1.046             120.5                    0                 1',
  ]);
});

test('lists within the lines of a list are lines of their own, one for all that differ in numbers only', () => {
  const reply = (address: string, rtt_ms: number) => ({ address, name: null, rtt_ms });
  const hops = [
    { ttl: 1, replies: [reply('10.0.0.1', 0.5), reply('10.0.0.1', 0.75)], lost: 0 },
    { ttl: 2, replies: [reply('10.0.0.2', 1.25), reply('10.0.0.3', 2)], lost: 0 },
    { ttl: 3, replies: [], lost: 3 },
  ];
  expect(detailSections({ hops, path: [['10.0.0.1'], ['10.0.0.2', '10.0.0.3'], null] }, schema)).toEqual([
    ['  Path  10.0.0.1, 10.0.0.2, 10.0.0.3, -'],
    [
      '  Hops',
      '    TTL  lost  address   RTT (ms)',
      '      1     0  10.0.0.1  0.500 0.750',
      '      2     0  10.0.0.2  1.250',
      '               10.0.0.3  2',
      '      3     3',
    ],
  ]);
});

test('sentences have a line each', () => {
  expect(detailSections({ notes: ['one thing', 'another'] }, schema)[1]).toEqual(['  Notes', '    one thing', '    another']);
});

test.each(Object.values(kinds))('nothing of $kind is ever shown as JSON', ({ details: shape }) => {
  const some = Object.fromEntries(Object.keys(shape.shape).map((key) => [key, [{ list: [{ a: 1 }], object: { b: { c: 2 } } }]]));
  expect(detailSections(some, shape).flat().join('\n')).not.toMatch(/[{}[\]"]/);
});
