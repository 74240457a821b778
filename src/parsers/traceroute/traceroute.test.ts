import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isIpv4, isIpv6 } from '../address.ts';
import { parseTracert } from './tracert.ts';
import { isLost, MOST_HOPS, MOST_PROBLEMS } from './trace.ts';
import type { Trace } from './trace.ts';
import { parseTraceroute } from './traceroute.ts';

/** Hops in short: `1: 10.0.0.1(name) 0.5 !H | *`. */
function hopsOf({ hops }: Trace): string[] {
  return hops.map(({ ttl, probes }) => {
    const said = probes.map((probe) => {
      if (isLost(probe)) return '*';
      const who = `${probe.address ?? '?'}${probe.name === null ? '' : `(${probe.name})`}`;
      return [who, ...(probe.rttMs === null ? [] : [String(probe.rttMs)]), ...(probe.icmp === null ? [] : [probe.icmp])].join(' ');
    });
    return `${ttl}: ${said.join(' | ')}`;
  });
}

describe('traceroute', () => {
  test('of Linux: names, several routers in one hop, lost probes and refusals', () => {
    const trace = parseTraceroute(
      [
        'traceroute to host.example (198.51.100.9), 30 hops max, 60 byte packets',
        ' 1  gateway (10.0.0.1)  0.321 ms  0.300 ms  0.299 ms',
        ' 2  * a.example (10.1.0.1)  5.000 ms b.example (10.1.0.2)  6.250 ms',
        ' 3  * * *',
        ' 4  10.2.0.1 (10.2.0.1)  9.1 ms !H * 9.3 ms !<13>',
      ].join('\n'),
    );
    expect({ host: trace.host, address: trace.address, maxHops: trace.maxHops, problems: trace.problems }).toEqual({
      host: 'host.example',
      address: '198.51.100.9',
      maxHops: 30,
      problems: [],
    });
    expect(hopsOf(trace)).toEqual([
      '1: 10.0.0.1(gateway) 0.321 | 10.0.0.1(gateway) 0.3 | 10.0.0.1(gateway) 0.299',
      '2: * | 10.1.0.1(a.example) 5 | 10.1.0.2(b.example) 6.25',
      '3: * | * | *',
      '4: 10.2.0.1 9.1 !H | * | 10.2.0.1 9.3 !<13>',
    ]);
  });

  test('of BSD and macOS: further routers of a hop on lines of their own, IPv6 with the source in the header', () => {
    const text = [
      'traceroute6 to host.example (2001:db8::9) from 2001:db8::1, 64 hops max, 12 byte packets',
      ' 1  2001:db8::2  1.234 ms  0.9 ms',
      ' 2  r1 (2001:db8:1::1)  2.0 ms',
      '    r2 (2001:db8:1::2)  2.1 ms  2.2 ms',
      ' 3  2001:db8::9  3.5 ms !A  3.6 ms',
    ].join('\n');
    const trace = parseTraceroute(text);
    expect(trace).toMatchObject({ address: '2001:db8::9', maxHops: 64, problems: [] });
    expect(hopsOf(trace)).toEqual([
      '1: 2001:db8::2 1.234 | 2001:db8::2 0.9',
      '2: 2001:db8:1::1(r1) 2 | 2001:db8:1::2(r2) 2.1 | 2001:db8:1::2(r2) 2.2',
      '3: 2001:db8::9 3.5 !A | 2001:db8::9 3.6',
    ]);
  });

  test('of inetutils and BusyBox: times without a space, no addresses in parentheses', () => {
    const inetutils =
      'traceroute to 10.0.0.9 (10.0.0.9), 64 hops max\n  1   10.0.0.1  0.123ms  0.100ms  0.099ms \n  2   *  *  * \n  3   10.0.0.9  1.5ms  !N  1.25ms \n';
    expect(hopsOf(parseTraceroute(inetutils))).toEqual([
      '1: 10.0.0.1 0.123 | 10.0.0.1 0.1 | 10.0.0.1 0.099',
      '2: * | * | *',
      '3: 10.0.0.9 1.5 !N | 10.0.0.9 1.25',
    ]);
    const busybox = 'traceroute to 10.0.0.9 (10.0.0.9), 30 hops max, 46 byte packets\n 1  10.0.0.1  0.005 ms  0.002 ms  0.003 ms\n';
    expect(parseTraceroute(busybox)).toMatchObject({ address: '10.0.0.9', problems: [] });
  });

  test('networks, MTU and labels stand aside, before or after the router', () => {
    const trace = parseTraceroute(
      ' 1  r.example (10.0.0.1) [AS64500]  1.0 ms  F=1500  1.1 ms\n 2  [AS64501] 10.0.1.1 (10.0.1.1)  2 ms <MPLS:L=3,E=0,S=1,T=1>  2.5 ms\n',
    );
    expect(hopsOf(trace)).toEqual(['1: 10.0.0.1(r.example) 1 | 10.0.0.1(r.example) 1.1', '2: 10.0.1.1 2 | 10.0.1.1 2.5']);
    expect(trace.problems).toEqual([]);
  });

  test('what is no trace is a problem, and no hop', () => {
    expect(parseTraceroute('traceroute: unknown host x.example\n')).toMatchObject({ hops: [], problems: ['traceroute: unknown host x.example'] });
    expect(parseTraceroute(' 2  10.0.0.1  1 ms\n 1  10.0.0.2  1 ms\n')).toMatchObject({ hops: [{ ttl: 2 }], problems: ['1  10.0.0.2  1 ms'] });
    expect(parseTraceroute(' 1  10.0.0.1  1 ms  what\n').problems).toHaveLength(1);
    expect(parseTraceroute('')).toEqual({ host: null, address: null, maxHops: null, hops: [], problems: [] });
  });
});

