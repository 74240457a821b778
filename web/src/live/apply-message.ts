import type { QueryClient } from '@tanstack/react-query';
import type { Agent } from '../../../src/model/agent.ts';
import type { Destination } from '../../../src/model/destination.ts';
import type { Result } from '../../../src/model/result.ts';
import type { LiveMessage } from '../../../src/protocol/live.ts';
import { queryKeys, type RecentResults } from '../api/queries.ts';

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
  return [...agents.filter((agent) => agent.id !== changed.id), changed].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** Writes what the server said into the cache. Answers the keys of what must be asked again. */
export function applyMessage(cache: QueryClient, message: LiveMessage): (readonly unknown[])[] {
  switch (message.type) {
    case 'hello':
      return [];
    case 'snapshot':
      if (message.topic === 'jobs') return [queryKeys.jobs];
      cache.setQueryData<Agent[]>(queryKeys.agents, message.items);
      return [];
    case 'job':
      return [queryKeys.jobs];
    case 'removed':
      return [queryKeys[message.topic]];
    case 'agent':
      if (cache.getQueryData(queryKeys.agents) === undefined) return [queryKeys.agents];
      cache.setQueryData<Agent[]>(queryKeys.agents, (agents) => agents && mergeAgent(agents, message.item));
      return [];
    case 'results': {
      cache.setQueryData<RecentResults>(queryKeys.recent, (current) => current && mergeResults(current, message.items));
      return staleAfter(cache, message.items);
    }
    case 'skipped':
      return [queryKeys.recent, queryKeys.series];
  }
}

/** Charts are asked again rather than computed here: the server owns the statistics. */
function staleAfter(cache: QueryClient, results: readonly Result[]): (readonly unknown[])[] {
  const known = new Set(cache.getQueryData<Destination[]>(queryKeys.destinations)?.map((destination) => destination.name));
  const names = new Set(results.map((result) => result.destination).filter((name) => name !== null));
  const ids = new Set(results.map((result) => result.destination_id).filter((id) => id !== null));
  return [
    ...(cache.getQueryData(queryKeys.recent) === undefined ? [queryKeys.recent] : []),
    ...[...names, ...[...ids].map(String)].map((destination) => queryKeys.seriesOf(destination)),
    ...([...names].every((name) => known.has(name)) ? [] : [queryKeys.destinations, queryKeys.jobs]),
  ];
}
