import fc from 'fast-check';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../test/support/arbitraries.ts';
import { parsePing } from './ping.ts';

describe('parsePing', () => {
  test('reads replies, losses and the summary of iputils', () => {
    const report = parsePing(`PING gw.example (10.1.2.3) 56(84) bytes of data.
64 bytes from gw.example (10.1.2.3): icmp_seq=1 ttl=61 time=12.3 ms
64 bytes from gw.example (10.1.2.3): icmp_seq=3 ttl=61 time=158 ms
64 bytes from gw.example (10.1.2.3): icmp_seq=3 ttl=61 time=160 ms (DUP!)
From 10.1.2.1 icmp_seq=4 Destination Host Unreachable

--- gw.example ping statistics ---
4 packets transmitted, 2 received, +1 duplicates, +1 errors, 50% packet loss, time 3004ms
rtt min/avg/max/mdev = 12.345/110.223/160.111/69.300 ms, pipe 2
`);
    expect(report).toEqual({
      address: '10.1.2.3',
      replies: [
        { seq: 1, rttMs: 12.3, ttl: 61, duplicate: false, from: '10.1.2.3' },
        { seq: 3, rttMs: 158, ttl: 61, duplicate: false, from: '10.1.2.3' },
        { seq: 3, rttMs: 160, ttl: 61, duplicate: true, from: '10.1.2.3' },
      ],
      troubles: [{ seq: 4, from: '10.1.2.1', message: 'From 10.1.2.1 icmp_seq=4 Destination Host Unreachable' }],
      summary: { sent: 4, received: 2, duplicates: 1, lossPct: 50, rtt: { minMs: 12.345, avgMs: 110.223, maxMs: 160.111, stddevMs: 69.3 } },
      resolutionMs: 1,
    });
  });

  test('reads BusyBox, which says seq and has no deviation', () => {
    const report = parsePing(`PING host (10.9.8.7): 56 data bytes
64 bytes from 10.9.8.7: seq=0 ttl=42 time=1.331 ms

--- host ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
round-trip min/avg/max = 1.331/1.331/1.331 ms`);
    expect(report.replies).toEqual([{ seq: 0, rttMs: 1.331, ttl: 42, duplicate: false, from: '10.9.8.7' }]);
    expect(report.summary?.rtt).toEqual({ minMs: 1.331, avgMs: 1.331, maxMs: 1.331, stddevMs: null });
    expect(report.resolutionMs).toBe(0.001);
  });

  test('reads ping6 of BSD: hlim, a comma after the address, the address after the arrow', () => {
    const report = parsePing(`PING6(56=40+8+8 bytes) fd00::2 --> fd00::7
16 bytes from fd00::7, icmp_seq=0 hlim=59 time=27.684 ms
Request timeout for icmp_seq=1

--- fd00::7 ping6 statistics ---
2 packets transmitted, 1 packets received, 50.0% packet loss
round-trip min/avg/max/std-dev = 27.684/27.684/27.684/nan ms`);
    expect(report.address).toBe('fd00::7');
    expect(report.replies).toEqual([{ seq: 0, rttMs: 27.684, ttl: 59, duplicate: false, from: 'fd00::7' }]);
    expect(report.troubles).toHaveLength(1);
    expect(report.summary).toMatchObject({ sent: 2, received: 1, lossPct: 50, rtt: { stddevMs: null } });
  });

  test('reads a time with nothing after its point', () => {
    expect(parsePing('64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=257. ms').replies[0]?.rttMs).toBe(257);
  });

  test('does not take a number of a sequence for a time', () => {
    const [reply] = parsePing('64 bytes from 10.0.0.1: icmp_seq=7 ttl=64').replies;
    expect(reply).toMatchObject({ seq: 7, rttMs: null, ttl: 64 });
  });

  test('reads Windows in a language it does not know, with a clause that wraps', () => {
    const report = parsePing(`Badanie host [10.6.4.4] z 32 bajtami danych:
Odpowied\ufffd z 10.6.4.4: bajt\ufffdw=32 czas=114ms TTL=48
Up\ufffdyn\ufffd\ufffd limit czasu \ufffd\ufffddania.
Odpowied\ufffd z 10.6.4.4: bajt\ufffdw=32 czas<1 ms TTL=48

Statystyka badania ping dla 10.6.4.4:
    Pakiety: Wys\ufffdane = 3, Odebrane = 2, Utracone = 1
             (33% straty),
Szacunkowy czas b\ufffd\ufffddzenia pakiet\ufffdw w millisekundach:
    Minimum = 0 ms, Maksimum = 114 ms, Czas \ufffdredni = 57 ms`);
    expect(report.address).toBe('10.6.4.4');
    expect(report.replies.map(({ rttMs }) => rttMs)).toEqual([114, 1]);
    expect(report.summary).toEqual({ sent: 3, received: 2, duplicates: 0, lossPct: 33, rtt: { minMs: 0, avgMs: 57, maxMs: 114, stddevMs: null } });
  });

  test('a router that answers for a silent host is no reply', () => {
    const report = parsePing(`Pinging 10.0.0.9 with 32 bytes of data:
Reply from 10.0.0.1: Destination host unreachable.

Ping statistics for 10.0.0.9:
    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),`);
    expect(report.replies).toEqual([]);
    expect(report.troubles).toEqual([{ seq: null, from: '10.0.0.1', message: 'Reply from 10.0.0.1: Destination host unreachable.' }]);
  });

  test('never throws, and all it finds are finite numbers', () => {
    const words = fc.constantFrom(
      '64 bytes from ',
      '10.0.0.1',
      ': icmp_seq=',
      ' ttl=',
      ' time=',
      '<',
      '=',
      ' ms',
      '\n',
      '%',
      ', ',
      ' received',
      '::1',
      '1',
      '/',
      'TTL=',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(),
          fc.array(fc.oneof(words, fc.string()), { maxLength: 60 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const numbers = JSON.stringify(parsePing(text), (_, value: unknown) =>
            typeof value === 'number' && !Number.isFinite(value) ? 'NOT FINITE' : value,
          );
          expect(numbers).not.toContain('NOT FINITE');
        },
      ),
    );
  });

  test('reads back whatever iputils would print', () => {
    const reply = fc.record({
      seq: fc.integer({ min: 1, max: 65_535 }),
      ttl: fc.integer({ min: 1, max: 255 }),
      micros: fc.integer({ min: 1, max: 9_999_999 }),
    });
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 20 }), (replies) => {
        const lines = replies.map(({ seq, ttl, micros }) => `64 bytes from 10.0.0.1: icmp_seq=${seq} ttl=${ttl} time=${micros / 1000} ms`);
        const found = parsePing(['PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.', ...lines].join('\n')).replies;
        expect(found.map(({ seq, ttl, rttMs }) => ({ seq, ttl, rttMs }))).toEqual(
          replies.map(({ seq, ttl, micros }) => ({ seq, ttl, rttMs: micros / 1000 })),
        );
      }),
    );
  });

  test('takes a megabyte of hostile text in its stride', () => {
    for (const piece of ['=', '1.', 'a = 1, ', '= 1, b ', ':', '1 a, ', '%']) {
      expect(parsePing(piece.repeat(200_000)).replies).toEqual([]);
    }
  });
});

