import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isIpv4, isIpv6 } from '../address.ts';
import { parseMtr } from './mtr.ts';
import { MOST_MTR_PROBLEMS } from './report.ts';

const NEW = `{
    "report": {
        "mtr": { "src": "client", "dst": "198.51.100.9", "tos": 0, "tests": 4, "psize": "64", "bitpattern": "0x00" },
        "hubs": [
            { "count": 1, "host": "10.0.0.1", "Loss%": 0.0, "Snt": 4, "Last": 0.5, "Avg": 0.6, "Best": 0.4, "Wrst": 0.9, "StDev": 0.2 },
            { "count": 2, "host": "???", "Loss%": 100.0, "Snt": 4, "Last": 0.0, "Avg": 0.0, "Best": 0.0, "Wrst": 0.0, "StDev": 0.0 },
            { "count": 3, "ASN": "AS64500", "host": "host.example (198.51.100.9)", "Loss%": 25.0, "Snt": 4, "Last": 9.5, "Avg": 9.6, "Best": 9.4, "Wrst": 9.9, "StDev": 0.2 }
        ]
    }
}
`;

const OLD = `{
  "report": {
    "mtr": {
      "src": "client",
      "dst": "host.example",
      "tos": "0x0",
      "psize": "64",
      "bitpattern": "0x00",
      "tests": "4"
    },
    "hubs": [{
      "count": "1",
      "host": "10.0.0.1",
      "Loss%": 0.00,
      "Snt": 4,
      "Last": 0.50,
      "Avg": 0.60,
      "Best": 0.40,
      "Wrst": 0.90,
      "StDev": 0.20
    }
    {
      "count": "2",
      "host": "???",
      "Loss%": "100.00%",
      "Snt": "4",
      "Last": "0.00"
    },]
  }
}`;

const RAW =
  'x 0 33000\nh 0 10.0.0.1\nh 0 10.0.0.1\np 0 500 33000\nx 1 33001\nx 2 33002\nh 2 10.0.2.1\nd 2 r.example\np 2 2000 33002\nx 0 33003\np 0 700 33003\nx 1 33004\nx 2 33005\nh 2 10.0.2.2\np 2 3000 33005\nx 2 33006\np 2 4000 33006\nx 2 33007\n';

const CSV =
  'Mtr_Version,Start_Time,Status,Host,Hop,Ip,Loss%,Snt, ,Last,Avg,Best,Wrst,StDev,\nMTR.0.95,1795314162,OK,198.51.100.9,1,10.0.0.1,0.00,5,0,0.08,0.09,0.07,0.10,0.01\nMTR.0.95,1795314162,OK,198.51.100.9,2,???,100.00,5,0,0.00,0.00,0.00,0.00,0.00\n';

const REPORT = `Start: 2026-11-22T02:22:54+0000
HOST: client                      Loss%   Snt   Last   Avg  Best  Wrst StDev
  1.|-- 10.0.0.1                   0.0%     5    0.1   0.2   0.1   0.3   0.0
  2.|-- ???                       100.0     5    0.0   0.0   0.0   0.0   0.0
  3. AS64500  |-- r.example       20.0%     5    9.1   9.2   9.1   9.3   0.1
        |  \`|-- 10.0.2.2
`;

