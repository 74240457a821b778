import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { childrenOf } from '../../test/support/processes.ts';
import { kinds } from '../model/kinds/index.ts';
import type { Kind } from '../model/kinds/index.ts';
import type { KindDefinition } from '../model/kinds/kind.ts';
import { systemClock } from '../util/clock.ts';
import { runProcess } from '../util/process.ts';
import { loadProbe } from './index.ts';
import { measure } from './measure.ts';
import type { MeasuredOutcome } from './measure.ts';
import type { ProbeContext } from './probe.ts';
import type { Lookup } from './resolve.ts';

/** Something a probe measures, or fails to. */
export interface ProbeCase {
  readonly host: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface ProbeScenarios {
  readonly kind: Kind;
  /** Succeeds, and soon. */
  good(): Promise<ProbeCase>;
  /** Goes on for more than five seconds (what a test may take) unless it is aborted. */
  slow(): Promise<ProbeCase>;
  /** A host that no resolver knows; null where the kind has no host. */
  unknownHost(): Promise<ProbeCase | null>;
}

/** A resolver that knows localhost and nothing else, so that no question leaves the machine. */
export const lookupLocalhost: Lookup = (host) =>
  host === 'localhost'
    ? Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    : Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));

export const testContext: ProbeContext = { clock: systemClock, run: runProcess, dataDir: tmpdir(), lookup: lookupLocalhost };

/** What every probe keeps, whatever it measures. */
export function describeProbe(scenarios: ProbeScenarios): void {
  const { kind } = scenarios;
  const definition: KindDefinition = kinds[kind];

  const run = (of: ProbeCase, signal = new AbortController().signal): Promise<MeasuredOutcome> => measure({ kind, ...of }, testContext, signal);

  const checkForm = (outcome: MeasuredOutcome): void => {
    expect(outcome.failure === null).toBe(outcome.status === 'success');
    for (const [name, value] of Object.entries(outcome.metrics)) {
      expect(Object.keys(definition.metrics)).toContain(name);
      expect(Number.isFinite(value)).toBe(true);
    }
    // Nothing is known of what could not even be tried.
    if (Object.keys(outcome.details).length > 0) expect(definition.details.safeParse(outcome.details).error).toBeUndefined();
  };

  describe(`the ${kind} probe`, () => {
    test('measures: success without a failure, its headline metric present, details as its definition says', async () => {
      const outcome = await run(await scenarios.good());
      expect(outcome.failure).toBeNull();
      checkForm(outcome);
      expect(Object.keys(outcome.metrics)).toContain(definition.primary[0]);
      expect(Object.keys(outcome.details)).not.toEqual([]);
    });

    test('is named as its kind and says what can measure here without throwing', async () => {
      const probe = await loadProbe(kind);
      expect(probe.kind).toBe(kind);
      expect((await probe.detect(testContext)).available).toBe(true);
      const bare = { ...testContext, run: () => Promise.resolve(notInstalled) };
      const capability = await probe.detect(bare);
      expect(capability.available || capability.note !== null).toBe(true);
    });

    test('an abort ends it at once and leaves no process behind', async () => {
      const slow = await scenarios.slow();
      const controller = new AbortController();
      const before = childrenOf(process.pid);
      const running = run(slow, controller.signal);
      await systemClock.sleep(150);
      const reason = new Error('stopped by the test');
      controller.abort(reason);
      // Left alone it would go on for longer than a test may take.
      await expect(running).rejects.toBe(reason);
      expect(childrenOf(process.pid).filter((pid) => !before.includes(pid))).toEqual([]);
    });

    test('does not begin once the signal has aborted', async () => {
      const probe = await loadProbe(kind);
      const spec = definition.spec.parse({}) as Parameters<typeof probe.run>[1];
      const reason = new Error('too late');
      await expect(probe.run('localhost', spec as never, testContext, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    test('a host nobody knows fails with the resolver as the source', async () => {
      const unknown = await scenarios.unknownHost();
      if (unknown === null) return;
      const outcome = await run(unknown);
      expect(outcome.status).toBe('failed');
      expect(outcome.failure?.source).toBe('resolver');
      checkForm(outcome);
    });

    test.each(
      definition.target === 'none' ? [] : ['-f', '--help', 'a b', '$(id)', '`id`', 'a;id', '../x', '', ' ', '\u0000', 'x\ny', '-', 'a'.repeat(300)],
    )('refuses the target %j before anything sees it', async (host) => {
      const touched: string[] = [];
      const context: ProbeContext = {
        ...testContext,
        run: (file) => {
          touched.push(file);
          return Promise.resolve(notInstalled);
        },
        lookup: (name) => {
          touched.push(name);
          return lookupLocalhost(name, 0);
        },
      };
      const outcome = await measure({ kind, host, spec: {} }, context, new AbortController().signal);
      expect(outcome).toMatchObject({ status: 'failed', failure: { source: 'agent', code: 'invalid_target' } });
      expect(touched).toEqual([]);
    });
  });
}

const notInstalled = { exitCode: null, stdout: '', stderr: '', timedOut: false, truncated: false, startError: 'ENOENT' };
