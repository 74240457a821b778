import { describe, expect, test } from 'vitest';
import { ping } from '../../../src/model/kinds/ping.ts';
import { aDestination, aJob, anAgent, aResult, NOW } from '../../test/fixtures.ts';
import { capabilityWords, shortPlatform, troubleWords } from './agent-words.ts';
import { summaryText } from './latency-summary.ts';
import { measuredDestinations } from './measured-destinations.ts';
import { headline } from './metrics.ts';
import { agoText } from './time.ts';

describe("a result's headline", () => {
  test('is the first primary metric of its kind', () => {
    expect(headline(aResult())).toEqual({ title: 'Latency', text: '1.23\u00a0ms' });
  });

  test('is the next one where the first is absent: a ping that nothing answered shows its loss', () => {
    expect(headline(aResult({ metrics: { packet_loss_pct: 100 } }))).toEqual({ title: 'Loss', text: '100.0\u00a0%' });
  });

  test('of an unknown kind is its first metric', () => {
    expect(headline(aResult({ kind: 'benchmark', metrics: { score: 1234.567 } }))).toEqual({ title: 'score', text: '1,235' });
  });

  test('of nothing is nothing', () => {
    expect(headline(aResult({ metrics: {} }))).toBeNull();
  });
});

describe("an agent's troubles", () => {
  test('are none where all is well', () => {
    expect(troubleWords(anAgent())).toEqual([]);
    expect(troubleWords(anAgent({ spool: null, clock_offset_ms: null }))).toEqual([]);
  });

  test('are said one by one', () => {
    const spool = { epoch: 'e', pending: 1, pending_bytes: 9, dropped: 2, dead: 3 };
    expect(troubleWords(anAgent({ spool, clock_offset_ms: -600_000 }))).toEqual([
      '1 result waiting to be sent',
      '2 results dropped: the spool was full',
      '3 results refused by the server, kept on the agent',
      'its clock is 10 min behind',
    ]);
  });

  test('a capability says its tool, and why it falls back', () => {
    const capabilities = { ping: { available: true, tool: 'tcp', version: null, note: 'no ICMP' } };
    expect(capabilityWords(anAgent({ capabilities }))).toEqual([{ kind: 'ping', title: 'Ping', available: true, tool: 'tcp', note: 'no ICMP' }]);
  });
});

test('a platform is its system and its processor', () => {
  expect(shortPlatform('linux x64 6.12.0-1')).toBe('linux x64');
  expect(shortPlatform('plan9')).toBe('plan9');
});

test('a kind measures what its jobs select by name, id or tag, and what its results show', () => {
  const destinations = [1, 2, 3, 4, 5].map((id) => aDestination({ id, name: `d${id}`, tags: id === 3 ? ['core'] : [] })).reverse();
  const jobs = [aJob({ destinations: ['d1', '2', 'tag:core'] }), aJob({ kinds: ['http'], destinations: ['d5'] })];
  const results = [aResult({ destination: 'd4', destination_id: 4 }), aResult({ kind: 'http', destination: 'd5', destination_id: 5 })];
  expect(measuredDestinations('ping', { destinations, jobs, results }).map((destination) => destination.name)).toEqual(['d1', 'd2', 'd3', 'd4']);
});

test.each([
  [3000, 'just now'],
  [31_000, '30 s ago'],
  [90_000, '2 min ago'],
  [7_200_000, '2 h ago'],
  [86_400_000 * 3, '3 days ago'],
  [86_400_000 * 90, '3 months ago'],
  [86_400_000 * 1461, '4 years ago'],
])('%d ms are %s', (ms, text) => {
  expect(agoText(NOW - ms, NOW)).toBe(text);
});

describe('what a chart says of itself', () => {
  const read = { now: NOW, bucketMs: 60_000, utc: true };
  const latest = (value: number, isNow = true) => ({ value, at: NOW - 3_600_000, isNow });
  const chart = { latencyMetric: ping.metrics.rtt_avg_ms, lossMetric: ping.metrics.packet_loss_pct };

  test('names the newest, the spread and the loss', () => {
    const summary = { runs: 60, failures: 1, latest: latest(0.62), min: 0.5, max: 2.9, lossMean: 1.5, lossMax: 100 };
    expect(summaryText(chart, summary, read).replaceAll('\u00a0', ' ')).toBe(
      'Latency is 0.62 ms now, between 0.50 and 2.90 ms. Loss is 1.5 % on average and 100.0 % at most in 60 runs, 1 failed.',
    );
  });

  test('leaves out a spread that is none', () => {
    const summary = { runs: 1, failures: 0, latest: latest(0.042), min: 0.041, max: 0.044, lossMean: 0, lossMax: 0 };
    expect(summaryText(chart, summary, read).replaceAll('\u00a0', ' ')).toBe('Latency is 0.04 ms now. Nothing was lost in 1 run.');
  });

  test('does not call silence a latency', () => {
    const summary = { runs: 2, failures: 2, latest: null, min: null, max: null, lossMean: 100, lossMax: 100 };
    expect(summaryText(chart, summary, read)).toMatch(/^No reply came\. Loss is 100\.0/);
  });

  test('says when it was where that is not now', () => {
    const summary = { runs: 1, failures: 0, latest: latest(3, false), min: 3, max: 3, lossMean: 0, lossMax: 0 };
    expect(summaryText(chart, summary, read).replaceAll('\u00a0', ' ')).toBe('Latency was 3.00 ms at 09:00. Nothing was lost in 1 run.');
  });
});
