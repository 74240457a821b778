import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Clock } from '../util/clock.ts';
import { ClockOffset } from './clock-offset.ts';
import { ClockSteps } from './clock-steps.ts';
import { defaultPolicy } from './policy/policy.ts';
import { Scheduler, type Skip } from './scheduler.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A machine whose clock can be set, and that can be put to sleep: then only its wall clock and the time since the boot go on. */
function machine({ knowsUptime = true } = {}) {
  const clock = new ManualClock(NOON);
  let slept = 0;
  return {
    clock,
    uptimeMs: () => (knowsUptime ? 5 * HOUR + clock.monotonic() + slept : null),
    sleep: (ms: number) => {
      slept += ms;
      clock.step(ms);
    },
  };
}

describe('steps of the wall clock', () => {
  test('none are seen while time just passes', async () => {
    const { clock, uptimeMs } = machine();
    const steps = new ClockSteps(clock, uptimeMs);
    await clock.advance(30 * HOUR);
    expect(steps.look()).toBe(0);
  });

  test.each([HOUR, -HOUR, 1500, -1500])('one by %i ms is seen once, and so is the way back', async (byMs) => {
    const { clock, uptimeMs } = machine();
    const steps = new ClockSteps(clock, uptimeMs);
    await clock.advance(MINUTE);
    clock.step(byMs);
    expect(steps.look()).toBe(byMs);
    expect(steps.look()).toBe(0);
    await clock.advance(MINUTE);
    clock.step(-byMs);
    expect(steps.look()).toBe(-byMs);
  });

  test('small ones count once they are worth it', () => {
    const { clock, uptimeMs } = machine();
    const steps = new ClockSteps(clock, uptimeMs);
    clock.step(400);
    expect(steps.look()).toBe(0);
    clock.step(400);
    expect(steps.look()).toBe(0);
    clock.step(400);
    expect(steps.look()).toBe(1200);
  });

  test("the machine's sleep is none; a clock that is set while it sleeps is seen, without the sleep", () => {
    const { clock, uptimeMs, sleep } = machine();
    const steps = new ClockSteps(clock, uptimeMs);
    sleep(8 * HOUR);
    expect(steps.look()).toBe(0);
    sleep(2 * HOUR);
    clock.step(-HOUR);
    expect(steps.look()).toBe(-HOUR);
    expect(steps.look()).toBe(0);
  });

  test('where nobody can tell a step from sleep, none is seen', () => {
    const { clock, uptimeMs } = machine({ knowsUptime: false });
    const steps = new ClockSteps(clock, uptimeMs);
    clock.step(HOUR);
    expect(steps.look()).toBe(0);
  });

  test('a pause between the readings of two clocks is none', () => {
    const { clock, uptimeMs } = machine();
    let pauseMs = 0;
    // The wall clock is read, and then the process is held up before it can read the other one.
    let aheadMs = 0;
    const halting: Clock = {
      now: () => {
        const at = clock.now() + aheadMs;
        aheadMs += pauseMs;
        return at;
      },
      monotonic: () => clock.monotonic() + aheadMs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const steps = new ClockSteps(halting, () => (uptimeMs() ?? 0) + aheadMs);
    pauseMs = 2000;
    expect(steps.look()).toBe(0);
    pauseMs = 0;
    expect(steps.look()).toBe(0);
  });
});

describe("the plan of an agent that knows the server's clock", () => {
  function plan() {
    const { clock, uptimeMs, sleep } = machine();
    const steps = new ClockSteps(clock, uptimeMs);
    const offset = new ClockOffset();
    offset.update(20);
    const now = (): number => {
      offset.stepped(steps.look());
      return offset.planTime(clock.now());
    };
    const runs: (number | null)[] = [];
    const skips: Skip[] = [];
    const scheduler = new Scheduler({
      ...{ agentId: 3, clock, now, policy: defaultPolicy },
      marks: { has: () => false, add: () => undefined, retain: () => undefined },
      start: async ({ plannedAt }) => void runs.push(plannedAt),
      skip: (_run, why) => void skips.push(why),
    });
    scheduler.apply([
      {
        ...{ job_id: 1, job: 'web', revision: 1, kind: 'ping', made_at: NOON, spec: {} },
        destination: { id: 5, name: 'gateway', host: '127.0.0.1' },
        timetable: { intervalMs: MINUTE, cron: null, timeZone: 'UTC', windows: [], since: NOON, until: null },
      },
    ]);
    const ending = new AbortController();
    const running = scheduler.run(ending.signal);
    return { clock, sleep, offset, runs, skips, end: () => (ending.abort(), running) };
  }

  test.each([HOUR, -HOUR])('goes on as it was when the clock is set by %i ms: nothing is missed, nothing is repeated', async (byMs) => {
    const { clock, offset, runs, skips, end } = plan();
    await clock.advance(10 * MINUTE + 1000);
    const before = runs.length;
    clock.step(byMs);
    await clock.advance(10 * MINUTE);
    expect(offset.measuredMs).toBe(byMs + 20);
    clock.step(-byMs);
    await clock.advance(10 * MINUTE);
    expect(offset.measuredMs).toBe(20);
    expect(runs.length).toBe(before + 20);
    expect(new Set(runs).size).toBe(runs.length);
    expect(skips).toEqual([]);
    await end();
  });

  test('counts what the machine slept through as missed', async () => {
    const { clock, sleep, offset, skips, end } = plan();
    await clock.advance(10 * MINUTE + 1000);
    sleep(HOUR);
    await clock.advance(MINUTE);
    expect(skips.map(({ code, details }) => [code, details?.['missed']])).toEqual([['missed', expect.closeTo(60, -0.5)]]);
    expect(offset.measuredMs).toBe(20);
    await end();
  });
});
