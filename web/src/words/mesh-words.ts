import { countText } from '../../../src/charts/number-text.ts';
import type { Agent } from '../../../src/model/agent.ts';
import type { Mesh } from '../../../src/model/job.ts';
import { selectsAgent } from '../../../src/model/selectors.ts';

type Chosen = Pick<Agent, 'id' | 'name' | 'labels' | 'state'>;

/** Agents are named up to so many. */
const MOST_NAMED = 4;

/** The agents that a job's selectors mean, of those that measure. */
export function chosenAgents<A extends Chosen>(selectors: readonly string[], agents: readonly A[]): A[] {
  return agents.filter(
    (agent) => agent.state !== 'external' && agent.state !== 'revoked' && selectors.some((selector) => selectsAgent(selector, agent)),
  );
}

/** Who measures: `2 agents: berlin, paris`. */
export function agentsWords(chosen: readonly Pick<Agent, 'name'>[]): string {
  if (chosen.length === 0) return 'no agent now';
  return `${countText(chosen.length, 'agent')}: ${namesText(chosen.map((agent) => agent.name))}`;
}

/** Who measures whom in a mesh, of the agents that a job chooses. */
export function meshWords(mesh: Mesh, chosen: readonly Chosen[]): string {
  if (chosen.length < 2) return `A mesh needs two agents; this means ${agentsWords(chosen)}.`;
  if (mesh.type === 'full') return `Each of ${agentsWords(chosen)} measures every other: ${directionsText(chosen.length * (chosen.length - 1))}.`;
  if (mesh.type === 'hub') {
    if (mesh.hub === '') return 'Choose the agent in the middle.';
    const hubs = chosen.filter((agent) => selectsAgent(mesh.hub, agent));
    if (hubs.length === 0) return `No agent of this job is ${mesh.hub}.`;
    const spokes = chosen.filter((agent) => !hubs.includes(agent));
    const directions = 2 * hubs.length * spokes.length;
    return `${namesText(hubs.map((agent) => agent.name))} and ${agentsWords(spokes)} measure each other: ${directionsText(directions)}.`;
  }
  if (mesh.label === '') return 'Name the label whose value pairs share.';
  const groups = [...Map.groupBy(chosen, (agent) => agent.labels[mesh.label])]
    .filter(([value, group]) => value !== undefined && group.length > 1)
    .map(([value, group]) => ({ value: value ?? '', names: group.map((agent) => agent.name) }));
  if (groups.length === 0) return `No two agents of this job have the same ${mesh.label}.`;
  const directions = groups.reduce((sum, { names }) => sum + names.length * (names.length - 1), 0);
  const words = groups.slice(0, MOST_NAMED).map(({ value, names }) => `${mesh.label}=${value} (${namesText(names)})`);
  const more = groups.length - words.length;
  return `Each measures the others of its ${mesh.label}: ${words.join('; ')}${more > 0 ? `; and ${more} more` : ''}: ${directionsText(directions)}.`;
}

function directionsText(count: number): string {
  return countText(count, 'direction');
}

function namesText(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : names.join(', ');
}
