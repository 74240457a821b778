import { expect, test } from 'vitest';
import { runReason } from './run-words.ts';

test('why a run is what it is', () => {
  const run = { failure: null, late_possible: false };
  expect(runReason({ ...run, status: 'success' })).toBeNull();
  expect(runReason({ ...run, status: 'missing' })).toBe('nothing was reported');
  expect(runReason({ ...run, status: 'missing', late_possible: true })).toBe('nothing was reported; its agent may still deliver it');
  expect(runReason({ ...run, status: 'pending' })).toBe('its result may be under way');
  expect(runReason({ ...run, status: 'failed', failure: { source: 'target', code: 'no_reply', message: 'no answer' } })).toBe('no answer');
});
