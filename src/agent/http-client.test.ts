import { expect, test } from 'vitest';
import { retryAfterMs } from './http-client.ts';

test('Retry-After is read as seconds or as a date; anything else as nothing', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  expect(retryAfterMs('120', now)).toBe(120_000);
  expect(retryAfterMs('Sun, 22 Nov 2026 12:00:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Sun, 22 Nov 2026 11:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBeNull();
  expect(retryAfterMs(null, now)).toBeNull();
});