describe('mtr', () => {
  test('--json of new versions: numbers, addresses beside names, silence without times', () => {
    const report = parseMtr(NEW);
    expect(report).toMatchObject({ form: 'json', source: 'client', destination: '198.51.100.9', cycles: 4, problems: [] });
    expect(report.hops).toMatchObject([
      {
        ttl: 1,
        addresses: ['10.0.0.1'],
        name: null,
        sent: 4,
        received: 4,
        lossPct: 0,
        lastMs: 0.5,
        avgMs: 0.6,
        bestMs: 0.4,
        worstMs: 0.9,
        stddevMs: 0.2,
      },
      { ttl: 2, addresses: [], name: null, sent: 4, received: 0, lossPct: 100, avgMs: null, bestMs: null },
      { ttl: 3, addresses: ['198.51.100.9'], name: 'host.example', asn: 'AS64500', received: 3, lossPct: 25 },
    ]);
  });

  test('--json of old versions: numbers as texts, commas missing and too many', () => {
    const report = parseMtr(OLD);
    expect(report).toMatchObject({ form: 'json', destination: 'host.example', cycles: 4, problems: [] });
    expect(report.hops).toMatchObject([
      { ttl: 1, addresses: ['10.0.0.1'], sent: 4, lossPct: 0, avgMs: 0.6 },
      { ttl: 2, addresses: [], sent: 4, lossPct: 100, lastMs: null, stddevMs: null },
    ]);
  });

  test('--raw: every probe, every address of a hop, and whose a time is where that is known', () => {
    const report = parseMtr(RAW);
    expect(report).toMatchObject({ form: 'raw', problems: [] });
    expect(report.hops).toMatchObject([
      { ttl: 1, addresses: ['10.0.0.1'], sent: 2, received: 2, lossPct: 0, avgMs: 0.6, lastMs: 0.7 },
      { ttl: 2, addresses: [], sent: 2, received: 0, lossPct: 100, avgMs: null, probes: [{ rttMs: null }, { rttMs: null }] },
      {
        ttl: 3,
        addresses: ['10.0.2.1', '10.0.2.2'],
        name: 'r.example',
        sent: 4,
        lossPct: 25,
        probes: [
          { address: '10.0.2.1', rttMs: 2 },
          { address: '10.0.2.2', rttMs: 3 },
          { address: null, rttMs: 4 },
          { address: null, rttMs: null },
        ],
      },
    ]);
    // Before 0.87 nothing is said of what is sent: loss is not known.
    expect(parseMtr('h 0 10.0.0.1\np 0 500\np 0 700\n').hops).toMatchObject([{ ttl: 1, sent: null, received: 2, lossPct: null, avgMs: 0.6 }]);
  });

  test('--csv and --report', () => {
    expect(parseMtr(CSV)).toMatchObject({
      form: 'csv',
      version: '0.95',
      destination: '198.51.100.9',
      cycles: 5,
      problems: [],
      hops: [
        { ttl: 1, addresses: ['10.0.0.1'], sent: 5, lossPct: 0, avgMs: 0.09 },
        { ttl: 2, addresses: [], lossPct: 100, avgMs: null },
      ],
    });
    expect(parseMtr(REPORT)).toMatchObject({
      form: 'report',
      source: 'client',
      cycles: 5,
      problems: [],
      hops: [
        { ttl: 1, addresses: ['10.0.0.1'], sent: 5, worstMs: 0.3 },
        { ttl: 2, addresses: [], lossPct: 100, lastMs: null },
        { ttl: 3, addresses: ['10.0.2.2'], name: 'r.example', asn: 'AS64500', lossPct: 20, received: 4 },
      ],
    });
  });

  test('a text that is cut off gives its whole hops and says so', () => {
    const cut = parseMtr(NEW.slice(0, NEW.indexOf('"count": 3') + 40));
    expect(cut.hops.map(({ ttl }) => ttl)).toEqual([1, 2]);
    expect(cut.problems).not.toEqual([]);
  });

  test('what is no report is a problem', () => {
    expect(parseMtr('mtr-packet: Failure to open IPv4 sockets: Permission denied\n')).toMatchObject({
      form: 'unknown',
      hops: [],
      problems: ['mtr-packet: Failure to open IPv4 sockets: Permission denied'],
    });
    expect(parseMtr('')).toMatchObject({ form: 'unknown', problems: ['there is no output'] });
  });

  test('whatever comes, hops ascend, figures are finite, and problems are bounded', () => {
    const damaged = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .tuple(fc.constantFrom(NEW, OLD, RAW, CSV, REPORT), fc.nat(900), fc.nat(900), fc.string({ maxLength: 8 }))
        .map(([text, cut, at, put]) => (text.slice(0, at) + put + text.slice(at + put.length)).slice(0, cut)),
    );
    fc.assert(
      fc.property(damaged, (text) => {
        const { hops, problems } = parseMtr(text);
        expect(problems.length).toBeLessThanOrEqual(MOST_MTR_PROBLEMS);
        let before = 0;
        for (const { ttl, addresses, ...rest } of hops) {
          expect(ttl).toBeGreaterThan(before);
          before = ttl;
          for (const address of addresses) expect(isIpv4(address) || isIpv6(address)).toBe(true);
          for (const value of Object.values(rest)) if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const folder = join(process.env['TACHO_SHARED'] ?? '', 'corpus', 'mtr');
const recorded =
  process.env['TACHO_SHARED'] !== undefined && existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:stdout|txt|json)$/.test(name) && !name.includes('.expected.'))
    : [];
if (recorded.length === 0) console.info('skipped: recorded outputs of mtr: TACHO_SHARED does not name a folder with corpus/mtr');

test.skipIf(recorded.length === 0).each(recorded)('recorded: %s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const report = parseMtr(text);
  const count = { json: text.match(/"count"/g)?.length, csv: text.match(/^MTR\./gm)?.length, report: text.match(/^\s*\d+\.\|/gm)?.length };
  const indexes = new Set([...text.matchAll(/^x (\d+)/gm)].map((match) => match[1]));
  expect(report.hops).toHaveLength({ ...count, raw: indexes.size, unknown: 0 }[report.form] ?? 0);
  expect(report.form).not.toBe('unknown');
  expect(report.hops.some(({ addresses }) => addresses.length > 0)).toBe(true);
  // One recording begins in the middle of a line.
  expect(report.problems.length).toBeLessThanOrEqual(1);
});
