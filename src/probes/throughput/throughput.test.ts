import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { childrenOf, processesKnown } from '../../../test/support/processes.ts';
import { freePort, until } from '../../../test/support/program.ts';
import { throughput as definition } from '../../model/kinds/throughput.ts';
import type { ProcessOptions, ProcessOutcome, RunProcess } from '../../util/process.ts';
import { describeProbe, testContext } from '../probe.contract.ts';
import type { Listening } from '../probe.ts';
import { failureOf } from './failure.ts';
import { listen } from './listen.ts';
import { throughput } from './throughput.ts';
import { clientArguments, findTool, isFailure, serverArguments } from './tool.ts';

const specOf = (options: Record<string, unknown> = {}) => definition.spec.parse(options);
const never = new AbortController().signal;
const ended = { exitCode: 0, stdout: '', stderr: '', timedOut: false, truncated: false, startError: null } satisfies ProcessOutcome;

const missing = spawnSync('iperf3', ['--version']).error !== undefined;
if (missing) console.info('skipped: throughput for real: the program iperf3 is not installed');

/** A tool that is there, whose client ends like this. */
function tool(client: Partial<ProcessOutcome>, version = 'iperf 3.12 (cJSON 1.7.15)\n'): RunProcess & { calls: (readonly string[])[] } {
  const calls: (readonly string[])[] = [];
  const run: RunProcess = (_file, args) => {
    calls.push(args);
    return Promise.resolve(args[0] === '--version' ? { ...ended, stdout: version } : { ...ended, ...client });
  };
  return Object.assign(run, { calls });
}

const recorded = (name: string): string => readFileSync(join(resolve(import.meta.dirname, '../../../test/fixtures/iperf3'), name), 'utf8');
const runWith = (run: RunProcess, options: Record<string, unknown> = {}) =>
  throughput.run('127.0.0.1', specOf(options), { ...testContext, run }, never);

describe('arguments', () => {
  test('as usual: ten seconds of TCP upwards', () => {
    expect(clientArguments('192.0.2.1', specOf(), [3, 12])).toEqual([
      '-c',
      '192.0.2.1',
      '-p',
      '5201',
      '--json',
      '-i',
      '1',
      '--connect-timeout',
      '5000',
      '-t',
      '10',
    ]);
  });

  test('every option has its own, and the rate is shared by the streams', () => {
    const spec = specOf({
      direction: 'down',
      streams: 4,
      bytes: 1_000_000,
      omit_s: 2,
      rate_mbps: 100,
      congestion: 'bbr',
      mss: 1400,
      length: 8192,
      port: 6000,
      connect_timeout_ms: 700,
    });
    expect(clientArguments('2001:db8::1', spec, [3, 12]).join(' ')).toBe(
      '-c 2001:db8::1 -p 6000 --json -i 1 --connect-timeout 700 -R -P 4 -n 1000000 -O 2 -b 25000000 -l 8192 -M 1400 -C bbr',
    );
  });

  test('UDP has a rate though none is given, and none of the options of TCP', () => {
    const spec = specOf({ protocol: 'udp', direction: 'both', congestion: 'bbr', mss: 1400, duration_s: 2 });
    expect(clientArguments('192.0.2.1', spec, [3, 12]).join(' ')).toBe(
      '-c 192.0.2.1 -p 5201 --json -i 1 --connect-timeout 5000 -u --bidir -t 2 -b 10000000',
    );
  });

  test('long tests have longer intervals, and versions before 3.2 know no connect timeout', () => {
    const args = clientArguments('192.0.2.1', specOf({ duration_s: 3600 }), [3, 1]);
    expect(args.join(' ')).toBe('-c 192.0.2.1 -p 5201 --json -i 12 -t 3600');
  });

  test('a server serves one test and says at once that it listens', () => {
    expect(serverArguments(5300, null).join(' ')).toBe('-s -1 -p 5300 --forceflush');
    expect(serverArguments(5300, '127.0.0.1').join(' ')).toBe('-s -1 -p 5300 --forceflush -B 127.0.0.1');
  });

  test.each(['', '-f', 'bbr;id', 'BBR', 'a'.repeat(16), '../x', 'b br', '$(id)'])('%j is no congestion control', (congestion) => {
    expect(definition.spec.safeParse({ congestion }).success).toBe(false);
  });
});

