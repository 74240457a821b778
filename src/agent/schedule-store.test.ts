import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Schedule } from '../protocol/messages.ts';
import { silentLog } from './log.ts';
import { ScheduleStore } from './schedule-store.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const schedule: Schedule = {
  version: 'v1',
  breaker: null,
  budget_mb_per_day: null,
  assignments: [
    {
      ...{ job_id: 1, job: 'web', revision: 2, kind: 'ping', made_at: NOON, spec: { count: 3 } },
      timetable: {
        ...{ intervalMs: null, cron: '*/5 * * * *', timeZone: 'Europe/Berlin', since: NOON, until: null },
        windows: [{ days: ['mon'], from: '22:00', to: '06:00' }],
      },
      destination: { id: 4, name: 'gateway', host: '127.0.0.1' },
    },
  ],
};

describe('schedule store', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-schedule-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });
  const open = (agentId = 7): Promise<ScheduleStore> => ScheduleStore.open({ dir, agentId, log: silentLog });

  test('keeps the schedule and the marks over a restart, for its owner alone to read', async () => {
    const first = await open();
    expect(first.schedule).toBeNull();
    await first.save(schedule);
    first.add('a');
    first.add('b');
    first.retain(new Set(['b', 'c']));
    await first.flush();
    const second = await open();
    expect(second.schedule).toEqual(schedule);
    expect([second.has('a'), second.has('b'), second.has('c')]).toEqual([false, true, false]);
    expect((await stat(join(dir, 'schedule.json'))).mode & 0o777).toBe(0o600);
  });

  test('of schedules that come at the same moment the last is kept', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.save({ ...schedule, version: `v${i}` })));
    expect((await open()).schedule?.version).toBe('v19');
  });

  test("another agent's schedule counts as none", async () => {
    await (await open(7)).save(schedule);
    expect((await open(8)).schedule).toBeNull();
  });

  test('a schedule in the form of an interval and a beginning counts as none', async () => {
    const old = {
      job_id: 1,
      job: 'web',
      revision: 2,
      kind: 'system',
      destination: null,
      interval_ms: 60_000,
      since: '2026-11-22T12:00:00.000Z',
      spec: {},
    };
    await writeFile(join(dir, 'schedule.json'), JSON.stringify({ agent_id: 7, schedule: { version: 'v1', assignments: [old] } }));
    expect((await open()).schedule).toBeNull();
  });

  test('a broken file counts as none', async () => {
    await writeFile(join(dir, 'schedule.json'), '{"agent_id": 7, "sched');
    await writeFile(join(dir, 'marks.json'), '[]');
    const store = await open();
    expect(store.schedule).toBeNull();
    await store.save(schedule);
    expect((await open()).schedule).toEqual(schedule);
  });
});
