import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../model/kinds/index.ts';
import { parsePing } from '../../parsers/ping.ts';
import type { ProcessOutcome, RunProcess } from '../../util/process.ts';
import { describeProbe, testContext } from '../probe.contract.ts';
import { inTime, lossFailure, packetMetrics } from './packets.ts';
import { ping } from './ping.ts';
import { exactRtt, packetsOf, pingCommand, pingDialect } from './system-ping.ts';

const signal = new AbortController().signal;
const specOf = (options: Record<string, unknown>) => kinds.ping.spec.parse(options);

describeProbe({
  kind: 'ping',
  good: () => Promise.resolve({ host: 'localhost', spec: { count: 3, period_ms: 20, timeout_ms: 1000 } }),
  slow: () => Promise.resolve({ host: '127.0.0.1', spec: { count: 20, period_ms: 1000 } }),
  unknownHost: () => Promise.resolve({ host: 'no-such-host.invalid', spec: {} }),
});

/** Programs that answer from a table; what is not in it is not installed. */
function programs(
  table: Readonly<Record<string, Partial<ProcessOutcome> | ((args: readonly string[]) => Partial<ProcessOutcome>)>>,
): RunProcess & { calls: string[][] } {
  const calls: string[][] = [];
  const run: RunProcess = (file, args) => {
    calls.push([file, ...args]);
    const entry = table[file];
    const base = { exitCode: 0, stdout: '', stderr: '', timedOut: false, truncated: false, startError: null };
    if (entry === undefined) return Promise.resolve({ ...base, exitCode: null, startError: 'ENOENT' });
    return Promise.resolve({ ...base, ...(typeof entry === 'function' ? entry(args) : entry) });
  };
  return Object.assign(run, { calls });
}

describe('ping chooses its tool', () => {
  test('fping gets the address after --, never the name', async () => {
    const run = programs({ fping: { stderr: '127.0.0.1 : 0.10 - 0.30\n' } });
    const { status, metrics, details } = await ping.run(
      'localhost',
      specOf({ count: 3, period_ms: 250, timeout_ms: 900, size: 100 }),
      { ...testContext, run },
      signal,
    );
    expect(run.calls).toEqual([['fping', '-C', '3', '-p', '250', '-t', '900', '-b', '100', '--', '127.0.0.1']]);
    expect(status).toBe('success');
    expect(metrics).toMatchObject({ packets_sent: 3, packets_received: 2, rtt_avg_ms: 0.2 });
    expect(metrics.packet_loss_pct).toBeCloseTo(100 / 3, 9);
    expect(details).toMatchObject({ tool: 'fping', address: '127.0.0.1', replies: [{ rtt_ms: 0.1 }, { rtt_ms: null }, { rtt_ms: 0.3 }] });
  });

  test('where fping may not open sockets, the system ping measures', async () => {
    const run = programs({
      fping: { exitCode: 4, stderr: "fping: can't create socket (must run as root?)\n" },
      ping: (args) =>
        args[0] === '-V'
          ? { stdout: 'ping from iputils 20221126\n' }
          : {
              stdout:
                'PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=12.3 ms\n\n--- 127.0.0.1 ping statistics ---\n2 packets transmitted, 1 received, 50% packet loss, time 1ms\nrtt min/avg/max/mdev = 12.345/12.345/12.345/0.000 ms\n',
            },
    });
    const { metrics, details } = await ping.run('localhost', specOf({ count: 2 }), { ...testContext, run }, signal);
    expect(details).toMatchObject({
      tool: 'ping',
      resolution_ms: 0.1,
      replies: [
        { seq: 1, rtt_ms: null },
        { seq: 2, rtt_ms: 12.3, ttl: 64 },
      ],
    });
    // The summary has more digits than the lines.
    expect(metrics.rtt_avg_ms).toBe(12.345);
  });

  let port = 0;
  const server = createServer((socket) => socket.destroy());
  beforeAll(
    () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve(((port = (server.address() as AddressInfo).port), undefined)))),
  );
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  test('without any ICMP tool, TCP connects are timed and it is said', async () => {
    const context = { ...testContext, run: programs({}) };
    const { status, metrics, details } = await ping.run('localhost', specOf({ count: 3, period_ms: 10, port }), context, signal);
    expect(status).toBe('success');
    expect(metrics.packets_received).toBe(3);
    expect(details['tool']).toBe('tcp');
    expect(details['loop_lag_ms']).toBeGreaterThanOrEqual(0);
    const capability = await ping.detect(context);
    expect(capability).toMatchObject({ available: true, tool: 'tcp' });
    expect(capability.note).toContain('fping is not installed');
  });

  test('a refused TCP connection is a round trip', async () => {
    const { metrics } = await ping.run('127.0.0.1', specOf({ count: 1, port: 1 }), { ...testContext, run: programs({}) }, signal);
    expect(metrics).toMatchObject({ packets_received: 1, packet_loss_pct: 0 });
  });

  test('an address of the other family is a failure of the resolver', async () => {
    const { failure } = await ping.run('127.0.0.1', specOf({ family: 'ipv6' }), testContext, signal);
    expect(failure).toMatchObject({ source: 'resolver', code: 'no_address' });
  });

  test('total loss is a failure with figures', async () => {
    const run = programs({ fping: { exitCode: 1, stderr: '127.0.0.1 : - -\n' } });
    const { status, failure, metrics } = await ping.run('127.0.0.1', specOf({ count: 2 }), { ...testContext, run }, signal);
    expect({ status, failure, metrics }).toEqual({
      status: 'timeout',
      failure: { source: 'target', code: 'no_reply', message: 'no reply from 127.0.0.1 to any of 2 packets' },
      metrics: { packets_sent: 2, packets_received: 0, packet_loss_pct: 100 },
    });
  });
});