describe('the version', () => {
  test.each([
    ['iperf 3.0.11\n', 'tool_too_old'],
    ['iperf version 2.1.8 (12 August 2022) pthreads\n', 'tool_failed'],
    ['', 'tool_failed'],
  ])('%j cannot measure', async (version, code) => {
    const run = tool({}, version);
    expect((await runWith(run)).failure).toMatchObject({ source: 'agent', code });
    expect(run.calls).toEqual([['--version']]);
    expect(await throughput.detect({ ...testContext, run })).toMatchObject({ available: false, note: expect.any(String) as unknown });
  });

  test('before 3.7 both directions at once are not measured, and it is said', async () => {
    const run = tool({}, 'iperf 3.6 (cJSON 1.5.2)\n');
    expect(await throughput.detect({ ...testContext, run })).toMatchObject({
      available: true,
      version: '3.6',
      note: expect.stringContaining('3.7') as unknown,
    });
    expect((await runWith(run, { direction: 'both' })).failure).toMatchObject({ source: 'agent', code: 'tool_too_old' });
  });

  test.each([
    ['ENOENT', 'tool_missing'],
    ['EACCES', 'not_permitted'],
  ])('a tool that cannot start (%s)', async (startError, code) => {
    const run: RunProcess = () => Promise.resolve({ ...ended, exitCode: null, startError });
    expect((await runWith(run)).failure).toMatchObject({ source: 'agent', code });
    await expect(listen({ port: 5300, bind: null, spec: specOf() }, { ...testContext, run }, never)).rejects.toMatchObject({
      name: 'TachoError',
      code: 'unavailable',
    });
  });

  test('is read with a suffix too', async () => {
    const found = await findTool({ ...testContext, run: tool({}, 'iperf 3.17.1+ (cJSON 1.7.15)\n') });
    expect(isFailure(found) ? null : found).toEqual({ version: '3.17.1+', number: [3, 17] });
  });
});

describe('failures', () => {
  test.each([
    ['unable to connect to server: Connection refused', 'failed', 'target', 'refused'],
    ['unable to connect to server: No route to host', 'failed', 'network', 'unreachable'],
    ['unable to connect to server: Network is unreachable', 'failed', 'network', 'unreachable'],
    ['unable to connect to server: Connection timed out', 'timeout', 'network', 'timeout'],
    ['unable to connect to server: Operation now in progress', 'timeout', 'network', 'timeout'],
    ['unable to connect to server: Permission denied', 'failed', 'agent', 'not_permitted'],
    ['the server is busy running a test. try again later', 'failed', 'target', 'server_busy'],
    ['control socket has closed unexpectedly', 'failed', 'target', 'server_ended'],
    ['unable to receive control message: Connection reset by peer', 'failed', 'target', 'server_ended'],
    ['the server has terminated', 'failed', 'target', 'server_ended'],
    ['interrupt - the client has terminated', 'timeout', 'network', 'timeout'],
    ['test authorization failed', 'failed', 'target', 'not_authorized'],
    ['unable to set TCP_CONGESTION: No such file or directory', 'failed', 'agent', 'congestion_unavailable'],
    ['something new', 'failed', 'agent', 'tool_failed'],
  ])('%s', (said, status, source, code) => {
    const verdict = failureOf(said, '192.0.2.1:5201');
    expect(verdict).toMatchObject({ status, failure: { source, code } });
    expect(verdict.failure.message).toContain(said);
  });

  test.each([
    ['cut short', { stdout: recorded('tcp-up.out').slice(0, 1200) }, 'failed', 'truncated_output'],
    ['killed by somebody', { exitCode: null, stdout: '' }, 'failed', 'tool_killed'],
    ['hung', { exitCode: null, timedOut: true }, 'timeout', 'timeout'],
    ['silent', { exitCode: 1 }, 'failed', 'tool_failed'],
    ['on stderr alone', { exitCode: 1, stderr: 'iperf3: error - unable to connect to server: Connection refused\n' }, 'failed', 'refused'],
    ['no result at all', { stdout: '{"start":{"connected":[]},"intervals":[],"end":{}}' }, 'failed', 'truncated_output'],
    ['too slow for its time', { exitCode: 1, stdout: recorded('interrupted.out') }, 'timeout', 'timeout'],
  ] as const)('output that is %s', async (_, client, status, code) => {
    const outcome = await runWith(tool(client));
    expect(outcome).toMatchObject({ status, failure: { code }, metrics: {} });
    expect(definition.details.safeParse(outcome.details).error).toBeUndefined();
  });
});

