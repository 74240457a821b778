import { describe, expect, test } from 'vitest';
import type { Clock } from '../util/clock.ts';
import { systemClock } from '../util/clock.ts';
import { detectAll, measure, measureBy } from './measure.ts';
import { testContext } from './probe.contract.ts';
import type { Probe, ProbeOutcome } from './probe.ts';

const never = new AbortController().signal;
const ping = { kind: 'ping', host: 'localhost', spec: {} };

function probeThat(run: Probe['run']): () => Promise<Pick<Probe, 'run'>> {
  return () => Promise.resolve({ run });
}

describe('measure', () => {
  test('an unknown kind and bad options are outcomes of the agent', async () => {
    const unknown = await measure({ kind: 'telepathy', host: 'x', spec: {} }, testContext, never);
    expect(unknown).toMatchObject({ status: 'failed', failure: { source: 'agent', code: 'unknown_kind' }, metrics: {} });
    const bad = await measure({ kind: 'ping', host: 'localhost', spec: { count: 0, size: 'big' } }, testContext, never);
    expect(bad.failure).toMatchObject({ source: 'agent', code: 'invalid_options' });
    expect(bad.failure?.message).toContain('count');
    expect(bad.failure?.message).toContain('size');
  });

  test('a fault of the program is an outcome: the agent goes on', async () => {
    const thrown = probeThat(() => Promise.reject(new TypeError('x is not a function')));
    expect(await measureBy(ping, { context: testContext, signal: never, load: thrown })).toMatchObject({
      status: 'failed',
      failure: { source: 'agent', code: 'internal', message: 'a fault of this program: TypeError: x is not a function' },
    });
    const atOnce = probeThat(() => {
      throw new RangeError('at once');
    });
    expect((await measureBy(ping, { context: testContext, signal: never, load: atOnce })).failure?.code).toBe('internal');
  });

  test('a run that does not end is ended at its longest time, even where it does not listen', async () => {
    const started: number[] = [];
    // Time passes at once: what sleeps is over.
    const clock: Clock = { ...systemClock, sleep: (ms) => (started.push(ms), Promise.resolve()) };
    const deaf = probeThat(() => new Promise<ProbeOutcome>(() => undefined));
    const outcome = await measureBy(
      { ...ping, spec: { count: 1, timeout_ms: 100 } },
      { context: { ...testContext, clock }, signal: never, load: deaf },
    );
    expect(outcome).toMatchObject({ status: 'timeout', failure: { source: 'agent', code: 'run_too_long' } });
    expect(started[0]).toBe(8100);
  });

  test('an abort rejects with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('agent stops');
    const obedient = probeThat(
      (_host, _spec, _context, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason instanceof Error ? signal.reason : new Error('?')))),
    );
    const running = measureBy(ping, { context: testContext, signal: controller.signal, load: obedient });
    queueMicrotask(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  test('a metric that is no number is left out', async () => {
    const outcome: ProbeOutcome = { status: 'success', failure: null, metrics: { rtt_avg_ms: Number.NaN, rtt_min_ms: 1 }, details: {} };
    expect((await measureBy(ping, { context: testContext, signal: never, load: probeThat(() => Promise.resolve(outcome)) })).metrics).toEqual({
      rtt_min_ms: 1,
    });
  });

  test('when it began and how long it took come from the clock', async () => {
    let monotonic = 100;
    const clock: Clock = { now: () => 1_700_000_000_000, monotonic: () => (monotonic += 5), sleep: systemClock.sleep };
    const outcome: ProbeOutcome = { status: 'success', failure: null, metrics: {}, details: {} };
    const { startedAt, durationMs } = await measureBy(ping, {
      context: { ...testContext, clock },
      signal: never,
      load: probeThat(() => Promise.resolve(outcome)),
    });
    expect([startedAt, durationMs]).toEqual([1_700_000_000_000, 5]);
  });
});

test('detection names every kind', async () => {
  const found = await detectAll(testContext);
  expect(Object.keys(found)).toEqual(['ping', 'traceroute', 'dns', 'http', 'throughput', 'system']);
});