describe('tracert', () => {
  test('of Windows in English', () => {
    const trace = parseTracert(
      [
        '',
        'Tracing route to host.example [198.51.100.9]',
        'over a maximum of 30 hops:',
        '',
        '  1    <1 ms    <1 ms     1 ms  gateway.example [10.0.0.1]',
        '  2     *        *        *     Request timed out.',
        '  3     7 ms     *        8 ms  10.1.0.1',
        '  4  10.2.0.1  reports: Destination host unreachable.',
        '',
        'Trace complete.',
      ].join('\r\n'),
    );
    expect(trace).toMatchObject({ host: 'host.example', address: '198.51.100.9', maxHops: 30, problems: [] });
    expect(hopsOf(trace)).toEqual([
      '1: 10.0.0.1(gateway.example) 1 | 10.0.0.1(gateway.example) 1 | 10.0.0.1(gateway.example) 1',
      '2: * | * | *',
      '3: 10.1.0.1 7 | * | 10.1.0.1 8',
      '4: 10.2.0.1 !',
    ]);
  });

  test('of other languages', () => {
    const german =
      'Routenverfolgung zu 10.0.0.9 über maximal 12 Hops\r\n\r\n  1     2 ms     1 ms     1 ms  10.0.0.1 \r\n  2     *        *        *     Zeitüberschreitung der Anforderung.\r\n\r\nAblaufverfolgung beendet.\r\n';
    expect(parseTracert(german)).toMatchObject({ address: '10.0.0.9', maxHops: 12, problems: [] });
    expect(hopsOf(parseTracert(german))).toEqual(['1: 10.0.0.1 2 | 10.0.0.1 1 | 10.0.0.1 1', '2: * | * | *']);
    const chinese = '通过最多 30 个跃点跟踪\r\n到 host.example [198.51.100.9] 的路由:\r\n\r\n  1    <1 毫秒   <1 毫秒    1 毫秒 10.0.0.1 \r\n';
    expect(parseTracert(chinese)).toMatchObject({ host: 'host.example', address: '198.51.100.9' });
    expect(hopsOf(parseTracert(chinese))).toEqual(['1: 10.0.0.1 1 | 10.0.0.1 1 | 10.0.0.1 1']);
  });

  test('what is no trace is a problem', () => {
    expect(parseTracert('Unable to resolve target system name x.example.\r\n').problems).toEqual(['Unable to resolve target system name x.example.']);
  });
});

