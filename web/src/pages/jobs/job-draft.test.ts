import { expect, test } from 'vitest';
import { aJob } from '../../../test/fixtures.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { jobBody, jobDraft } from './job-draft.ts';

const kinds: KindDescription[] = ['one', 'two'].map((kind) => ({
  kind,
  title: kind,
  description: '',
  target: 'host',
  spec: { properties: { count: { type: 'integer', default: 10 } } },
}));

test('a job comes out of its form as it went in', () => {
  const job = aJob({ name: 'edge', interval: 90, kinds: ['one'], destinations: ['gw'], options: { one: { count: 3 } }, tags: ['t'] });
  const { id: _, revision: __, created_at: ___, since: ____, declared_by: _____, ...input } = job;
  expect(jobBody(jobDraft(job), kinds)).toEqual(input);
});

test('options of a kind that is not chosen, and those left as usual, are not sent', () => {
  const draft = { ...jobDraft(null), name: 'x', kinds: ['one'], options: { one: { count: '' }, two: { count: '3' } } };
  expect(jobBody(draft, kinds)).toMatchObject({ name: 'x', interval: 300, agents: ['*'], enabled: true, description: null, options: {} });
});

test('an interval that is no number is left to the API to judge', () => {
  expect(jobBody({ ...jobDraft(null), interval: 'often' }, kinds)).toMatchObject({ interval: 'often' });
  expect(jobBody({ ...jobDraft(null), interval: '' }, kinds)).toMatchObject({ interval: '' });
});
