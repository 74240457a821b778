import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Assignment } from '../../protocol/messages.ts';
import { resolveHost } from '../../probes/resolve.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { RulePolicy, defaultPolicy } from './policy.ts';
import { brokenRules, defaultRules, policyFile, rulesOf } from './rules.ts';

function assignment(over: Partial<Assignment> = {}, host = '127.0.0.1'): Assignment {
  return {
    ...{ job_id: 1, job: 'web', revision: 1, kind: 'ping', made_at: 0, spec: {} },
    destination: { id: 5, name: 'it', host },
    timetable: { intervalMs: 60_000, cron: null, timeZone: 'UTC', windows: [], since: 0, until: null },
    ...over,
  };
}

function policy(file: unknown): RulePolicy {
  return new RulePolicy(rulesOf(policyFile.parse(file)));
}

const destinations = (allow: string[] | undefined, deny: string[] = []) => policy({ destinations: { allow, deny } });
const resolve = (host: string, addresses: string[], by: RulePolicy) =>
  resolveHost(host, 'any', {
    context: {
      clock: new ManualClock(0),
      lookup: () => Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
      guard: by.guard,
    },
    signal: new AbortController().signal,
  });

describe('destinations of a policy', () => {
  test.each([
    ['10.1.2.3', true],
    ['11.0.0.1', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:0a01:0203', true],
    ['::ffff:11.0.0.1', false],
    ['2001:db8::7', true],
    ['2001:DB8:0:0::7', true],
    ['2001:db9::7', false],
    ['api.example.org', true],
    ['API.Example.ORG.', true],
    ['a.b.example.org', true],
    ['db.internal', true],
    ['https://www.example.org/x?y', true],
    ['http://11.0.0.1:8080/', false],
    ['http://[2001:db9::1]/', false],
  ])('allows networks and names, and judges %s so: %s', (host, allowed) => {
    const some = destinations(['10.0.0.0/8', '2001:db8::/32', '*.example.org', 'db.internal']);
    expect(some.judge(assignment({ kind: 'http' }, host)).allowed).toBe(allowed);
  });

  test('a name that only networks could allow is looked up first, and its address decides', async () => {
    const some = destinations(['10.0.0.0/8', 'db.internal']);
    expect(some.judge(assignment({}, 'example.org')).allowed).toBe(true);
    expect(await resolve('example.org', ['10.0.0.5'], some)).toEqual({ addresses: [{ address: '10.0.0.5', family: 4 }] });
    expect(await resolve('example.org', ['192.0.2.1'], some)).toEqual({
      failure: {
        source: 'agent',
        code: 'refused_by_policy',
        message: "refused by this agent's policy: destinations.allow: example.org is 192.0.2.1, which is covered by none of its rules",
      },
    });
    expect(await resolve('db.internal', ['192.0.2.1'], some)).toEqual({ addresses: [{ address: '192.0.2.1', family: 4 }] });
  });

  test('with names alone, another name is refused before anything is looked up', async () => {
    const some = destinations(['*.example.org']);
    expect(some.judge(assignment({}, 'example.org'))).toMatchObject({ allowed: false, code: 'refused_by_policy' });
    const asked: string[] = [];
    const resolution = await resolveHost('evil.example', 'any', {
      context: {
        clock: new ManualClock(0),
        lookup: (host) => {
          asked.push(host);
          return Promise.resolve([]);
        },
        guard: some.guard,
      },
      signal: new AbortController().signal,
    });
    expect(resolution).toMatchObject({ failure: { code: 'refused_by_policy' } });
    expect(asked).toEqual([]);
  });

  test('a name that an allowed rule covers still may not lead to a denied address', async () => {
    const some = destinations(['*.example.org'], ['127.0.0.0/8', '::1', '169.254.0.0/16']);
    for (const address of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '0.0.0.0', '::', '::7f00:1']) {
      expect(await resolve('a.example.org', [address], some)).toMatchObject({ failure: { code: 'refused_by_policy' } });
      expect(some.judge(assignment({}, address)).allowed).toBe(false);
    }
  });

  test('of several addresses only those that are allowed are used', async () => {
    const some = destinations(undefined, ['10.0.0.0/8']);
    expect(await resolve('x.example', ['10.0.0.1', '192.0.2.7', '::ffff:10.0.0.1'], some)).toEqual({
      addresses: [{ address: '192.0.2.7', family: 4 }],
    });
  });

  test('an allowed IPv6 network does not open IPv4 behind a translator', () => {
    const some = destinations(['::/0']);
    expect(some.judge(assignment({}, '2001:db8::1')).allowed).toBe(true);
    expect(some.judge(assignment({}, '64:ff9b::c000:201')).allowed).toBe(false);
    expect(some.judge(assignment({}, '::ffff:192.0.2.1')).allowed).toBe(false);
  });

  test('a denied name goes before an allowed one, also where it is only asked about', () => {
    const some = destinations(['*.example.org', '192.0.2.0/24'], ['secret.example.org']);
    expect(some.judge(assignment({}, 'secret.example.org'))).toMatchObject({
      message: "refused by this agent's policy: destinations.deny: secret.example.org is covered by secret.example.org",
    });
    expect(some.judge(assignment({ kind: 'dns' }, 'secret.example.org')).allowed).toBe(false);
    expect(some.judge(assignment({ kind: 'dns' }, 'elsewhere.example')).allowed).toBe(true);
  });

  test("by default everything is measured but the clouds' metadata", () => {
    for (const host of ['127.0.0.1', 'example.org', '2001:db8::1', '10.0.0.1']) expect(defaultPolicy.judge(assignment({}, host)).allowed).toBe(true);
    for (const host of ['169.254.169.254', 'http://169.254.169.254/latest/meta-data', '::ffff:a9fe:a9fe', 'http://0xa9fea9fe/', 'fd00:ec2::254']) {
      expect(defaultPolicy.judge(assignment({ kind: 'http' }, host)).allowed).toBe(false);
    }
    expect(policy({ destinations: { deny: [] } }).judge(assignment({}, '169.254.169.254')).allowed).toBe(true);
  });

  test('a network holds exactly the addresses that share its first bits', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.tuple(octet, octet, octet, octet), fc.integer({ min: 0, max: 32 }), (a, b, length) => {
        const number = (parts: readonly number[]): bigint => parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
        const same = number(a) >> BigInt(32 - length) === number(b) >> BigInt(32 - length);
        const some = destinations([`${a.join('.')}/${length}`]);
        // The unspecified address is this machine.
        if (b.every((part) => part === 0)) return;
        expect(some.judge(assignment({}, b.join('.'))).allowed).toBe(same);
        expect(some.judge(assignment({}, `::ffff:${b.join('.')}`)).allowed).toBe(same);
      }),
    );
  });
});