describe('figures', () => {
  test('a burst that the other end had not read yet: what it received is not known, and it is said', async () => {
    const { status, metrics, details } = await runWith(tool({ stdout: recorded('tcp-up.out') }));
    expect(status).toBe('success');
    expect(metrics.received_mbps).toBeUndefined();
    expect(details['notes']).toEqual([expect.stringContaining('0.1 ms'), expect.stringContaining('not known')]);
  });

  test('UDP of which nothing arrives has received nothing', async () => {
    const stdout = recorded('udp-lossy-up.out').replace(/("sum_received":\s*\{[^}]*?"bytes":\s*)\d+(,\s*"bits_per_second":\s*)[\d.]+/, '$10$20');
    expect((await runWith(tool({ stdout }), { protocol: 'udp' })).metrics).toMatchObject({ received_mbps: 0 });
  });

  test('the reverse side has metrics of its own, in both directions only', async () => {
    const both = await runWith(tool({ stdout: recorded('udp-lossy-both.out') }), { protocol: 'udp', direction: 'both' });
    expect(both.metrics).toMatchObject({
      packet_loss_pct: expect.closeTo(19.42, 2) as unknown,
      reverse_packet_loss_pct: expect.closeTo(20.81, 2) as unknown,
    });
    const down = await runWith(tool({ stdout: recorded('udp-lossy-down.out') }), { protocol: 'udp', direction: 'down' });
    expect(Object.keys(down.metrics).filter((name) => name.startsWith('reverse'))).toEqual([]);
    expect(down.metrics.received_mbps).toBeCloseTo(3.209, 3);
  });

  test('the longest test fits into a result', async () => {
    const { start, intervals, end } = JSON.parse(recorded('tcp-both.out')) as { start: unknown; intervals: unknown[]; end: unknown };
    const many = { start, intervals: Array.from({ length: 3600 }, () => intervals[0]), end };
    const { details } = await runWith(tool({ stdout: JSON.stringify(many) }));
    expect(details['intervals']).toHaveLength(400);
    expect(JSON.stringify(details).length).toBeLessThan(131_072);
  });
});

describe('traffic of one run', () => {
  test.each([
    [{ duration_s: 8, rate_mbps: 10 }, 10_700_000],
    [{ duration_s: 8, rate_mbps: 10, direction: 'both' }, 21_400_000],
    [{ bytes: 1_000_000 }, 1_070_000],
    [{ bytes: 1_000_000_000, rate_mbps: 8, duration_s: 10 }, 10_700_000],
    [{ duration_s: 8, protocol: 'udp' }, 10_700_000],
    [{ duration_s: 8 }, 1_070_000_000],
  ])('%j is about %d bytes', (options, bytes) => {
    expect(definition.trafficBytes?.(specOf(options))).toBeCloseTo(bytes, -2);
  });
});

