import { expect, test } from 'vitest';
import type { Lease } from '../../../src/model/lease.ts';
import { NOW } from '../../test/fixtures.ts';
import { leasesNote, leaseText } from './lease-words.ts';
import { sinceText, timeText } from './time.ts';

const held: Lease = {
  lease: 'l1',
  state: 'held',
  agent: 'berlin',
  destination: 'paris',
  job: 'nightly',
  kind: 'throughput',
  since: NOW - 5000,
  deadline: null,
  expires_at: NOW + 60_000,
  waits_for: [],
};
const since = timeText(NOW - 5000, NOW);

test('who measures alone, and since when', () => {
  expect(leaseText(held, NOW)).toBe(`berlin measures Throughput to paris (job nightly) since ${since}.`);
  expect(leaseText({ ...held, state: 'closing', destination: null }, NOW)).toBe(
    `berlin has measured, and ends Throughput (job nightly) since ${since}.`,
  );
});

test('who waits, for what, and until when', () => {
  const waiting: Lease = { ...held, state: 'waiting', deadline: NOW + 600_000, expires_at: null, waits_for: ['agent rome', 'uplink home'] };
  expect(leaseText(waiting, NOW)).toBe(
    `berlin waits to measure Throughput to paris (job nightly) since ${since}: agent rome, uplink home are taken; given up at ${sinceText(NOW + 600_000, NOW)}.`,
  );
});

test('how many do which', () => {
  expect(leasesNote([held, { state: 'waiting' }, { state: 'waiting' }])).toBe('1 measures, 2 wait their turn');
  expect(leasesNote([{ state: 'waiting' }])).toBe('1 waits its turn');
});
