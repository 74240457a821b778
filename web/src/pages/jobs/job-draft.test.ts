import { expect, test } from 'vitest';
import { aJob } from '../../../test/fixtures.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { jobBody, jobDraft, missingOfJob } from './job-draft.ts';

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
  expect(jobBody(draft, kinds)).toMatchObject({ name: 'x', interval: 60, agents: ['*'], enabled: true, description: null, options: {} });
});

test('an interval that is no number is left to the API to judge', () => {
  expect(jobBody({ ...jobDraft(null), interval: 'often' }, kinds)).toMatchObject({ interval: 'often' });
  expect(jobBody({ ...jobDraft(null), interval: '' }, kinds)).toMatchObject({ interval: '' });
});

test('what a person forgot is said in words that say what to do', () => {
  const at = (change: object): Record<string, string> =>
    Object.fromEntries(missingOfJob({ ...jobDraft(null), ...change }, kinds).map(({ path, message }) => [path, message]));
  expect(at({})).toEqual({ name: 'Give the job a name', kinds: 'Choose at least one' });
  expect(at({ name: 'x', kinds: ['one'] })).toEqual({ destinations: 'Choose at least one: one needs something to measure' });
  expect(at({ name: 'x', kinds: ['one', 'two'], agents: [], interval: ' ' })).toEqual({
    destinations: 'Choose at least one: one, two need something to measure',
    agents: 'Choose who measures, or * for all',
    interval: 'Say how often, in seconds',
  });
  expect(at({ name: 'x', kinds: ['one'], destinations: ['gw'] })).toEqual({});
});

test('an agent that measures itself needs no destination', () => {
  const own = kinds.map((kind): KindDescription => ({ ...kind, target: 'none' }));
  expect(missingOfJob({ ...jobDraft(null), name: 'x', kinds: ['one'] }, own)).toEqual([]);
});

test('a job with a timetable keeps it, unless an interval is written', () => {
  const job = aJob({ interval: null, cron: '0 * * * *', kinds: ['one'], destinations: ['gw'] });
  const draft = jobDraft(job);
  expect(draft.interval).toBe('');
  expect(missingOfJob(draft, kinds)).toEqual([]);
  expect(jobBody(draft, kinds)).toMatchObject({ interval: null, cron: '0 * * * *' });
  expect(jobBody({ ...draft, interval: '300' }, kinds)).toMatchObject({ interval: 300, cron: null });
});

test('agents that measure each other need no destination', () => {
  const job = aJob({ kinds: ['one'], destinations: [], mesh: { type: 'full' } });
  expect(missingOfJob(jobDraft(job), kinds)).toEqual([]);
});
