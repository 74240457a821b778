import type { Agent } from './agent.ts';
import type { Destination } from './destination.ts';
import { referenceId } from './name.ts';

/** Whether a job's selector (`*`, `label:key=value`, an id or a name) means an agent. */
export function selectsAgent(selector: string, agent: Pick<Agent, 'id' | 'name' | 'labels'>): boolean {
  if (selector === '*') return true;
  const label = /^label:([^=]+)=(.*)$/.exec(selector);
  if (label) return agent.labels[label[1] ?? ''] === label[2];
  const id = referenceId(selector);
  return id === null ? selector === agent.name : id === agent.id;
}

/** Whether a job's selector (`tag:word`, an id or a name) means a destination. */
export function selectsDestination(selector: string, destination: Pick<Destination, 'id' | 'name' | 'tags'>): boolean {
  if (selector.startsWith('tag:')) return destination.tags.includes(selector.slice('tag:'.length));
  const id = referenceId(selector);
  return id === null ? selector === destination.name : id === destination.id;
}
