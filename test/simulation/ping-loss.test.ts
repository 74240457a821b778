import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/model/kinds/index.ts';
import { ping } from '../../src/probes/ping/ping.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createNetwork, namespacesUnavailable } from '../support/namespaces.ts';
import type { Namespace } from '../support/namespaces.ts';

const unavailable = namespacesUnavailable();
if (unavailable !== null) console.info(`skipped: loss between network namespaces: ${unavailable}`);

/** Bounds of a share in percent that a fair count of `n` falls into 95 times of 100 (normal approximation). */
function interval95(percent: number, n: number): [number, number] {
  const half = 196 * Math.sqrt(((percent / 100) * (1 - percent / 100)) / n);
  return [percent - half, percent + half];
}

function probeFrom(namespace: Namespace, to: string, options: Record<string, unknown>, signal = new AbortController().signal) {
  const context = { clock: systemClock, run: namespace.run, dataDir: tmpdir() };
  return ping.run(to, kinds.ping.spec.parse(options), context, signal);
}

function twoOf(namespaces: readonly Namespace[]): [Namespace, Namespace] {
  const [one, other] = namespaces;
  if (one === undefined || other === undefined) throw new Error('expected two namespaces');
  return [one, other];
}

describe.skipIf(unavailable !== null)('ping between network namespaces', () => {
  test('the loss measured is exactly what the packet filter dropped', async () => {
    using network = createNetwork(2);
    const [here, there] = twoOf(network.namespaces);
    there.dropIcmp(20);
    const { status, metrics } = await probeFrom(here, there.address, { count: 200, period_ms: 10, timeout_ms: 1000 });
    const dropped = there.droppedIcmp();
    const [low, high] = interval95(20, 200);
    console.info(
      `loss ${metrics.packet_loss_pct} %, dropped by the filter ${dropped} of 200; 95 % of such runs lie in ${low.toFixed(1)} to ${high.toFixed(1)} %`,
    );
    expect(status).toBe('success');
    expect(metrics.packets_sent).toBe(200);
    // The filter's own count, not the expectation: a fair coin may fall outside any interval.
    expect(metrics.packet_loss_pct).toBe((100 * dropped) / 200);
    expect(dropped).toBeGreaterThan(0);
  });

  test('a cut cable is total loss with the figures of a loss, and its return is seen', async () => {
    using network = createNetwork(2);
    const [here, there] = twoOf(network.namespaces);
    const options = { count: 3, period_ms: 20, timeout_ms: 200 };
    there.cut();
    const cut = await probeFrom(here, there.address, options);
    expect(cut.status).not.toBe('success');
    expect(cut.metrics).toEqual({ packets_sent: 3, packets_received: 0, packet_loss_pct: 100 });
    // The kernel asked for a route is the machine's, not the namespace's: both answers are true of what it sees.
    expect(['no_reply', 'unreachable']).toContain(cut.failure?.code);
    there.restore();
    const restored = await probeFrom(here, there.address, { ...options, timeout_ms: 2000 });
    expect(restored.status).toBe('success');
  });

  test('a network without a route is told apart from one that is silent', async () => {
    using network = createNetwork(1);
    const [here] = network.namespaces;
    if (here === undefined) throw new Error('expected a namespace');
    const context = { clock: systemClock, run: withoutFping(here.run), dataDir: tmpdir() };
    const spec = kinds.ping.spec.parse({ count: 1, timeout_ms: 200 });
    const { failure, metrics, details } = await ping.run('10.214.0.1', spec, context, new AbortController().signal);
    expect(failure).toMatchObject({ source: 'network', code: 'unreachable' });
    expect(metrics.packet_loss_pct).toBe(100);
    expect(details['tool']).toBe('ping');
  });
});

function withoutFping(run: Namespace['run']): Namespace['run'] {
  return (file, args, options) => run(file === 'fping' ? 'tacho-no-such-program' : file, args, options);
}
