import { QueryClient } from '@tanstack/react-query';
import { describe, expect, test } from 'vitest';
import { aDestination, aJob, anAgent, aResult, NOW } from '../../test/fixtures.ts';
import { queryKeys, type RecentResults } from '../api/queries.ts';
import { applyMessage, mergeAgent, mergeResults } from './apply-message.ts';

const ids = (recent: RecentResults | undefined): string[] => recent?.items.map((result) => result.id) ?? [];

describe('results that arrive', () => {
  test('are merged newest first, each once', () => {
    const current = { items: [aResult({ id: 'b', started_at: NOW - 2 }), aResult({ id: 'a', started_at: NOW - 3 })], complete: true };
    const merged = mergeResults(current, [
      aResult({ id: 'late', started_at: NOW - 9 }),
      aResult({ id: 'b', started_at: NOW - 2 }),
      aResult({ id: 'c', started_at: NOW }),
    ]);
    expect(ids(merged)).toEqual(['c', 'b', 'a', 'late']);
    expect(merged.complete).toBe(true);
  });

  test('push the oldest out, which is then said', () => {
    const merged = mergeResults({ items: [aResult({ id: 'a', started_at: 1 })], complete: true }, [aResult({ id: 'b', started_at: 2 })], 1);
    expect(ids(merged)).toEqual(['b']);
    expect(merged.complete).toBe(false);
  });

  test('make the charts of their destination and of their agent stale', () => {
    const cache = new QueryClient();
    cache.setQueryData(queryKeys.recentOf({}), { items: [], complete: true });
    cache.setQueryData(queryKeys.destinations, [aDestination({ id: 7, name: 'gateway' })]);
    const stale = applyMessage(cache, { type: 'results', seq: 1, items: [aResult({ id: 'n', destination_id: 7 })] });
    expect(stale).toEqual([
      ['series', { destination: 'gateway' }],
      ['series', { agent: 'workshop' }],
    ]);
    expect(ids(cache.getQueryData(queryKeys.recentOf({})))).toEqual(['n']);
  });

  test('of a destination that is not known ask for the destinations again', () => {
    const cache = new QueryClient();
    cache.setQueryData(queryKeys.recentOf({}), { items: [], complete: true });
    cache.setQueryData(queryKeys.destinations, []);
    expect(applyMessage(cache, { type: 'results', seq: 1, items: [aResult()] })).toContainEqual(queryKeys.destinations);
  });

  test('go only where they belong', () => {
    const cache = new QueryClient();
    for (const of of [{}, { agent: 1 }, { agent: 2 }, { destination: 9 }]) cache.setQueryData(queryKeys.recentOf(of), { items: [], complete: true });
    applyMessage(cache, { type: 'results', seq: 1, items: [aResult({ id: 'n', agent_id: 2, destination_id: 9 })] });
    const lists = [{}, { agent: 1 }, { agent: 2 }, { destination: 9 }].map((of) => ids(cache.getQueryData(queryKeys.recentOf(of))));
    expect(lists).toEqual([['n'], [], ['n'], ['n']]);
  });

  test('that were skipped are asked for', () => {
    expect(applyMessage(new QueryClient(), { type: 'skipped', topic: 'results', count: 9 })).toEqual([queryKeys.recent, queryKeys.series]);
  });
});

describe('agents that change', () => {
  test('are replaced in their place by name, and new ones added', () => {
    const agents = [anAgent({ id: 1, name: 'a' }), anAgent({ id: 2, name: 'c' })];
    expect(mergeAgent(agents, anAgent({ id: 1, name: 'a', state: 'offline' })).map((one) => one.state)).toEqual(['offline', 'online']);
    expect(mergeAgent(agents, anAgent({ id: 3, name: 'b' })).map((one) => one.name)).toEqual(['a', 'b', 'c']);
  });

  test('come whole with a snapshot', () => {
    const cache = new QueryClient();
    applyMessage(cache, { type: 'snapshot', topic: 'agents', seq: 0, items: [anAgent({ name: 'new' })] });
    expect(cache.getQueryData(queryKeys.agents)).toMatchObject([{ name: 'new' }]);
  });
});

describe('jobs that change', () => {
  test('come whole with a snapshot, then one by one, and leave', () => {
    const cache = new QueryClient();
    const jobs = (): unknown => cache.getQueryData<{ id: number; name: string }[]>(queryKeys.jobs)?.map(({ id, name }) => [id, name]);
    applyMessage(cache, { type: 'snapshot', topic: 'jobs', seq: 0, items: [aJob({ id: 1, name: 'a' })] });
    applyMessage(cache, { type: 'job', seq: 1, item: aJob({ id: 2, name: 'b' }) });
    applyMessage(cache, { type: 'job', seq: 2, item: aJob({ id: 1, name: 'renamed' }) });
    expect(jobs()).toEqual([
      [2, 'b'],
      [1, 'renamed'],
    ]);
    applyMessage(cache, { type: 'removed', seq: 3, topic: 'jobs', id: 2 });
    expect(jobs()).toEqual([[1, 'renamed']]);
  });

  test('are asked for where they are not known yet', () => {
    expect(applyMessage(new QueryClient(), { type: 'job', seq: 1, item: aJob() })).toEqual([queryKeys.jobs]);
  });
});