describe('the system ping', () => {
  const spec = specOf({ count: 5, period_ms: 250, timeout_ms: 1500, size: 64 });

  test('has the options of each dialect', () => {
    expect(pingCommand('iputils', '10.0.0.1', spec).args.join(' ')).toBe('-n -c 5 -s 64 -i 0.25 -W 1.5 -- 10.0.0.1');
    expect(pingCommand('busybox', '10.0.0.1', spec).args.join(' ')).toBe('-c 5 -s 64 -i 0.25 -W 2 -- 10.0.0.1');
    expect(pingCommand('bsd', '10.0.0.1', spec).args.join(' ')).toBe('-n -c 5 -s 64 -i 0.25 -W 1500 -- 10.0.0.1');
    expect(pingCommand('bsd', 'fd00::1', spec)).toEqual({ file: 'ping6', args: ['-n', '-c', '5', '-s', '64', '-i', '0.25', '--', 'fd00::1'] });
    expect(pingCommand('windows', '10.0.0.1', spec).args.join(' ')).toBe('-n 2 -w 1500 -l 64 10.0.0.1');
  });

  test('is told apart by platform and version', () => {
    expect(pingDialect('linux', 'ping from iputils 20221126')).toBe('iputils');
    expect(pingDialect('linux', 'BusyBox v1.36.1 (2023)')).toBe('busybox');
    expect(pingDialect('darwin', 'usage: ping')).toBe('bsd');
    expect(pingDialect('win32', '')).toBe('windows');
  });

  test('packets are found by their numbers, from 0 or from 1; without numbers they come in order', () => {
    const lines =
      'PING x (10.0.0.1): 56 data bytes\n64 bytes from 10.0.0.1: icmp_seq=0 ttl=9 time=1 ms\n64 bytes from 10.0.0.1: icmp_seq=2 ttl=9 time=3 ms\n64 bytes from 10.0.0.1: icmp_seq=2 ttl=9 time=4 ms (DUP!)\n';
    expect(packetsOf(parsePing(lines), 3, 0)).toEqual([
      { seq: 1, rttMs: 1, ttl: 9 },
      { seq: 2, rttMs: null },
      { seq: 3, rttMs: 3, ttl: 9, duplicate: true },
    ]);
    const windows = 'Reply from 10.0.0.1: bytes=32 time=5ms TTL=64\nRequest timed out.\n';
    expect(packetsOf(parsePing(windows), 2, 1)).toEqual([
      { seq: 1, rttMs: 5, ttl: 64 },
      { seq: 2, rttMs: null },
    ]);
  });

  test('a summary that disagrees with its lines is not believed', () => {
    const text =
      '64 bytes from 10.0.0.1: icmp_seq=1 ttl=9 time=1.00 ms\n1 packets transmitted, 1 received, 0% packet loss\nrtt min/avg/max/mdev = 5.000/5.000/5.000/0.000 ms';
    const report = parsePing(text);
    expect(exactRtt(report, packetsOf(report, 1, 1))).toBeUndefined();
  });
});

