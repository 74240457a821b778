import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ping } from '../model/kinds/ping.ts';
import type { Assignment } from '../protocol/messages.ts';
import { Budget, type Spending } from './budget.ts';
import { BudgetFile } from './budget-file.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
/** A run of exactly one megabyte: 500 packets of 952 bytes and their 48 bytes of headers, both ways. */
const spec = { count: 500, size: 952 };
const assignment = (change: Partial<Assignment> = {}): Assignment => ({
  ...{ job_id: 1, job: 'edge', revision: 1, kind: 'ping', made_at: 0, spec, destination: { id: 1, name: 'd', host: '192.0.2.1' } },
  timetable: { intervalMs: 60_000, cron: null, timeZone: 'UTC', windows: [], since: 0, until: null },
  ...change,
});

let now = NOON;
let kept: Spending[] = [];
const budget = (spent: Spending | null = null): Budget => new Budget({ spent, now: () => now, onSpent: (spending) => kept.push(spending) });
/** How many runs it lets through, of so many. */
const runs = (of: Budget, count: number, one = assignment()): number =>
  Array.from({ length: count }, () => of.spend(one)).filter((refused) => refused === null).length;

beforeEach(() => {
  now = NOON;
  kept = [];
});

describe('a budget', () => {
  test('of a job lets runs through until a day of it is spent, and says in words why not the next', () => {
    expect(ping.trafficBytes?.(ping.spec.parse(spec))).toBe(1e6);
    const today = budget();
    const one = assignment({ budget_mb_per_day: 3 });
    expect(runs(today, 10, one)).toBe(3);
    expect(today.spend(one)).toEqual({
      code: 'budget_exceeded',
      message: 'this agent\'s budget for job "edge" is 3 MB a day: 3 MB are spent, and the run would take 1 MB more',
    });
    expect(runs(today, 2, assignment({ job_id: 2, budget_mb_per_day: 2 }))).toBe(2);
    expect(runs(today, 5)).toBe(5);
  });

  test('of the agent holds for all its jobs together, those without a budget among them', () => {
    const today = budget();
    today.agentMbPerDay = 4;
    expect([runs(today, 3), runs(today, 3, assignment({ job_id: 2 }))]).toEqual([3, 1]);
    expect(today.spend(assignment())?.message).toContain('the budget of this agent is 4 MB a day: 4 MB are spent');
  });

  test('lets runs that weigh nothing through, and refuses one that alone is too much', () => {
    const today = budget();
    today.agentMbPerDay = 0.5;
    expect(today.spend(assignment())?.code).toBe('budget_exceeded');
    expect(today.spend(assignment({ kind: 'system', destination: null, spec: {} }))).toBeNull();
  });

  test('is whole again on the next UTC day, and not because a clock was set back over midnight', () => {
    const today = budget();
    const one = assignment({ budget_mb_per_day: 1 });
    now = Date.UTC(2026, 10, 23) - 1;
    expect(runs(today, 2, one)).toBe(1);
    now += 1;
    expect(runs(today, 2, one)).toBe(1);
    now -= 60_000;
    expect(runs(today, 1, one)).toBe(0);
    now += 5 * DAY;
    expect(runs(today, 2, one)).toBe(1);
    // A clock that had been days ahead does not hold the agent back for days.
    now -= 4 * DAY;
    expect(runs(today, 2, one)).toBe(1);
  });

  test('counts on after a restart, of the same day', () => {
    const one = assignment({ budget_mb_per_day: 3 });
    runs(budget(), 2, one);
    expect(runs(budget(kept.at(-1)), 5, one)).toBe(1);
    now += DAY;
    expect(runs(budget(kept.at(-1)), 5, one)).toBe(3);
  });

  test('is written down only where there is one', () => {
    runs(budget(), 5);
    expect(kept).toEqual([]);
    runs(budget(), 5, assignment({ budget_mb_per_day: 2 }));
    expect(kept).toHaveLength(2);
  });
});

describe('what was spent', () => {
  let dir = '';
  const log = pino({ level: 'silent' });
  const open = (agentId = 7): Promise<BudgetFile> => BudgetFile.open({ dir, agentId, log });
  const some: Spending = { day: 20_000, bytes: 5, jobs: { 1: 5 } };

  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'tacho-budget-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('is read again, the last of it', async () => {
    const file = await open();
    expect(file.spent).toBeNull();
    for (let bytes = 1; bytes <= 50; bytes++) file.keep({ ...some, bytes });
    await file.flush();
    expect((await open()).spent).toEqual({ ...some, bytes: 50 });
  });

  test('of another enrolment, or that cannot be read, counts as nothing', async () => {
    const file = await open();
    file.keep(some);
    await file.flush();
    expect((await open(8)).spent).toBeNull();
    await writeFile(join(dir, 'budget.json'), (await readFile(join(dir, 'budget.json'), 'utf8')).slice(0, -3));
    expect((await open()).spent).toBeNull();
  });
});