describe.skipIf(missing)('throughput for real', () => {
  const others: { readonly stop: AbortController; readonly ended: Promise<void> }[] = [];
  const before = childrenOf(process.pid);

  /** A listener that ends with its test. */
  async function other(at?: number): Promise<Listening & { readonly stop: AbortController }> {
    const stop = new AbortController();
    const port = at ?? (await freePort(Math.random));
    const listening = { ...(await listen({ port, bind: '127.0.0.1', spec: specOf() }, testContext, stop.signal)), stop };
    others.push(listening);
    return listening;
  }
  const measure = (port: number, options: Record<string, unknown>, signal = never) =>
    throughput.run('127.0.0.1', specOf({ ...options, port }), testContext, signal);
  const strays = (): number[] => childrenOf(process.pid).filter((pid) => !before.includes(pid));

  afterEach(async () => {
    for (const { stop, ended: over } of others.splice(0)) {
      stop.abort();
      await over;
    }
  });

  describeProbe({
    kind: 'throughput',
    good: async () => ({ host: 'localhost', spec: { port: (await other()).port, family: 'ipv4', bytes: 1_000_000, rate_mbps: 20 } }),
    slow: async () => ({ host: '127.0.0.1', spec: { port: (await other()).port, duration_s: 20, rate_mbps: 1 } }),
    unknownHost: () => Promise.resolve({ host: 'no-such-host.invalid', spec: {} }),
  });

  test.each(['up', 'down', 'both'])('TCP %s', async (direction) => {
    const { port, ended: over } = await other();
    const { failure, metrics, details } = await measure(port, { direction, bytes: 1_000_000, rate_mbps: 20, streams: 2 });
    expect(failure).toBeNull();
    expect(metrics.sent_mbps).toBeGreaterThan(1);
    expect(metrics.received_mbps).toBeGreaterThan(1);
    expect(metrics.retransmits).toBeGreaterThanOrEqual(0);
    expect(metrics.rtt_ms === undefined).toBe(direction === 'down');
    expect(metrics.reverse_received_mbps === undefined).toBe(direction !== 'both');
    expect(details).toMatchObject({ tool: 'iperf3', address: '127.0.0.1', port, options: { direction, streams: 2, rate_mbps: 20 } });
    await over;
    expect(strays()).toEqual([]);
  });

  test.each(['up', 'down'])('UDP %s', async (direction) => {
    const { port, ended: over } = await other();
    const { failure, metrics } = await measure(port, { protocol: 'udp', direction, duration_s: 1, rate_mbps: 4, length: 1200 });
    expect(failure).toBeNull();
    expect(metrics.received_mbps).toBeCloseTo(4, 0);
    expect(metrics.packet_loss_pct).toBe(0);
    expect(metrics.jitter_ms).toBeGreaterThanOrEqual(0);
    expect(metrics.retransmits).toBeUndefined();
    await over;
  });

  test.skipIf(!processesKnown)('a listener serves one test: a second client is told that it is busy, a third finds nobody', async () => {
    const { port, ended: over } = await other();
    const first = measure(port, { duration_s: 2, rate_mbps: 1 });
    await accepted(port);
    const second = await measure(port, { bytes: 1000 });
    expect(second.failure).toMatchObject({ source: 'target', code: 'server_busy' });
    expect((await first).failure).toBeNull();
    await over;
    expect((await measure(port, { bytes: 1000 })).failure).toMatchObject({ source: 'target', code: 'refused' });
  });

  /** Resolves when the server on the port has a client: a control and a data connection, each seen from both ends. */
  async function accepted(port: number): Promise<void> {
    const here = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    const isEstablished = (line: string): boolean => line.includes(here) && line.includes(' 01 ');
    await until('a client is connected', () => readFileSync('/proc/net/tcp', 'utf8').split('\n').filter(isEstablished).length >= 4);
  }

  test.skipIf(!processesKnown)('a server that dies in the middle fails the run, which keeps the intervals it has', async () => {
    const { port, stop } = await other();
    const running = measure(port, { duration_s: 5, rate_mbps: 1 });
    await accepted(port);
    stop.abort();
    expect(await running).toMatchObject({ status: 'failed', failure: { source: 'target', code: 'server_ended' }, metrics: {} });
  });

  test('nobody there: refused', async () => {
    expect(await measure(await freePort(Math.random), {})).toMatchObject({
      status: 'failed',
      failure: { source: 'target', code: 'refused' },
      metrics: {},
    });
  });

  test('congestion control that no kernel has', async () => {
    const { port } = await other();
    expect((await measure(port, { congestion: 'no-such-cc' })).failure).toMatchObject({ source: 'agent', code: 'congestion_unavailable' });
  });

  test.skipIf(!processesKnown)('an abort ends the client; the listener ends by itself, and nothing is left of either', async () => {
    const { port, ended: over } = await other();
    const stop = new AbortController();
    const running = measure(port, { duration_s: 20, rate_mbps: 1 }, stop.signal);
    await accepted(port);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await over;
    expect(strays()).toEqual([]);
  });

  test('an abort ends a listener that nobody came to, and its port is free again', async () => {
    const { port, ended: over, stop } = await other();
    stop.abort();
    await over;
    expect(strays()).toEqual([]);
    await other(port);
  });

  test('a port that is taken is said to be taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as { port: number };
    await expect(listen({ port, bind: '127.0.0.1', spec: specOf() }, testContext, never)).rejects.toMatchObject({
      name: 'TachoError',
      code: 'conflict',
      message: `cannot listen on port ${port}: it is taken`,
    });
    await new Promise((done) => server.close(done));
    expect(strays()).toEqual([]);
  });

  test('somebody who only knocks does not use the listener up', async () => {
    const { port, ended: over } = await other();
    await new Promise<void>((done) => {
      const knock = connect(port, '127.0.0.1', () => knock.destroy());
      knock.on('close', () => done());
    });
    await until(
      'the listener is back',
      async () => (await measure(port, { bytes: 100_000, rate_mbps: 10, connect_timeout_ms: 500 })).failure === null,
    );
    await over;
    expect(strays()).toEqual([]);
  });

  test('a listener that nobody comes to ends after its wait, and its life has an end in any case', async () => {
    const options: ProcessOptions[] = [];
    const run: RunProcess = (file, args, how = {}) => {
      if (args[0] !== '--version') options.push(how);
      return testContext.run(file, args, how);
    };
    // A clock on which the wait is over at once.
    const clock = { ...testContext.clock, sleep: (ms: number, signal?: AbortSignal) => testContext.clock.sleep(ms >= 30_000 ? 1 : ms, signal) };
    const { ended: over } = await listen(
      { port: await freePort(Math.random), bind: '127.0.0.1', spec: specOf() },
      { ...testContext, run, clock },
      never,
    );
    await over;
    expect(options.map(({ timeoutMs }) => timeoutMs ?? Infinity)).toEqual([
      expect.closeTo(30_000 + definition.longestRunMs(specOf()), -3) as unknown,
    ]);
    expect(strays()).toEqual([]);
  });
});