describe('metrics of packets', () => {
  const packets = (rtts: readonly (number | null)[]) => rtts.map((rttMs, i) => ({ seq: i + 1, rttMs }));

  test('jitter is the mean absolute difference of consecutive received times', () => {
    const metrics = packetMetrics(packets([10, 14, null, 11, 11]));
    expect(metrics).toMatchObject({
      packets_sent: 5,
      packets_received: 4,
      packet_loss_pct: 20,
      rtt_min_ms: 10,
      rtt_max_ms: 14,
      rtt_avg_ms: 11.5,
      rtt_median_ms: 11,
    });
    expect(metrics.jitter_ms).toBeCloseTo((4 + 3 + 0) / 3, 12);
    // Sample variance by hand: (2.25 + 6.25 + 0.25 + 0.25) / 3.
    expect(metrics.rtt_stddev_ms).toBeCloseTo(Math.sqrt(3), 12);
  });

  test('one reply has no spread and no jitter; none has only counts', () => {
    expect(packetMetrics(packets([5]))).toEqual({
      packets_sent: 1,
      packets_received: 1,
      packet_loss_pct: 0,
      rtt_min_ms: 5,
      rtt_avg_ms: 5,
      rtt_median_ms: 5,
      rtt_max_ms: 5,
    });
    expect(packetMetrics(packets([null, null]))).toEqual({ packets_sent: 2, packets_received: 0, packet_loss_pct: 100 });
  });

  test('min, median, mean and max are in order, and all is finite', () => {
    const rtt = fc.option(fc.double({ min: 0.001, max: 60_000, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(rtt, { minLength: 1, maxLength: 50 }), (rtts) => {
        const m = packetMetrics(packets(rtts));
        expect(Object.values(m).every(Number.isFinite)).toBe(true);
        if (m.rtt_avg_ms === undefined) return;
        const [min = 0, median = 0, max = 0] = [m.rtt_min_ms, m.rtt_median_ms, m.rtt_max_ms];
        expect(min <= median && median <= max).toBe(true);
        expect(m.rtt_avg_ms).toBeGreaterThanOrEqual(min * (1 - 1e-12));
        expect(m.rtt_avg_ms).toBeLessThanOrEqual(max * (1 + 1e-12));
      }),
    );
  });

  test('a reply after the timeout is a loss', () => {
    expect(inTime(packets([10, 2001]), 2000)).toEqual([
      { seq: 1, rttMs: 10 },
      { seq: 2, rttMs: null },
    ]);
  });

  test.each([
    [['From 10.0.0.1 icmp_seq=1 Time to live exceeded'], 'network', 'ttl_exceeded'],
    [['ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.9'], 'network', 'unreachable'],
    [['From 10.0.0.1 icmp_seq=1 Packet filtered'], 'network', 'prohibited'],
    [['ping: sendmsg: Operation not permitted'], 'agent', 'not_permitted'],
    [[], 'target', 'no_reply'],
  ])('%j is a failure of the %s: %s', (errors, source, code) => {
    expect(lossFailure('10.0.0.9', 3, errors).failure).toMatchObject({ source, code });
  });
});