const corpus = join(process.env['TACHO_SHARED'] ?? '', 'corpus', 'ping');
const present = process.env['TACHO_SHARED'] !== undefined && existsSync(corpus);
if (!present) console.info('skipped: recorded outputs of ping: TACHO_SHARED does not name a folder with corpus/ping');

/** What the recordings' own readers call the same things. */
interface Expected {
  sent: number | null;
  received: number | null;
  avgMs: number | null;
  rtts: readonly (number | null)[] | null;
}

const number = (value: unknown): number | null => (value === null || value === undefined || value === '' ? null : Number(value));

/** The expectations beside the recordings, each in the words of its source. */
const readers: Record<string, (json: unknown) => Expected> = {
  jc: (json) => {
    const j = json as Record<string, unknown> & { responses: { type: string; time_ms?: number }[] };
    return {
      sent: number(j['packets_transmitted']),
      received: number(j['packets_received']),
      avgMs: number(j['round_trip_ms_avg']),
      rtts: j.responses.filter(({ type }) => type === 'reply').map(({ time_ms }) => time_ms ?? null),
    };
  },
  globalping: (json) => {
    const { stats, timings } = (json as { result: { stats: { total: number; rcv: number; avg: number }; timings: { rtt: number }[] } }).result;
    return { sent: stats.total, received: stats.rcv, avgMs: stats.avg, rtts: timings.map(({ rtt }) => rtt) };
  },
  'node-ping': (json) => {
    const { avg, times } = json as { avg: string; times: number[] };
    return { sent: null, received: null, avgMs: number(avg), rtts: times };
  },
  'pear-net_ping': (json) => {
    const j = json as Record<string, unknown>;
    return { sent: number(j['transmitted']), received: number(j['received']), avgMs: number(j['avg']), rtts: null };
  },
  pingparsing: (json) => {
    const { expected, replies } = json as { expected: Record<string, unknown>; replies: { time?: number }[] };
    return {
      sent: number(expected['packet_transmit']),
      received: number(expected['packet_receive']),
      avgMs: number(expected['rtt_avg']),
      rtts: replies.flatMap(({ time }) => (time === undefined ? [] : [time])),
    };
  },
  pscheduler: (json) => {
    const j = json as Record<string, unknown>;
    return { sent: number(j['sent']), received: number(j['received']), avgMs: null, rtts: null };
  },
};

/** Recordings of another program, whose expectation this parser has no part in. */
const foreign = 'tcp';

describe.skipIf(!present)('recorded outputs of ping', () => {
  const cases = present
    ? readdirSync(corpus).flatMap((source) =>
        readdirSync(join(corpus, source)).flatMap((file) => {
          const expectation = join(corpus, source, file.replace(/\.[a-z]+$/, '.expected.json'));
          const input = !file.includes('.expected') && /\.(txt|out)$/.test(file) && !file.includes(foreign);
          return input && readers[source] !== undefined && existsSync(expectation) ? [{ source, file, expectation }] : [];
        }),
      )
    : [];

  test.each(cases)('$source/$file', ({ source, file, expectation }) => {
    const report = parsePing(readFileSync(join(corpus, source, file), 'utf8'));
    const expected = readers[source]?.(JSON.parse(readFileSync(expectation, 'utf8')));
    expect(report.address).not.toBeNull();
    if (expected?.sent !== null) expect(report.summary?.sent).toBe(expected?.sent);
    if (expected?.received !== null) expect(report.summary?.received).toBe(expected?.received);
    if (expected?.avgMs !== null) expect(report.summary?.rtt?.avgMs).toBeCloseTo(expected?.avgMs ?? Number.NaN, 6);
    if (expected?.rtts !== null) expect(report.replies.map(({ rttMs }) => rttMs)).toEqual(expected?.rtts);
  });

  test('there is something to compare with', () => {
    expect(cases.length).toBeGreaterThan(40);
  });
});
