import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitraries.ts';
import { parseIperf3 } from './iperf3.ts';
import type { Iperf3Direction, Iperf3Flow, Iperf3Run } from './run.ts';

const fixtures = resolve(import.meta.dirname, '../../../test/fixtures/iperf3');
const recorded = (name: string): string => readFileSync(join(fixtures, name), 'utf8');

/** The one run of a text. */
function runIn(text: string): Iperf3Run {
  const { runs } = parseIperf3(text);
  expect(runs).toHaveLength(1);
  return runs[0] as Iperf3Run;
}

const mbps = (flow: Iperf3Flow | null): number | null => (flow?.mbps == null ? null : Number(flow.mbps.toFixed(3)));
const rates = ({ sent, received }: Iperf3Direction): (number | null)[] => [mbps(sent), mbps(received)];

describe('JSON of iperf3', () => {
  test('both directions: each has its own sums, whatever test_start says', () => {
    const run = runIn(recorded('tcp-both.out'));
    expect(run).toMatchObject({
      form: 'json',
      version: '3.12',
      protocol: 'tcp',
      isReverse: false,
      isBidirectional: true,
      error: null,
      hasSummary: true,
    });
    expect(rates(run.forward)).toEqual([20.97, 20.97]);
    expect(rates(run.reverse)).toEqual([20.97, 20.97]);
    expect(run.intervals.map(({ forward, reverse }) => [forward?.retransmits, reverse?.retransmits])).toEqual([[0, null]]);
  });

  test('the other end sends: no round-trip times, because this end has none', () => {
    const run = runIn(recorded('tcp-parallel.out'));
    expect(run).toMatchObject({ isReverse: true, isBidirectional: false, rttMs: { min: null, mean: null, max: null }, maxSndCwnd: null });
    expect(rates(run.forward)).toEqual([31.457, 31.459]);
    expect(run.intervals.map(({ omitted }) => omitted)).toEqual([true, false]);
  });

  test('times are in milliseconds and windows in bytes', () => {
    const run = runIn(recorded('tcp-1mb-paced.out'));
    const { end } = JSON.parse(recorded('tcp-1mb-paced.out')) as { end: { streams: [{ sender: { mean_rtt: number; max_snd_cwnd: number } }] } };
    expect(run.rttMs.mean).toBe(end.streams[0].sender.mean_rtt / 1000);
    expect(run.maxSndCwnd).toBe(end.streams[0].sender.max_snd_cwnd);
  });

  test.each([
    ['udp-lossy-up', [3.996, 3.15], 20.87, [null, null], null],
    ['udp-lossy-down', [3.996, 3.209], 19.42, [null, null], null],
    ['udp-lossy-both', [3.996, 3.208], 19.42, [4.008, 3.174], 20.809],
  ] as const)('%s: what arrived is what the receiving end counted, never the mixed sum', (name, forward, loss, reverse, reverseLoss) => {
    const run = runIn(recorded(`${name}.out`));
    expect(rates(run.forward)).toEqual(forward);
    expect(run.forward.lossPct?.toFixed(2)).toBe(loss.toFixed(2));
    expect(rates(run.reverse)).toEqual(reverse);
    expect(run.reverse.lossPct?.toFixed(3)).toBe(reverseLoss?.toFixed(3));
    expect(run.forward.retransmits).toBeNull();
  });

  test('before 3.7 UDP has one sum: bytes of the client, loss of the receiver', () => {
    const text = (reverse: number) =>
      JSON.stringify({
        start: { version: 'iperf 3.1.3', test_start: { protocol: 'UDP', reverse } },
        intervals: [],
        end: { sum: { bytes: 1000, seconds: 1, bits_per_second: 8000, jitter_ms: 0.5, lost_packets: 1, packets: 10, lost_percent: 10 } },
      });
    expect(runIn(text(0)).forward).toMatchObject({ sent: { mbps: 0.008 }, received: null, lossPct: 10, jitterMs: 0.5 });
    expect(runIn(text(1)).forward).toMatchObject({ sent: null, received: { mbps: 0.008 }, lossPct: 10 });
  });

  test.each([
    ['refused', 'unable to connect to server: Connection refused', 0],
    ['busy', 'the server is busy running a test. try again later', 0],
    ['died-up', 'control socket has closed unexpectedly', 2],
    ['congestion-unavailable', 'unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported on this host', 0],
  ])('%s: an error is in the document though the exit status may be 0', (name, error, intervals) => {
    const run = runIn(recorded(`${name}.out`));
    expect(run).toMatchObject({ error, hasSummary: false });
    expect(run.intervals).toHaveLength(intervals);
  });

  test('an interrupted test has its summary and its error, and an other end that did not report', () => {
    const run = runIn(recorded('interrupted.out'));
    expect(run).toMatchObject({ error: 'interrupt - the client has terminated', hasSummary: true, cpuRemote: null });
    expect(rates(run.forward)).toEqual([1.396, 0]);
  });

  test('warnings before the document, and control characters, are notes', () => {
    const { runs, notes, problems } = parseIperf3(`warning: {UDP} block size 1460 exceeds TCP MSS\n\u001b[0m\u0007\n${recorded('udp-up.out')}`);
    expect(runs[0]?.hasSummary).toBe(true);
    expect(notes).toEqual(['warning: {UDP} block size 1460 exceeds TCP MSS']);
    expect(problems).toEqual([]);
  });

  test.each(['nan', '-nan', 'NaN', '-nan(ind)', 'inf', '-inf', '1.#IND', '1e999'])('a number that is %s is not known', (none) => {
    const text = recorded('udp-up.out').replace(/("lost_percent":\s*)0/g, `$1${none}`);
    const run = runIn(text);
    expect(run.forward.lossPct).toBeNull();
    expect(rates(run.forward)).toEqual([5.242, 5.242]);
  });

  test('of a key that came twice the last one holds, and it is said where they differ', () => {
    const text = recorded('udp-up.out').replace('"version":', '"version": "iperf 2.0.0", "version":');
    expect(runIn(text).version).toBe('3.12');
    expect(parseIperf3(text).problems).toEqual(['the key version came twice']);
    // sock_bufsize comes once a stream, with the same value.
    expect(parseIperf3(recorded('tcp-both.out')).problems).toEqual([]);
  });

  test('several documents after one another are several runs', () => {
    const { runs } = parseIperf3(`${recorded('refused.out')}${recorded('tcp-both.out')}`);
    expect(runs.map(({ error }) => error !== null)).toEqual([true, false]);
  });

  test('a document cut short keeps its whole intervals and has no summary', () => {
    const text = recorded('tcp-both.out');
    const cut = text.slice(0, text.indexOf('"end":	{\n\t\t"streams"'));
    expect(cut.length).toBeLessThan(text.length);
    const { runs, problems } = parseIperf3(cut);
    expect(runs).toMatchObject([{ hasSummary: false, error: null, intervals: [{ forward: { retransmits: 0 } }] }]);
    expect(problems).toContain('the output ends before its document does');
  });

  test('streamed lines say the same as the one document', () => {
    for (const name of ['tcp-both.out', 'udp-lossy-down.out', 'died-up.out']) {
      const { start, intervals, end, error } = JSON.parse(recorded(name)) as Record<string, unknown> & { intervals: unknown[] };
      const events = [
        { event: 'start', data: start },
        ...intervals.map((data) => ({ event: 'interval', data })),
        ...(error === undefined ? [] : [{ event: 'error', data: error }]),
        { event: 'end', data: end },
      ];
      const streamed = runIn(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      expect(streamed).toEqual({ ...runIn(recorded(name)), form: 'json-stream' });
    }
  });

  test('JSON that is none of iperf3 is said to be none', () => {
    expect(parseIperf3('{"hops": []}')).toMatchObject({ runs: [], problems: ['a JSON document is no result of iperf3'] });
  });
});

describe('plain text of iperf3', () => {
  test('both directions with parallel streams: the sums of each, at both ends', () => {
    const client = runIn(recorded('text-both.txt'));
    expect(client).toMatchObject({ form: 'text', version: '3.12', protocol: 'tcp', isBidirectional: true, congestionSender: 'bbr', mss: 32_768 });
    expect([rates(client.forward), rates(client.reverse)]).toEqual([
      [10.5, 10.4],
      [10.5, 10.4],
    ]);
    expect(client.intervals.map(({ omitted, forward, reverse }) => [omitted, forward?.mbps, reverse?.mbps])).toEqual([
      [true, 10.5, 10.5],
      [false, 10.5, 10.5],
    ]);
    const server = runIn(recorded('text-both-server.txt'));
    expect([rates(server.forward), rates(server.reverse)]).toEqual([
      [null, 10.4],
      [10.4, null],
    ]);
    for (const name of ['text-both.txt', 'text-both-server.txt', 'text-udp-down.txt']) expect(parseIperf3(recorded(name)).problems).toEqual([]);
  });

  test('UDP that the other end sends', () => {
    const run = runIn(recorded('text-udp-down.txt'));
    expect(run).toMatchObject({
      protocol: 'udp',
      isReverse: true,
      forward: { jitterMs: 12.222, packets: 8, lostPackets: 0, lossPct: 0, retransmits: null },
    });
    expect(rates(run.forward)).toEqual([2.1, 2.1]);
  });

  test('an error alone is a run that failed; a line nobody knows is said', () => {
    expect(runIn('iperf3: error - unable to connect to server: Connection refused\n')).toMatchObject({
      error: 'unable to connect to server: Connection refused',
      hasSummary: false,
    });
    expect(parseIperf3('hello\n')).toEqual({ runs: [], notes: [], problems: ['a line was not understood: hello'] });
  });
});

test('whatever comes, it does not throw, and its figures are finite and not negative', () => {
  const sources = readdirSync(fixtures)
    .filter((name) => !name.endsWith('.md'))
    .map(recorded);
  const words = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"end"',
    '"sum_sent"',
    '{"event":"interval","data":',
    '-nan',
    '1e999',
    '\n',
    '[SUM]',
    '\u0000',
  );
  const mutated = fc
    .tuple(
      fc.constantFrom(...sources),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.oneof(words, anyText()),
    )
    .map(([source, from, length, put]) => {
      const at = Math.floor(from * source.length);
      return source.slice(0, at) + put + source.slice(at + Math.floor(length * 200));
    });
  const cut = fc
    .tuple(fc.constantFrom(...sources), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([source, to]) => source.slice(0, to * source.length));
  const garbage = fc.array(fc.oneof(words, anyText()), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(mutated, cut, garbage), (text) => {
      const { runs, notes, problems } = parseIperf3(text);
      expect(Math.max(notes.length, problems.length)).toBeLessThanOrEqual(20);
      for (const { forward, reverse, intervals } of runs) {
        const figures = [forward.sent, forward.received, reverse.sent, reverse.received].flatMap((flow) => [flow?.mbps ?? 0, flow?.bytes ?? 0]);
        for (const figure of [...figures, ...intervals.map((interval) => interval.forward?.mbps ?? 0)]) {
          expect(Number.isFinite(figure) && figure >= 0).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('nesting without end is cut off, not followed', () => {
  expect(parseIperf3(`{"start":${'['.repeat(100_000)}`).problems).toContain('the output ends before its document does');
  expect(parseIperf3('{"a":'.repeat(5000)).runs).toEqual([]);
});

const corpus = join(process.env['TACHO_SHARED'] ?? '', 'corpus', 'iperf3');
const present = process.env['TACHO_SHARED'] !== undefined && existsSync(corpus);
if (!present) console.info('skipped: recorded outputs of iperf3: TACHO_SHARED does not name a folder with corpus/iperf3');

describe.skipIf(!present)('recorded outputs of iperf3 from many systems', () => {
  const inputs = !present
    ? []
    : readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter(
        (name) => /\.(?:stdout|txt|json)$/.test(name) && !name.endsWith('.expected.json'),
      );

  test.each(inputs)('%s: a run, with a summary or with an error, and nothing not understood', (name) => {
    const { runs, problems } = parseIperf3(readFileSync(join(corpus, name), 'utf8'));
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(1);
    for (const { hasSummary, error } of runs) expect(hasSummary).toBe(error === null);
  });

  test.each([
    ['captured/tcp.stdout', [12_741.524, 12_740.233]],
    ['captured/tcp_reverse_P3_omit.stdout', [26_266.438, 26_266.664]],
    ['captured/udp.stdout', [19.997, 19.997]],
    ['captured/text_tcp.stdout', [16_600, 16_600]],
    ['iperf3-python/results.json', [935.992, 934.268]],
    ['moler/iperf3_multiple_connections.txt', [22_300, 22_200]],
    ['moler/iperf3_singlerun_udp_server.txt', [null, 1.052]],
    ['moler/iperf3_tcp_ipv6_server.txt', [null, 22_000]],
  ])('%s: the rates of the whole test', (name, expected) => {
    expect(rates(runIn(readFileSync(join(corpus, name), 'utf8')).forward)).toEqual(expected);
  });
});
