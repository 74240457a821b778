import { expect, test } from 'vitest';
import { instantTexts, nextInstants } from './next-instants.ts';

const from = Date.UTC(2026, 10, 20, 12);
const week = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

test('the next instants of a cron in its zone', () => {
  const found = nextInstants({ cron: '0 8 * * mon-fri', time_zone: 'Europe/Berlin', windows: [] }, { from, count: 2 });
  expect(found?.map((at) => new Date(at).toISOString())).toEqual(['2026-11-23T07:00:00.000Z', '2026-11-24T07:00:00.000Z']);
});

test('minutes outside of the windows are left out', () => {
  const windows = [{ days: week, from: '09:00', to: '10:00' }];
  const found = nextInstants({ cron: '*/30 * * * *', time_zone: 'UTC', windows }, { from, count: 3 });
  expect(found?.map((at) => new Date(at).toISOString().slice(0, 16))).toEqual(['2026-11-23T09:00', '2026-11-23T09:30', '2026-11-24T09:00']);
});

test('nothing is said of what cannot be read, and no instant where none is in a window', () => {
  expect(nextInstants({ cron: 'often', time_zone: 'UTC', windows: [] }, { from, count: 1 })).toBeNull();
  expect(nextInstants({ cron: '@daily', time_zone: 'Mars/Base', windows: [] }, { from, count: 1 })).toBeNull();
  const windows = [{ days: week, from: '09:00', to: '10:00' }];
  expect(nextInstants({ cron: '0 12 * * *', time_zone: 'UTC', windows }, { from, count: 1 })).toEqual([]);
});

test('an instant stands in the zone of the job and of the reader, once where they are the same', () => {
  const at = Date.UTC(2026, 10, 23, 7);
  expect(instantTexts([at], { job: 'Europe/Berlin', reader: 'UTC' })).toEqual(['Mon 23 Nov, 08:00 in Europe/Berlin: Mon 23 Nov, 07:00 here']);
  expect(instantTexts([at], { job: 'UTC', reader: 'UTC' })).toEqual(['Mon 23 Nov, 07:00']);
});