const LINES = [
  'traceroute to h (10.0.0.9), 30 hops max, 60 byte packets',
  ' 1  gateway (10.0.0.1)  0.321 ms  * 0.299 ms',
  ' 2  10.0.0.2  1 ms 10.0.0.3  2 ms !H *',
  '    10.0.0.4  1 ms',
  '  3    <1 ms     2 ms     *     name [10.0.0.5]',
  ' 4  2001:db8::1 [AS1]  3 ms !<500>',
];

/** Recorded-looking text that is cut, mixed up and overwritten, and text that is nothing at all. */
const damaged = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .tuple(fc.array(fc.constantFrom(...LINES), { maxLength: 12 }), fc.nat(400), fc.nat(400), fc.string({ maxLength: 8 }))
    .map(([lines, cut, at, put]) => {
      const text = lines.join('\n').slice(0, cut);
      return text.slice(0, at) + put + text.slice(at + put.length);
    }),
);

test.each([
  ['traceroute', parseTraceroute],
  ['tracert', parseTracert],
])('%s: whatever comes, hops ascend, addresses are addresses, times are numbers, and problems are bounded', (_, parse) => {
  fc.assert(
    fc.property(damaged, (text) => {
      const { hops, problems } = parse(text);
      expect(problems.length).toBeLessThanOrEqual(MOST_PROBLEMS);
      let before = 0;
      for (const { ttl, probes } of hops) {
        expect(ttl).toBeGreaterThan(before);
        expect(ttl).toBeLessThanOrEqual(MOST_HOPS);
        before = ttl;
        for (const { address, rttMs } of probes) {
          if (address !== null) expect(isIpv4(address) || isIpv6(address)).toBe(true);
          if (rttMs !== null) expect(Number.isFinite(rttMs) && rttMs >= 0).toBe(true);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('a text cut off anywhere gives a part of what the whole gives', () => {
  const text = LINES.filter((line) => !line.includes('name [')).join('\n');
  const whole = hopsOf(parseTraceroute(text));
  for (let end = 0; end <= text.length; end++) {
    const cut = hopsOf(parseTraceroute(text.slice(0, text.lastIndexOf('\n', end) + 1)));
    expect(cut.length).toBeLessThanOrEqual(whole.length);
    cut.slice(0, -1).forEach((hop, i) => {
      expect(hop).toBe(whole[i]);
    });
  }
});

const shared = process.env['TACHO_SHARED'];
const corpora = ['traceroute', 'tracert'].flatMap((tool) => {
  const folder = join(shared ?? '', 'corpus', tool);
  if (shared === undefined || !existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:out|txt|stdout)$/.test(name));
  return files.map((name): [string, string, string] => [tool, name, join(folder, name)]);
});
if (corpora.length === 0)
  console.info('skipped: recorded outputs of traceroute and tracert: TACHO_SHARED does not name a folder with corpus/traceroute');

test.skipIf(corpora.length === 0).each(corpora)('recorded by %s: %s', (tool, _name, path) => {
  const text = readFileSync(path, 'latin1');
  const trace = tool === 'tracert' ? parseTracert(text) : parseTraceroute(text);
  // Every numbered line of these texts is a hop, and every time and star in them a probe.
  const lines = text.split(/\r?\n/).filter((line) => /^\s{0,3}\d{1,3}\s/.test(line));
  expect(trace.hops.map(({ ttl }) => ttl)).toEqual(lines.map((line) => Number(/\d+/.exec(line)?.[0])));
  const probes = text
    .split(/\r?\n/)
    .filter((line) => /^\s*\d{1,3}\s|^\s{2,}\S/.test(line))
    .flatMap((line) => line.match(/\s\*(?=\s|$)|\d\s?ms\b/g) ?? []);
  expect(trace.hops.flatMap((hop) => hop.probes)).toHaveLength(probes.length);
  expect(trace.address).not.toBeNull();
});
