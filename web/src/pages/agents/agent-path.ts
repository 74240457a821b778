import type { Agent } from '../../../../src/model/agent.ts';

export function agentPath(agent: Pick<Agent, 'id'>): string {
  return `/api/agents/${agent.id}`;
}
