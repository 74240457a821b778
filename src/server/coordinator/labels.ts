import type { Labels } from '../../model/labels.ts';
import type { KeptSettings } from '../../store/control/control-store.ts';

/** Says that people labelled this agent. */
export function labelsGivenKey(agentId: number): string {
  return `agent_labels_given:${agentId}`;
}

/**
 * The labels of a hello that count, or null where those that are kept stay. Labels select jobs: once people have labelled
 * an agent, it may not label itself into other jobs, nor out of its own.
 */
export async function labelsFrom(said: Labels | null, agentId: number, settings: Pick<KeptSettings, 'get'>): Promise<Labels | null> {
  if (said === null) return null;
  return (await settings.get(labelsGivenKey(agentId))) === null ? said : null;
}
