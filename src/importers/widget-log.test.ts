import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resultInput } from '../model/result.ts';
import { speedtestFromWidget } from './widget-log.ts';

const read = (data: unknown) => {
  const result = speedtestFromWidget(data);
  if (typeof result === 'string') throw new Error(result);
  return result;
};

describe("a widget's speed test", () => {
  test('in flat words', () => {
    const data = {
      download: 245.6,
      upload: 32.5,
      ping: 12.3,
      jitter: 1.5,
      packet_loss: 0.5,
      server: 'Example, Berlin',
      isp: 'ExampleNet',
      external_ip: '192.0.2.1',
      result_url: 'https://example.org/1',
      test_duration: 21.5,
    };
    expect(read(data)).toEqual({
      kind: 'speedtest',
      status: 'success',
      failure: null,
      duration_ms: 21_500,
      metrics: { download_mbps: 245.6, upload_mbps: 32.5, ping_ms: 12.3, jitter_ms: 1.5, packet_loss_pct: 0.5 },
      labels: { server_name: 'Example, Berlin', isp: 'ExampleNet' },
      details: { external_ip: '192.0.2.1', result_url: 'https://example.org/1', raw: data },
    });
    expect(read({ download: 1, packetLoss: 2 }).metrics).toEqual({ download_mbps: 1, packet_loss_pct: 2 });
    expect(read({ download_mbps: 1, upload_mbps: 2, ping_ms: 3, jitter_ms: 4, packet_loss_pct: 5 }).metrics).toEqual({
      download_mbps: 1,
      upload_mbps: 2,
      ping_ms: 3,
      jitter_ms: 4,
      packet_loss_pct: 5,
    });
  });

  test("in Ookla's JSON, whose bandwidths are bytes a second and whose times are milliseconds", () => {
    const data = {
      type: 'result',
      ping: { jitter: 0.5, latency: 8.25, low: 8, high: 9 },
      download: { bandwidth: 12_500_000, bytes: 150_000_000, elapsed: 12_000, latency: { iqm: 30.5 } },
      upload: { bandwidth: 4_000_000, bytes: 40_000_000, elapsed: 9_500, latency: { iqm: 45 } },
      packetLoss: 0,
      isp: 'ExampleNet',
      interface: { externalIp: '192.0.2.7', name: 'eth0' },
      server: { id: 1, name: 'Example', location: 'Berlin', country: 'Germany' },
      result: { id: 'x', url: 'https://example.org/r/x' },
    };
    expect(read(data)).toEqual({
      kind: 'speedtest',
      status: 'success',
      failure: null,
      duration_ms: 21_500,
      metrics: {
        download_mbps: 100,
        upload_mbps: 32,
        ping_ms: 8.25,
        jitter_ms: 0.5,
        packet_loss_pct: 0,
        loaded_rtt_down_ms: 30.5,
        loaded_rtt_up_ms: 45,
      },
      labels: { server_name: 'Example', server_location: 'Berlin, Germany', isp: 'ExampleNet' },
      details: { external_ip: '192.0.2.7', result_url: 'https://example.org/r/x', raw: data },
    });
  });

  test.each([
    [{ download: 0, upload: 0, ping: 1_800_000 }, {}],
    [
      { download: 10, upload: 0, ping: 5 },
      { download_mbps: 10, ping_ms: 5 },
    ],
    [{ error: 'no servers' }, {}],
    [{ error: 'lost', ping: 5 }, { ping_ms: 5 }],
    [{ status: 'failed', download: null }, {}],
  ])('%j failed, and only what was measured is a metric', (data, metrics) => {
    expect(read(data)).toMatchObject({ status: 'failed', failure: { source: 'network', code: 'test_failed' }, metrics });
    expect(read(data).metrics).toEqual(metrics);
  });

  test.each([
    [{}, 'data: no figures: expected download, upload or ping'],
    [{ download: '245' }, 'data.download: expected a number, got "245"'],
    [{ download: -1 }, 'data: invalid download_mbps: expected a number of at least 0, got -1'],
    [{ ping: 5, packet_loss: 120 }, 'data: invalid packet_loss_pct: expected percent, at most 100, got 120'],
    [{ download: { bandwidth: 'fast' } }, 'data.download.bandwidth: expected a number, got "fast"'],
    [null, 'data: expected an object, got null'],
  ])('%j is none, and the reason is said', (data, reason) => {
    expect(speedtestFromWidget(data)).toBe(reason);
  });

  test('whatever is posted, it is a valid result or refused', () => {
    const keys = [
      'download',
      'upload',
      'ping',
      'server',
      'isp',
      'error',
      'packetLoss',
      'interface',
      'bandwidth',
      'latency',
      'test_duration',
      'status',
    ];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(fc.double(), fc.constantFrom<unknown>(0, 5, '5', null, true, 'x'.repeat(300)), fc.string(), tie('object')),
      object: fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 5 }),
    })).object;
    fc.assert(
      fc.property(value, (data) => {
        const result = speedtestFromWidget(data);
        if (typeof result === 'string') expect(result).not.toBe('');
        else expect(resultInput.safeParse({ ...result, agent: 'a', started_at: '2026-01-01T00:00:00Z' }).error).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
