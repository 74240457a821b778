import { describe, expect, test } from 'vitest';
import { jobInput } from '../../model/job.ts';
import { ping } from '../../model/kinds/ping.ts';
import type { AgentRow } from '../../store/control/control-store.ts';
import { forecastOf } from './forecast.ts';
import type { PlanNow } from './planner.ts';

/** A Sunday. */
const NOON = Date.UTC(2026, 10, 22, 12);
const agent = (id: number, budgetMbPerDay: number | null = null): AgentRow => ({
  ...{ id, name: `agent-${id}`, labels: {}, version: null, platform: null, address: null, capabilities: {}, spool: null, clockOffsetMs: null },
  ...{ external: false, createdAt: 0, lastSeenAt: null, revokedAt: null, budgetMbPerDay, advertise: null, listening: null },
});
const destination = {
  ...{ id: 1, name: 'd', host: '192.0.2.1', display_name: null, description: null, tags: [], status: 'active' as const },
  ...{ external: false, created_at: 0, agent_id: null, declared_by: null },
};
const plan = (...agents: AgentRow[]): PlanNow => ({
  ...{ jobs: [], destinations: [destination], prepared: [], series: new Map() },
  agents: new Map(agents.map((one) => [one.id, one])),
});
const job = (change: Record<string, unknown> = {}) => ({
  ...jobInput.parse({ name: 'job', interval: 300, kinds: ['ping'], destinations: ['d'], ...change }),
  ...{ id: 0, revision: 1, created_at: NOON, since: NOON, declared_by: null },
});
const options = { now: NOON, storedBytes: 200 };
/** Bytes of a run of ping by its defaults. */
const BYTES = ping.trafficBytes?.(ping.spec.parse({})) ?? NaN;

describe('a forecast', () => {
  test('counts the planned runs of a day and of thirty, what they put on the wire and what is stored', () => {
    const of = forecastOf(job(), plan(agent(1), agent(2)), options);
    expect(of.agents).toBe(2);
    expect(of.runs_per_day).toBeGreaterThanOrEqual(2 * 288);
    expect(of.runs_per_day).toBeLessThanOrEqual(2 * 289);
    expect(Math.abs(of.runs_per_month - 2 * 288 * 30)).toBeLessThanOrEqual(2);
    expect(of.megabytes_per_day).toBeCloseTo((of.runs_per_day * BYTES) / 1e6, 9);
    expect(of.stored_megabytes_per_month).toBeCloseTo((of.runs_per_month * 200) / 1e6, 9);
    expect(of.per_agent_megabytes_per_day).toBeCloseTo(of.megabytes_per_day / 2, 2);
    expect(of.warnings).toEqual([]);
  });

  test('of a mesh counts the agents that no destination stands for yet', () => {
    const at = (id: number): AgentRow => ({ ...agent(id), address: `192.0.2.${id}` });
    const of = forecastOf(job({ destinations: [], mesh: { type: 'full' } }), plan(at(1), at(2), at(3)), options);
    expect(of.agents).toBe(3);
    expect(Math.abs(of.runs_per_month - 6 * 288 * 30)).toBeLessThanOrEqual(6);
  });

  test('of a job for office hours knows that tomorrow is not like the month', () => {
    const windows = [{ days: ['sat'], from: '00:00', to: '24:00' }];
    const of = forecastOf(job({ windows, budget_mb_per_day: 0.000_001 }), plan(agent(1)), options);
    expect(of.runs_per_day).toBe(0);
    expect(of.runs_per_month).toBeGreaterThan(3 * 288);
    expect(of.warnings).toHaveLength(1);
  });

  test('of a job that begins later is of its first day; of one that is stopped, as if it ran', () => {
    const later = forecastOf(job({ start_time: '2027-01-01T00:00:00Z', enabled: false }), plan(agent(1)), options);
    expect(later.runs_per_day).toBeGreaterThanOrEqual(288);
  });

  test('without an agent is nothing', () => {
    expect(forecastOf(job(), plan(), options)).toMatchObject({ agents: 0, runs_per_month: 0, megabytes_per_month: 0 });
  });

  test('warns in words of budgets that it will exceed: its own, and an agent’s with its other jobs', () => {
    const daily = (289 * BYTES) / 1e6;
    const own = forecastOf(job({ budget_mb_per_day: daily / 2 }), plan(agent(1)), options);
    expect(own.warnings).toEqual([expect.stringContaining('MB a day on this job, the budget of each is')]);
    const other = { ...{ jobId: 9, revision: 1, agentId: 1, destinationId: 1, kind: 'ping', spec: {} } };
    const timetable = { intervalMs: 300_000, cron: null, timeZone: 'UTC', windows: [], since: 0, until: null };
    const busy = { ...plan(agent(1, daily * 1.5), agent(2, daily * 1.5)), series: new Map([[9, [{ ...other, timetable }]]]) };
    expect(forecastOf(job(), busy, options).warnings).toEqual([expect.stringContaining('agent agent-1 would spend')]);
  });
});
