import type { Agent } from '../../../src/model/agent.ts';
import type { Destination } from '../../../src/model/destination.ts';
import type { SeriesAnswer } from '../../../src/model/series.ts';

interface KnownThings {
  /** Undefined while that is not known. */
  readonly agents: readonly Agent[] | undefined;
  readonly destinations: readonly Destination[] | undefined;
}

/** Ids of what is gone. */
export interface EndedLines {
  readonly agent: ReadonlySet<number>;
  readonly destination: ReadonlySet<number>;
}

/** Which agents and destinations of some answers have been removed or, of agents, may measure no more. */
export function endedLines(answers: readonly SeriesAnswer[], { agents, destinations }: KnownThings): EndedLines {
  const items = answers.flatMap((answer) => answer.items);
  const there = new Set(agents?.filter((agent) => agent.state !== 'revoked').map((agent) => agent.id));
  const known = new Set(destinations?.map((destination) => destination.id));
  const agentIds = items.map((item) => item.agent_id);
  const destinationIds = items.flatMap((item) => item.destination_id ?? []);
  return {
    agent: new Set(agents === undefined ? [] : agentIds.filter((id) => !there.has(id))),
    destination: new Set(destinations === undefined ? [] : destinationIds.filter((id) => !known.has(id))),
  };
}
