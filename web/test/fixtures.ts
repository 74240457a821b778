import type { Agent } from '../../src/model/agent.ts';
import type { Destination } from '../../src/model/destination.ts';
import type { Job } from '../../src/model/job.ts';
import type { Result } from '../../src/model/result.ts';

export const NOW = Date.UTC(2026, 10, 22, 10);

export function anAgent(change: Partial<Agent> = {}): Agent {
  return {
    id: 1,
    name: 'workshop',
    state: 'online',
    labels: {},
    version: '0.1.0',
    platform: 'linux x64',
    address: null,
    capabilities: {},
    spool: { epoch: 'e', pending: 0, pending_bytes: 0, dropped: 0, dead: 0 },
    clock_offset_ms: 0,
    created_at: NOW,
    last_seen_at: NOW,
    budget_mb_per_day: null,
    advertise: null,
    listening: null,
    ...change,
  };
}

export function aResult(change: Partial<Result> = {}): Result {
  return {
    id: 'r1',
    run: null,
    planned_at: null,
    started_at: NOW - 1000,
    duration_ms: 5,
    clock_offset_ms: null,
    kind: 'ping',
    status: 'success',
    failure: null,
    metrics: { rtt_avg_ms: 1.234, packet_loss_pct: 0 },
    labels: {},
    details: {},
    agent: 'workshop',
    agent_id: 1,
    destination: 'gateway',
    destination_id: 1,
    job: null,
    job_id: null,
    ...change,
  };
}

export function aDestination(change: Partial<Destination> = {}): Destination {
  return {
    id: 1,
    name: 'gateway',
    host: '192.0.2.1',
    display_name: null,
    description: null,
    tags: [],
    status: 'active',
    external: false,
    agent_id: null,
    declared_by: null,
    created_at: NOW,
    ...change,
  };
}

export function aJob(change: Partial<Job> = {}): Job {
  return {
    id: 1,
    name: 'job',
    state: 'running',
    state_reason: 'its runs are done as planned',
    next_run_at: null,
    description: null,
    enabled: true,
    interval: 60,
    cron: null,
    time_zone: 'UTC',
    start_time: null,
    end_time: null,
    windows: [],
    metrics: ['ping'],
    mesh: null,
    budget_mb_per_day: null,
    declared_by: null,
    kinds: ['ping'],
    destinations: [],
    agents: ['*'],
    tags: [],
    options: {},
    revision: 1,
    created_at: NOW,
    since: NOW,
    ...change,
  };
}
