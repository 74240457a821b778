import type { SeriesItem } from '../../../src/model/series.ts';

type Subject = Pick<SeriesItem, 'agent' | 'agent_id' | 'destination' | 'destination_id'>;

/** What tells the lines of one answer apart: the agent, the destination, or both where each alone does not. */
export function lineNames(items: readonly Subject[]): string[] {
  const agents = new Set(items.map((item) => item.agent_id)).size;
  const destinations = new Set(items.map((item) => item.destination_id)).size;
  return items.map(({ agent, destination }) => {
    if (destinations <= 1) return agent;
    const where = destination ?? 'itself';
    return agents <= 1 ? where : `${agent} to ${where}`;
  });
}
