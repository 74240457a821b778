import { expect, test } from 'vitest';
import { localText, wireInstant } from './local-time.ts';

test('an instant stands in the clock of the zone of its job, and comes back', () => {
  const summer = Date.UTC(2026, 6, 1, 8);
  expect(localText(summer, 'Europe/Berlin')).toBe('2026-07-01T10:00');
  expect(wireInstant('2026-07-01T10:00', 'Europe/Berlin')).toBe('2026-07-01T08:00:00.000Z');
  expect(wireInstant('2026-12-01T10:00', 'Europe/Berlin')).toBe('2026-12-01T09:00:00.000Z');
});

test('nothing is nothing, and what is no date or no zone is left to the API to judge', () => {
  expect(localText(null, 'UTC')).toBe('');
  expect(wireInstant(' ', 'UTC')).toBeNull();
  expect(wireInstant('soon', 'UTC')).toBe('soon');
  expect(wireInstant('2026-07-01T10:00', 'Mars/Base')).toBe('2026-07-01T10:00');
});
