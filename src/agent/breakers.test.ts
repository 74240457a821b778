import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import type { Failure } from '../model/failure.ts';
import type { Assignment } from '../protocol/messages.ts';
import { seededRandom } from '../util/random.ts';
import { Breakers, type Reach } from './breakers.ts';
import { silentLog } from './log.ts';
import type { Run } from './record.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const SETTINGS = { failures: 3, probe_ms: 30_000 };

function assignment(kind: string, id = 5, host = '192.0.2.1'): Assignment {
  return {
    ...{ job_id: 1, job: 'web', revision: 1, kind, made_at: NOON, spec: {} },
    destination: { id, name: `d${id}`, host },
    timetable: { intervalMs: 60_000, cron: null, timeZone: 'UTC', windows: [], since: NOON, until: null },
  };
}
const runOf = (kind = 'http', id = 5, host?: string): Run => ({ assignment: assignment(kind, id, host), id: 'x', plannedAt: NOON });
const failed = (source: Failure['source'] = 'network') => ({
  status: 'failed' as const,
  failure: { source, code: 'unreachable', message: 'no route' },
});
const success = { status: 'success' as const, failure: null };

describe('breakers of an agent', () => {
  let dir = '';
  let clock: ManualClock;
  const stops: (() => Promise<void>)[] = [];
  const probes: number[] = [];
  let answers = false;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-breakers-'));
    clock = new ManualClock(NOON);
    probes.length = 0;
    answers = false;
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function start(schedule = { assignments: [assignment('http'), assignment('ping')], breaker: SETTINGS as typeof SETTINGS | null }) {
    const reach: Reach = () => {
      probes.push(clock.now() - NOON);
      return Promise.resolve(answers);
    };
    const breakers = await Breakers.open({ dir, agentId: 3, clock, random: seededRandom(7), reach, log: silentLog });
    breakers.apply(schedule);
    const stopping = new AbortController();
    const running = breakers.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await running;
    };
    stops.push(stop);
    const once = (run: Run, found: typeof success | ReturnType<typeof failed>) => {
      expect(breakers.admit(run)).toBeNull();
      return breakers.tell(run, found);
    };
    return { breakers, stop, once };
  }

  test('holds runs back after so many failures, says since when and why, and probes with a little jitter', async () => {
    const { breakers, once } = await start();
    expect(once(runOf(), failed())).toEqual({});
    expect(once(runOf(), failed('target'))).toEqual({});
    expect(once(runOf(), failed())).toMatchObject({ breaker: { from: 'closed', to: 'open', at: '2026-11-22T12:00:00.000Z' } });
    expect(breakers.admit(runOf())).toMatchObject({
      code: 'breaker_open',
      message: 'held back: the breaker of d5 is open since 2026-11-22T12:00:00.000Z (3 runs in a row failed, the last because: no route)',
    });
    await clock.advance(100_000);
    expect(probes).toHaveLength(3);
    for (const [i, at] of probes.entries()) expect(Math.abs(at - (i + 1) * 30_000)).toBeLessThanOrEqual((i + 1) * 3000);
  });

  test('after a probe got through one run tries alone; its result carries both changes', async () => {
    const { breakers, once } = await start();
    for (let i = 0; i < 3; i++) once(runOf(), failed());
    answers = true;
    await clock.advance(40_000);
    const trial = runOf();
    expect(breakers.admit(trial)).toBeNull();
    const other = breakers.admit(runOf());
    expect(other).toMatchObject({ code: 'breaker_open', details: { breaker_earlier: [{ from: 'open', to: 'half_open' }] } });
    expect(breakers.tell(trial, success)).toMatchObject({ breaker: { from: 'half_open', to: 'closed' } });
    expect(breakers.admit(runOf())).toBeNull();
  });

  test('a trial that fails opens it again; one that was only ended leaves the place to the next', async () => {
    const { breakers, once } = await start();
    for (let i = 0; i < 3; i++) once(runOf(), failed());
    answers = true;
    await clock.advance(40_000);
    const ended = runOf();
    expect(breakers.admit(ended)).toBeNull();
    breakers.tell(ended, null);
    expect(once(runOf(), failed())).toMatchObject({ breaker: { from: 'half_open', to: 'open', reason: 'the trial failed: no route' } });
    expect(breakers.admit(runOf())).toMatchObject({ code: 'breaker_open' });
  });

  test('faults of this machine and of its resolver do not count', async () => {
    const { breakers, once } = await start();
    for (let i = 0; i < 10; i++) for (const source of ['agent', 'resolver'] as const) once(runOf(), failed(source));
    expect(breakers.admit(runOf())).toBeNull();
  });

  test('a kind that shows the outage is never held back, and counts', async () => {
    const { breakers, once } = await start();
    for (let i = 0; i < 3; i++) once(runOf('ping'), failed());
    expect(breakers.admit(runOf('http'))).toMatchObject({ code: 'breaker_open' });
    expect(once(runOf('ping'), success)).toMatchObject({ breaker: { from: 'open', to: 'half_open' } });
    expect(once(runOf('ping'), success)).toMatchObject({ breaker: { from: 'half_open', to: 'closed' } });
  });

  test('a server that asks for a probe each millisecond gets one a second', async () => {
    const { once } = await start({ assignments: [assignment('http')], breaker: { failures: 1, probe_ms: 1 } });
    once(runOf(), failed());
    await clock.advance(10_000);
    expect(probes.length).toBeGreaterThan(5);
    expect(probes.length).toBeLessThanOrEqual(12);
  });

  test('destinations do not share a breaker, and without settings there is none', async () => {
    const { breakers, once } = await start({ assignments: [assignment('http'), assignment('http', 6)], breaker: SETTINGS });
    for (let i = 0; i < 3; i++) once(runOf(), failed());
    expect(breakers.admit(runOf('http', 6))).toBeNull();
    breakers.apply({ assignments: [assignment('http'), assignment('http', 6)], breaker: null });
    const run = runOf();
    expect(breakers.admit(run)).toBeNull();
    expect(breakers.tell(run, failed())).toMatchObject({ breaker_earlier: [{ from: 'open', to: 'closed', reason: 'breakers were switched off' }] });
  });

  test('survives a restart and a new schedule; forgets what is measured no longer, or elsewhere', async () => {
    const first = await start();
    for (let i = 0; i < 3; i++) first.once(runOf(), failed());
    await first.stop();
    const { breakers } = await start();
    expect(breakers.admit(runOf())).toMatchObject({ code: 'breaker_open' });
    breakers.apply({ assignments: [assignment('http')], breaker: { failures: 9, probe_ms: 1000 } });
    expect(breakers.admit(runOf())).toMatchObject({ code: 'breaker_open' });
    breakers.apply({ assignments: [assignment('http', 5, '192.0.2.2')], breaker: SETTINGS });
    expect(breakers.admit(runOf('http', 5, '192.0.2.2'))).toBeNull();
    await settle();
  });

  test('probes of a restart come at their own time, and a broken file counts as none', async () => {
    const first = await start();
    for (let i = 0; i < 3; i++) first.once(runOf(), failed());
    await first.stop();
    const second = await start();
    await clock.advance(20_000);
    expect(probes).toEqual([]);
    await clock.advance(20_000);
    expect(probes).toHaveLength(1);
    await second.stop();
    await writeFile(join(dir, 'breakers.json'), '{"agent_id":3');
    const { breakers } = await start();
    expect(breakers.admit(runOf())).toBeNull();
  });
});
