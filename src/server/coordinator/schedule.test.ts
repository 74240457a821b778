import { describe, expect, test } from 'vitest';
import type { Destination } from '../../model/destination.ts';
import type { StoredJob } from '../../model/job.ts';
import { selectsAgent, selectsDestination } from '../../model/selectors.ts';
import type { AgentRow } from '../../store/control/control-store.ts';
import { scheduleFor } from './schedule.ts';

const can = { available: true, tool: 'x', version: null, note: null };
const agent: AgentRow = {
  id: 7,
  name: 'berlin-1',
  labels: { site: 'berlin' },
  version: null,
  platform: null,
  address: null,
  capabilities: { ping: can, http: can, system: can, dns: { ...can, available: false } },
  spool: null,
  clockOffsetMs: null,
  external: false,
  createdAt: 0,
  lastSeenAt: null,
  revokedAt: null,
  budgetMbPerDay: null,
  advertise: null,
  listening: null,
};
const destination = (id: number, change: Partial<Destination> = {}): Destination => ({
  id,
  name: `d${id}`,
  host: `192.0.2.${id}`,
  display_name: null,
  description: null,
  tags: [],
  status: 'active',
  external: false,
  created_at: 0,
  agent_id: null,
  declared_by: null,
  ...change,
});
const job = (change: Partial<StoredJob> = {}): StoredJob => ({
  id: 3,
  name: 'edge',
  description: null,
  enabled: true,
  interval: 60,
  cron: null,
  time_zone: 'UTC',
  start_time: null,
  end_time: null,
  windows: [],
  kinds: ['ping'],
  metrics: ['ping'],
  mesh: null,
  budget_mb_per_day: null,
  declared_by: null,
  destinations: ['d1'],
  agents: ['*'],
  tags: [],
  options: {},
  revision: 1,
  created_at: 0,
  since: 1000,
  ...change,
});
const targets = (jobs: StoredJob[], destinations: Destination[]): string[] =>
  scheduleFor(agent, { jobs, destinations, agents: [agent] }).assignments.map((one) => `${one.kind} ${one.destination?.host ?? 'itself'}`);

describe("an agent's schedule", () => {
  test('holds each kind against each destination of the jobs that name it', () => {
    const jobs = [job({ kinds: ['ping', 'http'], destinations: ['d1', 'tag:edge'] }), job({ id: 4, agents: ['label:site=paris'] })];
    const destinations = [destination(1), destination(2, { tags: ['edge'] }), destination(3)];
    expect(targets(jobs, destinations)).toEqual(['ping 192.0.2.1', 'ping 192.0.2.2', 'http 192.0.2.1', 'http 192.0.2.2']);
  });

  test('measures the machine itself once, whatever the destinations', () => {
    expect(targets([job({ kinds: ['system'], destinations: ['d1', 'd2'] })], [destination(1), destination(2)])).toEqual(['system itself']);
  });

  test('leaves out what is stopped or inactive, and everything for who is revoked', () => {
    expect(targets([job({ enabled: false })], [destination(1)])).toEqual([]);
    expect(targets([job()], [destination(1, { status: 'inactive' })])).toEqual([]);
    expect(scheduleFor({ ...agent, revokedAt: 5 }, { jobs: [job()], destinations: [destination(1)], agents: [agent] }).assignments).toEqual([]);
  });

  test('holds also what cannot be done there, so that it is seen to fail', () => {
    expect(targets([job({ kinds: ['dns'] })], [destination(1, { host: 'example.test' })])).toEqual(['dns example.test']);
  });

  test('leaves out destinations that a kind does not fit, but not what is named and fits none of the kinds', () => {
    const all = [destination(1, { tags: ['edge'] }), destination(2, { tags: ['edge'], host: 'example.test' })];
    expect(targets([job({ kinds: ['dns', 'ping'], destinations: ['tag:edge'] })], all)).toEqual([
      'dns example.test',
      'ping 192.0.2.1',
      'ping example.test',
    ]);
    expect(targets([job({ kinds: ['dns', 'ping'], destinations: ['d1'] })], all)).toEqual(['ping 192.0.2.1']);
    expect(targets([job({ kinds: ['dns'], destinations: ['tag:edge', 'd1'] })], all)).toEqual(['dns 192.0.2.1', 'dns example.test']);
    expect(targets([job({ kinds: ['dns'], destinations: ['tag:edge'], options: { dns: { name: 'example.test' } } })], all)).toHaveLength(2);
  });

  test('says what a job and the agent may spend', () => {
    const { assignments, budget_mb_per_day } = scheduleFor(
      { ...agent, budgetMbPerDay: 20 },
      { jobs: [job({ budget_mb_per_day: 5 })], destinations: [destination(1)], agents: [agent] },
    );
    expect([assignments[0]?.budget_mb_per_day, budget_mb_per_day]).toEqual([5, 20]);
  });

  test('has the same version while it says the same, and another when it does not', () => {
    const version = (one: StoredJob) => scheduleFor(agent, { jobs: [one], destinations: [destination(1)], agents: [agent] }).version;
    expect(version(job())).toBe(version(job()));
    expect(version(job())).not.toBe(version(job({ interval: 120 })));
  });

  test('begins when job, agent and destination are all there', () => {
    const since = (created: number, at: number) =>
      scheduleFor({ ...agent, createdAt: created }, { jobs: [job()], destinations: [destination(1, { created_at: at })], agents: [agent] })
        .assignments[0]?.timetable.since;
    expect([since(0, 0), since(5000, 0), since(0, 7000)]).toEqual([1000, 5000, 7000]);
  });

  test('says when: interval or cron, zone, windows, beginning and end of the job', () => {
    const one = (change: Partial<StoredJob>) =>
      scheduleFor(agent, { jobs: [job(change)], destinations: [destination(1)], agents: [agent] }).assignments[0];
    expect(one({})?.timetable).toEqual({ intervalMs: 60_000, cron: null, timeZone: 'UTC', windows: [], since: 1000, until: null });
    const windows: StoredJob['windows'] = [{ days: ['mon'], from: '22:00', to: '06:00' }];
    const late = one({ interval: null, cron: '@hourly', time_zone: 'Europe/Berlin', windows, start_time: 9000, end_time: 99_000 });
    expect(late?.timetable).toEqual({ intervalMs: null, cron: '@hourly', timeZone: 'Europe/Berlin', windows, since: 9000, until: 99_000 });
    // The beginning is in the agent's future; what was there already is not.
    expect(late?.made_at).toBe(1000);
  });

  test('takes the options of each kind from the job', () => {
    const [one] = scheduleFor(agent, {
      jobs: [job({ options: { ping: { count: 3 } } })],
      destinations: [destination(1)],
      agents: [agent],
    }).assignments;
    expect(one).toMatchObject({
      job_id: 3,
      revision: 1,
      made_at: 1000,
      timetable: { intervalMs: 60_000, since: 1000, until: null },
      spec: { count: 3 },
    });
  });
});

describe('a selector', () => {
  test.each([
    ['*', true],
    ['berlin-1', true],
    ['7', true],
    ['label:site=berlin', true],
    ['label:site=', false],
    ['label:constructor=x', false],
    ['8', false],
    ['Berlin-1', false],
  ])('of agents, %s: %s', (selector, expected) => {
    expect(selectsAgent(selector, agent)).toBe(expected);
  });

  test.each([
    ['d1', true],
    ['1', true],
    ['tag:edge', true],
    ['tag:', false],
    ['d2', false],
  ])('of destinations, %s: %s', (selector, expected) => {
    expect(selectsDestination(selector, destination(1, { tags: ['edge'] }))).toBe(expected);
  });
});
