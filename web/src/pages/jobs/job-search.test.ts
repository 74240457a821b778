import { expect, test } from 'vitest';
import { jobSearch, jobViewOf, toggledStatuses } from './job-search.ts';

test("a job's page is what its address says; what the address does not know is left out", () => {
  const search = { range: '7d', status: 'missing,odd,failed', from: '2026-11-22T08:00:00Z', to: '2026-11-22T09:00:00Z', edit: true, other: 1 };
  expect(jobSearch(search)).toEqual({
    range: '7d',
    status: 'failed,missing',
    from: '2026-11-22T08:00:00.000Z',
    to: '2026-11-22T09:00:00.000Z',
    edit: true,
  });
  expect(jobSearch({ range: '3y', status: 'odd', from: '2026-11-22T10:00:00Z', to: '2026-11-22T09:00:00Z' })).toEqual({});
  expect(jobViewOf({})).toEqual({ range: '24h', statuses: [], span: null });
});

test('a status is chosen, and given up again', () => {
  expect(toggledStatuses([], 'missing')).toBe('missing');
  expect(toggledStatuses(['missing'], 'failed')).toBe('failed,missing');
  expect(toggledStatuses(['missing'], 'missing')).toBeUndefined();
});