describe('kinds, options and rates of a policy', () => {
  test('kinds that are not among its own are refused, and not offered', () => {
    const some = policy({ kinds: ['dns'] });
    expect(some.judge(assignment())).toMatchObject({ message: "refused by this agent's policy: kinds: expected one of dns, got ping" });
    const found = { available: true, tool: 'x', version: null, note: null };
    expect(some.limit({ ping: found, dns: found })).toMatchObject({ ping: { available: false }, dns: { available: true, note: null } });
  });

  test.each([
    ['an option nobody knows', { flood: true }],
    ['an option of another type', { count: '5; reboot' }],
    ['a figure beyond its bounds', { count: 1e9 }],
    ['a prototype in its place', JSON.parse('{"__proto__": {"count": 1}, "constructor": 1}') as Record<string, unknown>],
  ])('%s is refused', (_what, spec) => {
    expect(defaultPolicy.judge(assignment({ spec }))).toMatchObject({ allowed: false, code: 'refused_by_policy' });
  });

  test('bounds the interval, the packets a second and the rate', () => {
    const fast = assignment({ timetable: { ...assignment().timetable, intervalMs: 1 } });
    expect(defaultPolicy.judge(fast)).toMatchObject({
      message: "refused by this agent's policy: rates.shortest_interval_s: expected an interval of at least 1 s, got 0.001 s",
    });
    const slow = policy({ rates: { packets_per_second: 2, rate_mbps: 50 } });
    expect(slow.judge(assignment({ spec: { period_ms: 500 } })).allowed).toBe(true);
    expect(slow.judge(assignment({ spec: { period_ms: 499 } })).allowed).toBe(false);
    for (const [spec, allowed] of [
      [{ rate_mbps: 50 }, true],
      [{ rate_mbps: 51 }, false],
      [{}, false],
      [{ protocol: 'udp' }, true],
    ] as const) {
      expect(slow.judge(assignment({ kind: 'throughput', spec })).allowed).toBe(allowed);
    }
  });

  test("the owner's megabytes a day and the server's: the fewer count", () => {
    expect(defaultPolicy.budgetOf(null)).toBeNull();
    expect(defaultPolicy.budgetOf(5)).toBe(5);
    const some = policy({ bytes: { megabytes_per_day: 3 } });
    expect([some.budgetOf(null), some.budgetOf(5), some.budgetOf(2)]).toEqual([3, 3, 2]);
  });

  test('listens only where it was told to, on its ports, for kinds that have another end', () => {
    const order = { kind: 'throughput', spec: {}, port: 5201 };
    expect(defaultPolicy.listening).toBeNull();
    expect(defaultPolicy.judgeListening(order).allowed).toBe(false);
    const some = policy({ listening: { ports: '5201-5205', from: ['10.0.0.0/8'] } });
    expect(some.listening).toEqual({ port_from: 5201, port_to: 5205 });
    expect(some.judgeListening(order).allowed).toBe(true);
    expect(some.judgeListening({ ...order, port: 22 }).allowed).toBe(false);
    expect(some.judgeListening({ ...order, kind: 'ping' }).allowed).toBe(false);
    expect(some.judgeListening({ ...order, kind: 'shell' }).allowed).toBe(false);
    expect(some.judgeListening({ ...order, spec: { port: '5201 -D' } }).allowed).toBe(false);
    expect(some.guard.refusePeer('10.3.2.1')).toBeNull();
    expect(some.guard.refusePeer('::ffff:10.3.2.1')).toBeNull();
    expect(some.guard.refusePeer('192.0.2.1')).toContain('listening.from');
  });

  test('a broken file leaves loopback, the defaults of all else, and says so in what the agent offers', () => {
    const broken = new RulePolicy(brokenRules, 'policy.yaml: line 3: oh');
    expect(broken.judge(assignment({}, '127.0.0.1')).allowed).toBe(true);
    expect(broken.judge(assignment({}, '::1')).allowed).toBe(true);
    expect(broken.judge(assignment({}, '10.0.0.1'))).toMatchObject({ allowed: false, code: 'refused_by_policy' });
    expect(broken.judge(assignment({ kind: 'system', destination: null })).allowed).toBe(true);
    expect(broken.listening).toBeNull();
    expect({ ...broken.rules, allow: null }).toEqual(defaultRules);
    const found = { available: true, tool: 'x', version: null, note: 'old' };
    expect(broken.limit({ ping: found })['ping']?.note).toBe('policy broken, only loopback is measured: policy.yaml: line 3: oh; old');
  });
});
