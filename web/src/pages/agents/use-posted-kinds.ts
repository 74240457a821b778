import { useQuery } from '@tanstack/react-query';
import type { Agent } from '../../../../src/model/agent.ts';
import { useServices } from '../../services.tsx';

/** The kinds of which a machine posted something of late, in the order of their names. */
export function usePostedKinds(agent: Agent): string[] {
  const { queries } = useServices();
  const recent = useQuery(queries.recent({ agent: agent.id }));
  return [...new Set(recent.data?.items.map((result) => result.kind))].sort();
}
