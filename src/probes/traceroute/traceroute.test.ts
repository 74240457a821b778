import { describe, expect, test } from 'vitest';
import { kinds } from '../../model/kinds/index.ts';
import type { ProcessOutcome, RunProcess } from '../../util/process.ts';
import { describeProbe, testContext } from '../probe.contract.ts';
import { mtrArguments, withoutRepeats } from './mtr.ts';
import { sourcePortFor } from './tool.ts';
import { tracertArguments } from './tracert.ts';
import { traceroute } from './traceroute.ts';
import { tracerouteCommand, tracerouteDialect } from './unix.ts';

const signal = new AbortController().signal;
const specOf = (options: Record<string, unknown>) => kinds.traceroute.spec.parse(options);

describeProbe({
  kind: 'traceroute',
  good: () => Promise.resolve({ host: 'localhost', spec: { queries: 1, max_hops: 3, timeout_ms: 500 } }),
  // mtr goes round once a second.
  slow: () => Promise.resolve({ host: '127.0.0.1', spec: { queries: 10 } }),
  unknownHost: () => Promise.resolve({ host: 'no-such-host.invalid', spec: {} }),
});

type Answer = Partial<ProcessOutcome> | ((args: readonly string[]) => Partial<ProcessOutcome>);

/** Programs that answer from a table; what is not in it is not installed. */
function programs(table: Readonly<Record<string, Answer>>): RunProcess & { calls: string[][] } {
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

const trace = (run: RunProcess, options: Record<string, unknown> = {}, host = '10.0.0.9') =>
  traceroute.run(host, specOf(options), { ...testContext, run }, signal);

const LINUX = 'Modern traceroute for Linux, version 2.1.2\n';
const NO_MTR = {
  exitCode: 1,
  stderr: 'mtr-packet: Failure to open IPv4 sockets: Permission denied\nmtr: Failure to start mtr-packet: Invalid argument\n',
};
const NO_ICMP = { exitCode: 1, stderr: 'You do not have enough privileges to use this traceroute method.\nsocket: Operation not permitted\n' };

describe('traceroute chooses its tool', () => {
  test('mtr measures where it may', async () => {
    const run = programs({
      mtr: { stdout: 'x 0 1\nh 0 10.0.0.1\np 0 500 1\nx 1 2\nx 2 3\nh 2 10.0.0.9\np 2 2000000 3\nx 0 4\np 0 700 4\nx 1 5\nx 2 6\n' },
    });
    const { status, metrics, details } = await trace(run, { queries: 2, timeout_ms: 700 });
    expect(run.calls).toEqual([['mtr', '--raw', '-n', '-4', '-c', '2', '-i', '1', '-G', '0.7', '-f', '1', '-m', '30', '-U', '30', '10.0.0.9']]);
    // The answer after 2 s is later than the timeout.
    expect(status).toBe('failed');
    expect(metrics).toEqual({ reached: 0, hops: 1 });
    expect(details).toMatchObject({ tool: 'mtr', path: [['10.0.0.1']] });
  });

  test('where mtr may not open sockets, traceroute sends ICMP, and UDP where it may not do that either', async () => {
    const run = programs({
      mtr: NO_MTR,
      traceroute: (args) => {
        if (args[0] === '--version') return { stdout: LINUX };
        if (args[0] === '-I') return NO_ICMP;
        return {
          stdout:
            'traceroute to 10.0.0.9 (10.0.0.9), 30 hops max, 60 byte packets\n 1  10.0.0.1  1.0 ms  1.2 ms *\n 2  * * *\n 3  10.0.0.9  4.0 ms  5.0 ms  *\n',
        };
      },
    });
    const { status, metrics, details } = await trace(run);
    expect(status).toBe('success');
    expect(metrics.packet_loss_pct).toBeCloseTo(100 / 3, 9);
    expect(metrics).toMatchObject({ reached: 1, hops: 3, rtt_ms: 4.5 });
    expect(details).toMatchObject({
      tool: 'traceroute',
      protocol: 'udp',
      port: 33_434,
      flow: 'ports',
      path: [['10.0.0.1'], null, ['10.0.0.9']],
      hops: [
        { ttl: 1, sent: 3, lost: 1 },
        { ttl: 2, replies: [], sent: 3, lost: 3 },
        { ttl: 3, sent: 3, lost: 1 },
      ],
    });
    const capability = await traceroute.detect({ ...testContext, run: programs({ mtr: NO_MTR, traceroute: { stdout: LINUX, ...NO_ICMP } }) });
    expect(capability.note).toContain('cap_net_raw');
  });

  test('nothing is sent where nothing may: the failure names each reason', async () => {
    const { failure } = await trace(programs({ mtr: NO_MTR, traceroute: (args) => (args[0] === '--version' ? { stdout: LINUX } : NO_ICMP) }));
    expect(failure).toMatchObject({ source: 'agent', code: 'not_permitted' });
    expect(failure?.message).toContain('mtr-packet needs cap_net_raw');
    const none = await trace(programs({}));
    expect(none.failure).toMatchObject({ source: 'agent', code: 'tool_missing' });
    expect(none.failure?.message).toContain('traceroute is not installed');
  });

  test('Windows has tracert', async () => {
    const run = programs({
      tracert: {
        stdout:
          '\r\nTracing route to 10.0.0.9 over a maximum of 30 hops\r\n\r\n  1    <1 ms    <1 ms    <1 ms  10.0.0.1\r\n  2     3 ms     *        5 ms  10.0.0.9\r\n\r\nTrace complete.\r\n',
      },
    });
    const { metrics, details } = await trace(run);
    expect(metrics).toMatchObject({ hops: 2, reached: 1, rtt_ms: 4 });
    expect(details).toMatchObject({ tool: 'tracert', path: [['10.0.0.1'], ['10.0.0.9']] });
  });

  test('TCP is not asked of mtr, which changes the flow with every probe', async () => {
    const run = programs({ mtr: {}, traceroute: (args) => (args[0] === '--version' ? { stdout: LINUX } : NO_ICMP) });
    const { failure } = await trace(run, { protocol: 'tcp' });
    expect(run.calls.map(([file]) => file)).toEqual(['traceroute', 'traceroute']);
    expect(failure?.code).toBe('not_permitted');
  });

  test('a trace that takes too long is a timeout with what was found', async () => {
    const run = programs({ traceroute: { stdout: ' 1  10.0.0.1  1.0 ms\n 2  * *', timedOut: true, exitCode: null } });
    const { status, failure, details } = await trace(run);
    expect({ status, failure }).toEqual({
      status: 'timeout',
      failure: {
        source: 'network',
        code: 'unreached',
        message: '10.0.0.9 did not answer: the last to answer was 10.0.0.1 at hop 1; the trace took too long and was ended',
      },
    });
    expect(details['path']).toEqual([['10.0.0.1']]);
  });

  test('an answer of a router that is no answer of the destination says why', async () => {
    const run = programs({ traceroute: { stdout: ' 1  10.0.0.1  1.0 ms\n 2  10.0.0.2  1.1 ms !H * *\n' } });
    const { status, failure, metrics } = await trace(run);
    expect(status).toBe('failed');
    expect(failure?.message).toBe('10.0.0.9 did not answer: the last to answer was 10.0.0.2 at hop 2 and said host unreachable (!H)');
    expect(metrics).toEqual({ reached: 0, hops: 2 });
  });

  test('no answer at all has no hops', async () => {
    const { metrics, details, failure } = await trace(programs({ traceroute: { stdout: ' 1  * * *\n 2  * * *\n' } }));
    expect(metrics).toEqual({ reached: 0 });
    expect(details).toMatchObject({ hops: [], path: [], fingerprint: null });
    expect(failure?.message).toBe('10.0.0.9 did not answer: nobody on the way did');
  });
});

describe('the arguments', () => {
  const four = { address: '10.0.0.9', family: 4 } as const;
  const six = { address: 'fd00::9', family: 6 } as const;
  const spec = specOf({ queries: 2, max_hops: 12, timeout_ms: 1500, first_ttl: 2 });
  const line = (dialect: Parameters<typeof tracerouteCommand>[0], address: typeof four | typeof six, protocol: 'icmp' | 'udp' | 'tcp') => {
    const command = tracerouteCommand(dialect, { address, protocol, spec });
    return command === null ? null : [command.file, ...command.args].join(' ');
  };
  const sport = sourcePortFor('10.0.0.9');

  test('of each dialect of traceroute keep one flow where the dialect can', () => {
    expect(line('linux', four, 'icmp')).toBe('traceroute -I -n -4 -f 2 -m 12 -q 2 -w 1.5 10.0.0.9');
    expect(line('linux', four, 'udp')).toBe(`traceroute -U -p 33434 --sport=${sport} -n -4 -f 2 -m 12 -q 2 -w 1.5 10.0.0.9`);
    expect(line('linux', six, 'tcp')).toBe(`traceroute -T -p 443 --sport=${sourcePortFor('fd00::9')} -n -6 -f 2 -m 12 -q 2 -w 1.5 fd00::9`);
    expect(line('bsd', four, 'udp')).toBe('traceroute -n -e -P udp -p 33434 -f 2 -m 12 -q 2 -w 2 10.0.0.9');
    expect(line('bsd', six, 'icmp')).toBe('traceroute6 -n -I -f 2 -m 12 -q 2 -w 2 fd00::9');
    expect(line('bsd', six, 'tcp')).toBeNull();
    expect(line('busybox', four, 'udp')).toBe('traceroute -n -f 2 -m 12 -q 2 -w 2 -p 33434 10.0.0.9');
    expect(line('inetutils', four, 'icmp')).toBe('traceroute -I -f 2 -m 12 -q 2 -w 2 10.0.0.9');
    expect(line('inetutils', six, 'icmp')).toBeNull();
  });

  test('of mtr and tracert', () => {
    expect(mtrArguments({ address: six, protocol: 'udp', spec: specOf({ port: 99, resolve_names: true }) }).join(' ')).toBe(
      `--raw -6 -c 3 -i 1 -G 1 -f 1 -m 30 -U 30 -u -L ${sourcePortFor('fd00::9')} -P 99 fd00::9`,
    );
    expect(tracertArguments({ address: four, protocol: 'icmp', spec }).join(' ')).toBe('-d -4 -h 12 -w 1500 10.0.0.9');
  });

  test('the dialect is told by what it says of itself', () => {
    expect(tracerouteDialect(LINUX)).toBe('linux');
    expect(tracerouteDialect('BusyBox v1.35.0')).toBe('busybox');
    expect(tracerouteDialect('traceroute (GNU inetutils) 2.4')).toBe('inetutils');
    expect(tracerouteDialect('Version 1.4a12+Darwin')).toBe('bsd');
  });

  test('the source port of an address is always the same, and none that the system gives out', () => {
    expect(sourcePortFor('10.0.0.9')).toBe(sourcePortFor('10.0.0.9'));
    for (const address of ['10.0.0.9', '10.0.0.10', 'fd00::1']) expect(sourcePortFor(address)).toBeGreaterThan(60_999);
  });

  test('a first hop behind the last is refused', () => {
    expect(kinds.traceroute.spec.safeParse({ first_ttl: 9, max_hops: 8 }).success).toBe(false);
    expect(kinds.traceroute.spec.safeParse({ hops: 8 }).success).toBe(false);
  });
});

describe('answers of mtr from behind the last router', () => {
  const hop = (ttl: number, ...addresses: (string | null)[]) => ({
    ttl,
    probes: addresses.map((address) => ({ address, name: null, rttMs: address === null ? null : 1, icmp: null })),
  });
  const ttls = (hops: Parameters<typeof withoutRepeats>[0]) => withoutRepeats(hops).map(({ ttl }) => ttl);

  test('are of the router that says unreachable', () => {
    expect(ttls([hop(1, 'a'), hop(2, 'b'), hop(3, 'b', null), hop(4, null), hop(5, 'b')])).toEqual([1, 2]);
    expect(ttls([hop(1, 'a'), hop(2, null), hop(3, 'b'), hop(4, null)])).toEqual([1, 2, 3]);
  });

  test('stay where a loop shows several routers', () => {
    expect(ttls([hop(1, 'a'), hop(2, 'b'), hop(3, 'c'), hop(4, 'b'), hop(5, 'c')])).toEqual([1, 2, 3, 4, 5]);
    expect(ttls([hop(1, 'a'), hop(2, 'b', 'c')])).toEqual([1, 2]);
    expect(ttls([])).toEqual([]);
  });
});
