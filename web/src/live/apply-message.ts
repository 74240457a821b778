import type { QueryClient } from '@tanstack/react-query';
import type { Agent } from '../../../src/model/agent.ts';
import type { Destination } from '../../../src/model/destination.ts';
import type { Job } from '../../../src/model/job.ts';
import type { Result } from '../../../src/model/result.ts';
import type { LiveMessage } from '../../../src/protocol/live.ts';
import { byName } from '../api/by-name.ts';
import { queryKeys, type RecentOf, type RecentResults } from '../api/queries.ts';

/** Most results the page keeps in memory. */
export const MOST_RECENT = 500;

/** Newest first, each once; `complete` ends when the oldest are let go. */
export function mergeResults(current: RecentResults, arrived: readonly Result[], most = MOST_RECENT): RecentResults {
  const byId = new Map([...current.items, ...arrived].map((result) => [result.id, result]));
  const items = [...byId.values()].sort((a, b) => b.started_at - a.started_at || (a.id < b.id ? 1 : -1));
  return { items: items.slice(0, most), complete: current.complete && items.length <= most };
}

/** The list with one agent replaced or added, by name. */
export function mergeAgent(agents: readonly Agent[], changed: Agent): Agent[] {
  return byName([...agents.filter((agent) => agent.id !== changed.id), changed]);
}

/** Writes what the server said into the cache. Answers the keys of what must be asked again. */
export function applyMessage(cache: QueryClient, message: LiveMessage): (readonly unknown[])[] {
  switch (message.type) {
    case 'hello':
      return [];
    case 'snapshot':
      if (message.topic === 'jobs') cache.setQueryData<Job[]>(queryKeys.jobs, message.items);
      else cache.setQueryData<Agent[]>(queryKeys.agents, byName(message.items));
      return [];
    case 'job':
      if (cache.getQueryData(queryKeys.jobs) === undefined) return [queryKeys.jobs];
      cache.setQueryData<Job[]>(queryKeys.jobs, (jobs) => jobs && [...jobs.filter((job) => job.id !== message.item.id), message.item]);
      return [];
    case 'removed':
      cache.setQueryData<{ id: number }[]>(queryKeys[message.topic], (items) => items?.filter((item) => item.id !== message.id));
      return [];
    case 'agent':
      if (cache.getQueryData(queryKeys.agents) === undefined) return [queryKeys.agents];
      cache.setQueryData<Agent[]>(queryKeys.agents, (agents) => agents && mergeAgent(agents, message.item));
      return [];
    case 'results': {
      for (const query of cache.getQueryCache().findAll({ queryKey: queryKeys.recent })) {
        const arrived = message.items.filter((result) => belongs(result, query.queryKey[2] as RecentOf));
        cache.setQueryData<RecentResults>(query.queryKey, (current) => current && mergeResults(current, arrived));
      }
      return staleAfter(cache, message.items);
    }
    case 'runs':
      return [...new Set(message.items.map((run) => run.job_id))].map((id) => queryKeys.runsOf(id));
    case 'skipped':
      return message.topic === 'runs' ? [queryKeys.runs] : [queryKeys.recent, queryKeys.series];
  }
}

function belongs(result: Result, { agent, destination }: RecentOf): boolean {
  return (agent === undefined || result.agent_id === agent) && (destination === undefined || result.destination_id === destination);
}

/** Charts are asked again rather than computed here: the server owns the statistics. */
function staleAfter(cache: QueryClient, results: readonly Result[]): (readonly unknown[])[] {
  const known = new Set(cache.getQueryData<Destination[]>(queryKeys.destinations)?.map((destination) => destination.name));
  const names = new Set(results.map((result) => result.destination).filter((name) => name !== null));
  const agents = new Set(results.map((result) => result.agent));
  return [
    ...(cache.getQueryData(queryKeys.recentOf({})) === undefined ? [queryKeys.recent] : []),
    ...[...names].map((destination) => queryKeys.seriesOf({ destination })),
    ...[...agents].map((agent) => queryKeys.seriesOf({ agent })),
    ...([...names].every((name) => known.has(name)) ? [] : [queryKeys.destinations, queryKeys.jobs]),
  ];
}
