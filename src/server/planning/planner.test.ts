import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destinationInput } from '../../model/destination.ts';
import { jobInput } from '../../model/job.ts';
import type { ControlStore } from '../../store/control/control-store.ts';
import { openControlStore } from '../../store/control/open.ts';
import { createPlanner, type Planner } from './planner.ts';

const logger = pino({ level: 'silent' });
let directory = '';
let control: ControlStore;
let planner: Planner;
let nowMs = 0;
const clock = { now: () => nowMs, monotonic: () => 0, sleep: () => Promise.resolve() };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tacho-planner-'));
  nowMs = 1_000_000;
  control = await openControlStore({ engine: 'sqlite', path: join(directory, 'control.sqlite') }, { clock, poolSize: 1 });
  planner = createPlanner({ control, clock, logger });
  for (const name of ['a', 'b']) await control.agents.create({ name, labels: { site: name }, external: false });
  await control.destinations.create(destinationInput.parse({ name: 'd', host: '127.0.0.1' }));
});
afterEach(async () => {
  await control.close();
  await rm(directory, { recursive: true, force: true });
});

const job = (change: Record<string, unknown> = {}) => jobInput.parse({ name: 'job', interval: 60, kinds: ['ping'], destinations: ['d'], ...change });
const agentsOf = async (): Promise<number[]> => (await control.planLedger.open()).map(({ agentId }) => agentId);

describe('the planner', () => {
  test('begins in the ledger what is planned, and ends what is planned no more', async () => {
    const { id } = await control.jobs.create(job());
    await planner.replan();
    expect(await agentsOf()).toEqual([1, 2]);
    nowMs += 60_000;
    await control.jobs.setEnabled(id, false);
    await planner.replan();
    expect(await agentsOf()).toEqual([]);
    expect(await control.planLedger.list({ from: 0, to: nowMs + 1 })).toMatchObject([
      { jobId: id, begunAt: 1_000_000, endedAt: 1_060_000 },
      { jobId: id, begunAt: 1_000_000, endedAt: 1_060_000 },
    ]);
  });

  test('writes only what changed, also after it was started anew', async () => {
    await control.jobs.create(job({ windows: [{ days: ['mon'], from: '08:00', to: '18:00' }], cron: '@hourly', interval: null }));
    await planner.replan();
    const before = await control.planLedger.list({ from: 0, to: Infinity });
    nowMs += 5000;
    await planner.replan();
    await createPlanner({ control, clock, logger }).replan();
    expect(await control.planLedger.list({ from: 0, to: nowMs + 1 })).toEqual(before);
  });

  test('follows labels, revocation and destinations', async () => {
    await control.jobs.create(job({ agents: ['label:site=a'], kinds: ['ping', 'system'] }));
    await planner.replan();
    expect((await control.planLedger.open()).map(({ agentId, kind }) => [agentId, kind])).toEqual([
      [1, 'ping'],
      [1, 'system'],
    ]);
    await control.agents.update(2, { labels: { site: 'a' } });
    await planner.replan();
    expect(await agentsOf()).toEqual([1, 1, 2, 2]);
    await control.agents.revoke(1);
    await planner.replan();
    expect(await agentsOf()).toEqual([2, 2]);
    await control.destinations.update(1, destinationInput.parse({ name: 'd', host: '127.0.0.1', status: 'inactive' }));
    await planner.replan();
    expect((await control.planLedger.open()).map(({ kind }) => kind)).toEqual(['system']);
  });

  test('plans nothing for agents that are only known from what was posted', async () => {
    await control.agents.create({ name: 'foreign', labels: {}, external: true });
    await control.jobs.create(job());
    await planner.replan();
    expect(await agentsOf()).toEqual([1, 2]);
  });

  test('gives each agent its schedule, and makes a new plan for one that is new or says other labels', async () => {
    await control.jobs.create(job({ agents: ['label:site=c'] }));
    await planner.replan();
    const row = await control.agents.create({ name: 'c', labels: { site: 'c' }, external: false });
    expect((await planner.scheduleOf(row)).assignments).toMatchObject([{ job: 'job', kind: 'ping' }]);
    expect(await agentsOf()).toEqual([row.id]);
    await control.agents.report(row.id, { labels: { site: 'x' } });
    expect((await planner.scheduleOf({ ...row, labels: { site: 'x' } })).assignments).toEqual([]);
    expect(await agentsOf()).toEqual([]);
  });

  test('reads once for all who ask while it reads, and after them for those who came later', async () => {
    let reads = 0;
    const jobs = { ...control.jobs, list: () => ((reads += 1), control.jobs.list()) };
    planner = createPlanner({ control: { ...control, jobs }, clock, logger });
    const first = planner.replan();
    const { id } = await control.jobs.create(job());
    await Promise.all([first, ...Array.from({ length: 50 }, () => planner.replan())]);
    expect(reads).toBeLessThanOrEqual(3);
    expect((await planner.now()).series.get(id)).toHaveLength(2);
  });

  test('a ledger that could not be written is brought up to date by the next plan', async () => {
    await control.jobs.create(job());
    const broken = { ...control.planLedger, change: () => Promise.reject(new Error('disk full')) };
    let planLedger = broken;
    planner = createPlanner({
      control: {
        ...control,
        get planLedger() {
          return planLedger;
        },
      },
      clock,
      logger,
    });
    await expect(planner.replan()).rejects.toThrow('disk full');
    planLedger = { ...control.planLedger } as typeof broken;
    await planner.replan();
    expect(await agentsOf()).toEqual([1, 2]);
  });

  test('plans for two thousand agents at once', async () => {
    for (let i = 0; i < 2000; i++) await control.agents.create({ name: `agent-${i}`, labels: {}, external: false });
    await control.jobs.create(job({ kinds: ['ping', 'http', 'system'] }));
    await planner.replan();
    expect(await agentsOf()).toHaveLength(6006);
  });
});
