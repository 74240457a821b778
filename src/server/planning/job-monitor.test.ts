import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Agent } from '../../model/agent.ts';
import { jobInput, type Job, type StoredJob } from '../../model/job.ts';
import { graceMs, type RunEvent } from '../../model/planned-run.ts';
import { resultRow } from '../../store/results/test-rows.ts';
import { createJobMonitor, type JobMonitor } from './job-monitor.ts';
import type { OpenSeries, PlanNow } from './planner.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const GRACE = graceMs('ping', {});
const agent: Agent = {
  ...{ id: 7, name: 'berlin', state: 'online', labels: {}, version: null, platform: null, address: null, capabilities: {}, spool: null },
  ...{ clock_offset_ms: null, created_at: 0, last_seen_at: NOON, budget_mb_per_day: null, advertise: null, listening: null },
};
const destination = {
  ...{ id: 5, name: 'gateway', host: '192.0.2.1', display_name: null, description: null, tags: [], status: 'active' as const },
  ...{ external: false, created_at: 0, agent_id: null, declared_by: null },
};
const job: StoredJob = {
  ...jobInput.parse({ name: 'edge', interval: 60, kinds: ['ping'], destinations: ['gateway'] }),
  ...{ id: 1, revision: 1, created_at: NOON, since: NOON, declared_by: null },
};
const timetable = { intervalMs: 60_000, cron: null, timeZone: 'UTC', windows: [], since: NOON, until: null };
const series: OpenSeries = { jobId: 1, revision: 1, agentId: 7, destinationId: 5, kind: 'ping', spec: {}, timetable };
const plan: PlanNow = { jobs: [job], destinations: [destination], agents: new Map(), prepared: [], series: new Map([[1, [series]]]) };

let now = NOON;
let agents = [agent];
let runs: RunEvent[] = [];
let jobs: Job[] = [];
let monitor: JobMonitor;

beforeEach(() => {
  [now, agents, runs, jobs] = [NOON, [agent], [], []];
  monitor = createJobMonitor({
    planner: { now: () => Promise.resolve(plan) },
    agents: () => Promise.resolve(agents),
    clock: { now: () => now },
    logger: pino({ level: 'silent' }),
    onRuns: (events) => runs.push(...events),
    onJob: (changed) => jobs.push(changed),
  });
  monitor.follow(plan);
});

describe('the monitor of jobs', () => {
  test('describes a job by what is planned and by its agents', async () => {
    expect(await monitor.describe(job)).toMatchObject({ name: 'edge', state: 'running', next_run_at: NOON });
    agents = [{ ...agent, state: 'offline' }];
    expect((await monitor.list())[0]).toMatchObject({ state: 'error', state_reason: 'its agent berlin is offline since 2026-11-22 12:00:00' });
  });

  test('notices that a connected agent is silent: the run is missing, and the job in error, told once', async () => {
    await monitor.sweep();
    now = NOON + GRACE;
    await monitor.sweep();
    await monitor.sweep();
    expect(runs).toMatchObject([{ planned_at: NOON, status: 'missing' }]);
    expect(jobs).toMatchObject([{ state: 'error', state_reason: 'runs are missing since 2026-11-22 12:00:00: ping of berlin to gateway' }]);
    monitor.resultsStored([resultRow({ run: 'r', plannedAt: NOON, jobId: 1, agentId: 7, destinationId: 5 })]);
    await monitor.sweep();
    expect(runs).toMatchObject([{ status: 'missing' }, { run: 'r', status: 'success' }]);
    expect(jobs.map(({ state }) => state)).toEqual(['error', 'running']);
  });

  test('tells of a job that changed by itself, and not of one that somebody just changed', async () => {
    await monitor.describe(job);
    await monitor.sweep();
    expect(jobs).toEqual([]);
    agents = [{ ...agent, state: 'offline' }];
    await monitor.sweep();
    expect(jobs).toMatchObject([{ state: 'error' }]);
  });

  test('says what an agent cannot measure', async () => {
    agents = [{ ...agent, capabilities: { ping: { available: false, tool: null, version: null, note: 'no tool is installed' } } }];
    expect((await monitor.list())[0]?.state_reason).toBe('no agent can measure it: ping on berlin (no tool is installed)');
  });
});
