import * as z from 'zod';
import { agent, type Agent } from '../../../src/model/agent.ts';
import { destination, type Destination } from '../../../src/model/destination.ts';
import { job, type Job } from '../../../src/model/job.ts';
import { session } from '../../../src/protocol/session.ts';
import type { ApiClient } from './client.ts';

/** What signs in: a one-time link, or the password where one is set. */
export type SignInBy = { readonly link: string } | { readonly password: string };

export function signIn(client: ApiClient, by: SignInBy): Promise<z.output<typeof session>> {
  return client.ask('/api/session', session, { method: 'POST', body: by });
}

export function signOut(client: ApiClient): Promise<void> {
  return client.tell('/api/session', { method: 'DELETE' });
}

/** Adds a destination, or replaces the one with this id. What is in the body is judged by the server alone. */
export function saveDestination(client: ApiClient, id: number | null, body: unknown): Promise<Destination> {
  return id === null
    ? client.ask('/api/destinations', destination, { method: 'POST', body })
    : client.ask(`/api/destinations/${id}`, destination, { method: 'PUT', body });
}

/** Adds a job, or replaces the one with this id. */
export function saveJob(client: ApiClient, id: number | null, body: unknown): Promise<Job> {
  return id === null ? client.ask('/api/jobs', job, { method: 'POST', body }) : client.ask(`/api/jobs/${id}`, job, { method: 'PUT', body });
}

export function setJobEnabled(client: ApiClient, id: number, enabled: boolean): Promise<Job> {
  return client.ask(`/api/jobs/${id}/${enabled ? 'start' : 'stop'}`, job, { method: 'POST' });
}

/** Runs a job once, now: answers the names of the agents that were told. */
export async function runJob(client: ApiClient, id: number): Promise<readonly string[]> {
  return (await client.ask(`/api/jobs/${id}/run`, z.object({ agents: z.array(z.string()) }), { method: 'POST' })).agents;
}

export function changeAgent(client: ApiClient, id: number, body: unknown): Promise<Agent> {
  return client.ask(`/api/agents/${id}`, agent, { method: 'PATCH', body });
}

/** Withdraws an agent's credential at once. */
export function revokeAgent(client: ApiClient, id: number): Promise<void> {
  return client.tell(`/api/agents/${id}/revoke`, { method: 'POST' });
}
