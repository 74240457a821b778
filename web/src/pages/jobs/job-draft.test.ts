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
  const { id: _, revision: __, created_at: ___, since: ____, declared_by: _____, state: _a, state_reason: _b, next_run_at: _c, ...input } = job;
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

test('a job with a timetable keeps it, and one with an interval takes its place', () => {
  const job = aJob({ interval: null, cron: '0 * * * *', kinds: ['one'], destinations: ['gw'] });
  const draft = jobDraft(job);
  expect(missingOfJob(draft, kinds)).toEqual([]);
  expect(jobBody(draft, kinds)).toMatchObject({ interval: null, cron: '0 * * * *' });
  expect(jobBody({ ...draft, by: 'interval', interval: '300' }, kinds)).toMatchObject({ interval: 300, cron: null });
});

test('instants that were not touched keep their seconds; others are read in the zone of the job', () => {
  const at = Date.UTC(2026, 10, 22, 10, 0, 30);
  const draft = jobDraft(aJob({ time_zone: 'Europe/Berlin', start_time: at, end_time: null }));
  expect(draft.start_time).toBe('2026-11-22T11:00');
  expect(jobBody(draft, kinds)).toMatchObject({ start_time: '2026-11-22T10:00:30.000Z', end_time: null });
  expect(jobBody({ ...draft, end_time: '2026-12-01T00:00' }, kinds)).toMatchObject({ end_time: '2026-11-30T23:00:00.000Z' });
});

test('meshes and budgets', () => {
  const draft = jobDraft(aJob({ mesh: { type: 'hub', hub: 'core' }, budget_mb_per_day: 50 }));
  expect(jobBody(draft, kinds)).toMatchObject({ mesh: { type: 'hub', hub: 'core' }, budget_mb_per_day: 50 });
  const pairs = { ...draft, mesh: { type: 'pairs', hub: 'core', label: ' site ' } as const, budget_mb_per_day: '' };
  expect(jobBody(pairs, kinds)).toMatchObject({ mesh: { type: 'pairs', label: 'site' }, budget_mb_per_day: null });
  expect(jobBody({ ...draft, budget_mb_per_day: 'much' }, kinds)).toMatchObject({ budget_mb_per_day: 'much' });
});

test('a form for a window, a mesh and a cron says what is missing of them', () => {
  const draft = {
    ...jobDraft(aJob({ kinds: ['one'] })),
    by: 'cron',
    windows: [{ days: [], from: '08:00', to: '18:00' }],
    mesh: { type: 'pairs', hub: '', label: '' },
  } as const;
  expect(missingOfJob(draft, kinds).map(({ path }) => path)).toEqual(['cron', 'windows[0].days', 'mesh.label']);
});

test('agents that measure each other need no destination', () => {
  const job = aJob({ kinds: ['one'], destinations: [], mesh: { type: 'full' } });
  expect(missingOfJob(jobDraft(job), kinds)).toEqual([]);
});
