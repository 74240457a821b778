import { isIP } from 'node:net';
import { TachoError } from '../../model/errors.ts';
import type { Destination } from '../../model/destination.ts';
import type { Mesh, StoredJob } from '../../model/job.ts';
import { LONGEST_NAME } from '../../model/name.ts';
import { selectsAgent } from '../../model/selectors.ts';
import type { AgentRow, ControlStore } from '../../store/control/control-store.ts';

type MeshAgent = Pick<AgentRow, 'id' | 'name' | 'labels'>;

/** Which agents measure which: for each agent's id the ids of its targets, in the order of the agents. An agent never measures itself. */
export function meshTargets(mesh: Mesh, agents: readonly MeshAgent[]): ReadonlyMap<number, readonly number[]> {
  const measures = pairRule(mesh);
  return new Map(agents.map((from) => [from.id, agents.filter((to) => to.id !== from.id && measures(from, to)).map(({ id }) => id)]));
}

function pairRule(mesh: Mesh): (from: MeshAgent, to: MeshAgent) => boolean {
  switch (mesh.type) {
    case 'full':
      return () => true;
    case 'hub':
      return (from, to) => selectsAgent(mesh.hub, from) || selectsAgent(mesh.hub, to);
    case 'pairs':
      return (from, to) => {
        const value = from.labels[mesh.label];
        return value !== undefined && value !== '' && value === to.labels[mesh.label];
      };
  }
}

/** The agents of a job that can measure and be measured. */
export function agentsOf(job: Pick<StoredJob, 'agents'>, agents: readonly AgentRow[]): AgentRow[] {
  return agents.filter((agent) => !agent.external && agent.revokedAt === null && job.agents.some((selector) => selectsAgent(selector, agent)));
}

/**
 * Under which host one agent reaches another: the one it advertises, else the address its connection comes from. A
 * loopback address leads only to agents of the same machine; null where none is known that leads there.
 */
export function hostBetween(from: Pick<AgentRow, 'address'>, to: Pick<AgentRow, 'address' | 'advertise'>): string | null {
  if (to.advertise !== null) return to.advertise;
  const address = plainAddress(to.address);
  if (address === null) return null;
  return isLoopback(address) && !isLoopback(plainAddress(from.address) ?? '') ? null : address;
}

/** IPv4 addresses come mapped into IPv6 where the server listens on both. */
function plainAddress(address: string | null): string | null {
  if (address === null || isIP(address) === 0) return null;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** What one agent measures of a job: the destinations that the job chose and those of its mesh, each under the host by which the agent reaches it. */
export type TargetsOf = (agent: AgentRow, chosen: readonly Destination[]) => readonly Destination[];

/** Prepares a job's targets for all its agents. */
export function targetsOf(
  { mesh, ...job }: Pick<StoredJob, 'mesh' | 'agents'>,
  plan: { readonly agents: readonly AgentRow[]; readonly destinations: readonly Destination[] },
): TargetsOf {
  const peers = new Map(plan.agents.map((agent) => [agent.id, agent]));
  // Where several stand for one agent, the oldest is its.
  const standing = new Map(plan.destinations.toReversed().map((destination) => [destination.agent_id, destination]));
  const members = mesh === null ? [] : agentsOf(job, plan.agents);
  return (agent, chosen) => {
    const measures = mesh === null ? null : pairRule(mesh);
    const meshed = members.flatMap((to) => (to.id !== agent.id && measures?.(agent, to) === true ? (standing.get(to.id) ?? []) : []));
    return [...new Set([...chosen, ...meshed])].flatMap((destination) => reachedFrom(agent, destination, peers) ?? []);
  };
}

/** A destination as one agent reaches it: another agent under its address of today; null where it is itself, or cannot be reached. */
function reachedFrom(agent: AgentRow, destination: Destination, agents: ReadonlyMap<number, AgentRow>): Destination | null {
  if (destination.agent_id === null) return destination;
  const peer = agents.get(destination.agent_id);
  if (peer === undefined || peer.id === agent.id || peer.external || peer.revokedAt !== null) return null;
  const host = hostBetween(agent, peer);
  return host === null ? null : { ...destination, host };
}

/** Ids of the agents that some enabled job's mesh measures. */
function meshedAgents(jobs: readonly StoredJob[], agents: readonly AgentRow[]): Set<number> {
  const targets = new Set<number>();
  for (const { enabled, mesh, ...job } of jobs) {
    if (!enabled || mesh === null) continue;
    for (const ids of meshTargets(mesh, agentsOf(job, agents)).values()) for (const id of ids) targets.add(id);
  }
  return targets;
}

interface MeshPlan {
  readonly jobs: readonly StoredJob[];
  readonly agents: readonly AgentRow[];
  readonly destinations: readonly Destination[];
}

/** The agents that a mesh measures and for which no destination stands yet. */
function unmade({ jobs, agents, destinations }: MeshPlan): AgentRow[] {
  const meshed = meshedAgents(jobs, agents);
  const known = new Set(destinations.map(({ agent_id: agentId }) => agentId));
  return agents.filter(({ id }) => meshed.has(id) && !known.has(id));
}

/** What stands for those agents until it is made, where a plan is only tried: under an id that no destination has. */
export function provisionalDestinations(plan: MeshPlan): Destination[] {
  return unmade(plan).map(({ id, name }) => ({
    ...{ id: -id, name, host: name, display_name: null, description: null, tags: [], status: 'active', external: false },
    ...{ created_at: 0, agent_id: id, declared_by: null },
  }));
}

/**
 * Makes the destinations that stand for the agents a mesh measures, where they are missing: named like the agent, with
 * a word before it where that name is taken. Those of agents that are measured no more stay, with their results.
 */
export async function ensureMeshDestinations(control: Pick<ControlStore, 'destinations'>, plan: MeshPlan): Promise<Destination[]> {
  const made: Destination[] = [];
  for (const agent of unmade(plan)) made.push(await makeDestination(control, agent));
  return made;
}

async function makeDestination({ destinations }: Pick<ControlStore, 'destinations'>, { id, name }: AgentRow): Promise<Destination> {
  for (let attempt = 0; ; attempt++) {
    const called = attempt === 0 ? name : attempt === 1 ? `agent ${name}` : `agent ${name} ${attempt}`;
    try {
      const input = { name: called.slice(0, LONGEST_NAME), host: name, display_name: null, description: null, tags: [], status: 'active' } as const;
      return await destinations.create({ ...input, tags: [] }, { agentId: id });
    } catch (error) {
      if (!(error instanceof TachoError) || error.code !== 'name_taken' || attempt > 100) throw error;
      // Another server of the same store may have made it.
      const there = (await destinations.list()).find(({ agent_id: agentId }) => agentId === id);
      if (there !== undefined) return there;
    }
  }
}
