import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../src/model/kinds/index.ts';
import type { TracerouteDetails } from '../../src/model/kinds/traceroute.ts';
import { isSamePath, mergePaths } from '../../src/model/path.ts';
import { traceroute } from '../../src/probes/traceroute/traceroute.ts';
import { systemClock } from '../../src/util/clock.ts';
import type { RunProcess } from '../../src/util/process.ts';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { ADDRESSES, createRouterNetwork } from '../support/router-network.ts';
import type { RouterNetwork } from '../support/router-network.ts';

const TOOLS = ['mtr', 'traceroute'] as const;
type Tool = (typeof TOOLS)[number];

const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const unavailable = namespacesUnavailable() ?? (missing.length === 0 ? null : `${missing.join(' and ')} not installed`);
if (unavailable !== null) console.info(`skipped: traces through routers: ${unavailable}`);

const { first, upper, lower, last, server } = ADDRESSES;
const BY_UPPER = [[first], [upper], [last], [server]];

describe.skipIf(unavailable !== null)('traceroute through routers', () => {
  let network: RouterNetwork;
  beforeEach(() => {
    network = createRouterNetwork();
  });
  afterEach(() => {
    network[Symbol.dispose]();
  });

  /** The probe with one tool alone. */
  async function trace(tool: Tool, options: Record<string, unknown> = {}, to = server) {
    const notInstalled = { exitCode: null, stdout: '', stderr: '', timedOut: false, truncated: false, startError: 'ENOENT' };
    const run: RunProcess = (file, args, limits) => (file === tool ? network.run(file, args, limits) : Promise.resolve(notInstalled));
    const spec = kinds.traceroute.spec.parse({ queries: 2, max_hops: 8, timeout_ms: 400, ...options });
    const context = { clock: systemClock, run, dataDir: tmpdir() };
    const outcome = await traceroute.run(to, spec, context, new AbortController().signal);
    expect(kinds.traceroute.details.safeParse(outcome.details).error).toBeUndefined();
    return { ...outcome, details: outcome.details as TracerouteDetails };
  }

  test('every tool and protocol sees the same routers, and says the same of them', async () => {
    const fingerprints = new Set<string | null>();
    for (const [tool, protocol] of [
      ['mtr', 'icmp'],
      ['mtr', 'udp'],
      ['traceroute', 'icmp'],
      ['traceroute', 'udp'],
      ['traceroute', 'tcp'],
    ] as const) {
      const { failure, metrics, details } = await trace(tool, { protocol });
      expect(failure).toBeNull();
      expect(metrics).toMatchObject({ reached: 1, hops: 4, packet_loss_pct: 0 });
      expect(metrics.rtt_ms).toBeGreaterThan(0);
      expect(details).toMatchObject({ tool, protocol, address: server, path: BY_UPPER, problems: [] });
      expect(details.hops.map(({ ttl, sent, lost }) => ({ ttl, sent, lost }))).toEqual([1, 2, 3, 4].map((ttl) => ({ ttl, sent: 2, lost: 0 })));
      fingerprints.add(details.fingerprint);
    }
    expect(fingerprints.size).toBe(1);
  });

  test('a trace may begin farther away, and end before the destination', async () => {
    for (const tool of TOOLS) {
      const { status, failure, metrics, details } = await trace(tool, { first_ttl: 2, max_hops: 3 });
      expect(status).toBe('failed');
      expect(failure).toEqual({
        source: 'network',
        code: 'unreached',
        message: `${server} did not answer: the last to answer was ${last} at hop 3`,
      });
      expect(metrics).toEqual({ reached: 0, hops: 3 });
      expect(details).toMatchObject({ first_ttl: 2, path: [[upper], [last]] });
    }
  });

  test('a silent router leaves the path the same, another router does not', async () => {
    for (const tool of TOOLS) {
      const before = await trace(tool);
      network.filter('upper', 'chain output { type filter hook output priority 0; icmp type time-exceeded drop; }');
      const silent = await trace(tool);
      network.filter('upper', '');
      expect(silent.metrics).toMatchObject({ reached: 1, hops: 4 });
      expect(silent.details.path).toEqual([[first], null, [last], [server]]);
      expect(silent.details.hops[1]).toEqual({ ttl: 2, replies: [], sent: 2, lost: 2 });
      expect(isSamePath(before.details, silent.details)).toBe(true);

      network.route('lower');
      const other = await trace(tool);
      network.route('upper');
      expect(other.details.path).toEqual([[first], [lower], [last], [server]]);
      expect(isSamePath(before.details, other.details)).toBe(false);
      expect(other.details.fingerprint).not.toBe(before.details.fingerprint);
    }
  });

  test('a router that refuses is named, with its reason where the tool says it', async () => {
    const refused = { '10.99.0.1': 'host-unreachable', '10.99.0.2': 'admin-prohibited', '10.99.0.3': 'net-unreachable' };
    const rules = Object.entries(refused).map(([to, why]) => `ip daddr ${to} reject with icmp type ${why};`);
    network.exec('last', 'ip', ['route', 'add', '10.99.0.0/24', 'via', server]);
    network.filter('last', `chain forward { type filter hook forward priority 0; ${rules.join(' ')} }`);
    for (const [to, mark] of Object.entries({ '10.99.0.1': '!H', '10.99.0.2': '!X', '10.99.0.3': '!N' })) {
      const { status, failure, metrics, details } = await trace('traceroute', {}, to);
      expect({ status, code: failure?.code, source: failure?.source }).toEqual({ status: 'failed', code: 'unreached', source: 'network' });
      expect(failure?.message).toContain(`${last} at hop`);
      expect(failure?.message).toContain(`(${mark})`);
      expect(metrics.reached).toBe(0);
      expect(details.hops.at(-1)?.replies[0]).toMatchObject({ address: last, icmp: mark });
    }
    // mtr counts the refusal as an answer, from every distance behind the router.
    const { failure, details } = await trace('mtr', {}, '10.99.0.1');
    expect(failure).toMatchObject({ source: 'network', code: 'unreached' });
    expect(details.path).toEqual([[first], [upper], [last]]);
    network.filter('last', '');
  });

  test('balancing by flow does not show in a trace with one flow, and does in one without', async () => {
    // By addresses, protocol and ports, read from the packet: policy 1 believes the hash that the sending socket left on it, which
    // a virtual cable carries along and a real one does not.
    network.exec('first', 'sysctl', ['-qw', 'net.ipv4.fib_multipath_hash_policy=3', 'net.ipv4.fib_multipath_hash_fields=0x37']);
    network.route('upper', 'lower');
    const seen = new Set<string>();
    for (let port = 20_000; port < 21_000; port += 100) {
      const text = network.exec('client', 'traceroute', ['-n', '-f', '2', '-m', '2', '-q', '10', '-w', '0.5', '-p', String(port), server]);
      for (const address of [upper, lower]) if (text.includes(address)) seen.add(address);
    }
    expect([...seen].sort()).toEqual([upper, lower].sort());
    for (const [tool, protocol] of [
      ['mtr', 'udp'],
      ['traceroute', 'udp'],
      ['traceroute', 'tcp'],
    ] as const) {
      const runs = [await trace(tool, { protocol }), await trace(tool, { protocol, queries: 4 })];
      const ways = runs.map(({ details }) => JSON.stringify(details.path));
      expect(ways[1], `${tool} ${protocol}`).toBe(ways[0]);
      expect(runs[0]?.details.path.map((step) => step?.length)).toEqual([1, 1, 1, 1]);
      expect(runs[0]?.details.flow).toBe('ports');
    }
    network.route('upper');
  });

  test('balancing by packet shows as several routers of one hop, which is still the same path', async () => {
    const single = await trace('traceroute', { protocol: 'udp' });
    network.exec('first', 'ip', ['route', 'add', 'default', 'via', lower, 'table', '7']);
    network.exec('first', 'ip', ['rule', 'add', 'fwmark', '1', 'lookup', '7']);
    // Strictly by turns, so that three probes to a hop see both.
    network.filter('first', 'chain by-turns { type filter hook prerouting priority -150; iifname "to-client" meta mark set numgen inc mod 2; }');
    const balanced = await trace('traceroute', { protocol: 'udp', queries: 3 });
    const byMtr = await trace('mtr', { protocol: 'udp', queries: 4 });
    network.filter('first', '');
    expect(balanced.details.path).toEqual([[first], [upper, lower].sort(), [last], [server]]);
    expect(balanced.details.hops[1]?.replies.map(({ address }) => address)).toHaveLength(3);
    expect(isSamePath(single.details, balanced.details)).toBe(true);
    expect(isSamePath(mergePaths(single.details, balanced.details), byMtr.details)).toBe(true);
  });
});
