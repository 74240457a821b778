import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());

const post = (machine_id: unknown, logs: unknown[], token?: string): Promise<Answer> =>
  server.request('POST', '/api/fleet/widget-logs', { json: { machine_id, logs }, ...(token === undefined ? {} : { token }) });
const summary = (query = ''): Promise<Answer> => server.request('GET', `/api/fleet/speedtest/summary${query}`);
const listed = async (query = ''): Promise<Record<string, unknown>[]> =>
  (await server.request('GET', `/api/fleet/widget-logs${query}`)).json.items as Record<string, unknown>[];
const speedtest = (timestamp: string, data: Record<string, unknown>) => ({ widget_type: 'speedtest', timestamp, data });

/** Sixteen values with this mean, the first and second as they are given. */
function sixteen(mean: number, ...first: number[]): number[] {
  const rest = (mean * 16 - first.reduce((sum, value) => sum + value, 0)) / (16 - first.length);
  return Array.from({ length: 16 }, (_, i) => first[i] ?? rest);
}

/** The machines of the requirement's example: their means and last tests, and the fleet's extremes. */
const machines = [
  { name: 'iMac-Office', download: sixteen(245), upload: sixteen(32), ping: sixteen(12), last: '2025-11-19T23:25:00' },
  { name: 'MacBook-Pro', download: sixteen(280.5, 310.2), upload: sixteen(35.2, 38.2), ping: sixteen(10.5, 8.5), last: '2025-11-19T23:30:00' },
  { name: 'Mac-Mini', download: sixteen(211.5, 180.5), upload: sixteen(30.3, 25), ping: sixteen(14.5, 25.3), last: '2025-11-19T23:20:00' },
];
const PERIOD = '?start_time=2025-11-18T23:45:00&end_time=2025-11-19T23:45:00';

describe('the fleet summary', () => {
  beforeAll(async () => {
    for (const { name, download, upload, ping, last } of machines) {
      const logs = download.map((value, i) => {
        const at = new Date(Date.parse(`${last}Z`) - (15 - i) * 3_600_000).toISOString();
        return speedtest(at, { download: value, upload: upload[i], ping: ping[i], jitter: 1, isp: 'ExampleNet' });
      });
      expect((await post(name, logs)).json).toEqual({ status: 'ok', logs_stored: 16, duplicates: 0, refused: [] });
    }
  });

  test('has every field of the example, computed from the tests', async () => {
    const { status, json } = await summary(PERIOD);
    expect(status).toBe(200);
    const close = (value: number): unknown => expect.closeTo(value, 9) as unknown;
    expect(json).toEqual({
      period_hours: 24,
      start_time: '2025-11-18T23:45:00.000Z',
      end_time: '2025-11-19T23:45:00.000Z',
      test_count: 48,
      failed_count: 0,
      machine_count: 3,
      avg_download_mbps: close(737 / 3),
      avg_upload_mbps: close(32.5),
      avg_ping_ms: close(37 / 3),
      min_download_mbps: 180.5,
      max_download_mbps: 310.2,
      min_upload_mbps: 25,
      max_upload_mbps: 38.2,
      min_ping_ms: 8.5,
      max_ping_ms: 25.3,
      exact: true,
      machines: [
        ['MacBook-Pro', 280.5, 35.2, 10.5, '2025-11-19T23:30:00.000Z'],
        ['iMac-Office', 245, 32, 12, '2025-11-19T23:25:00.000Z'],
        ['Mac-Mini', 211.5, 30.3, 14.5, '2025-11-19T23:20:00.000Z'],
      ].map(([machine_id, download, upload, ping, last_test]) => ({
        machine_id,
        agent_id: expect.any(Number) as unknown,
        test_count: 16,
        failed_count: 0,
        avg_download_mbps: close(Number(download)),
        avg_upload_mbps: close(Number(upload)),
        avg_ping_ms: close(Number(ping)),
        last_test,
      })),
    });
  });

  test('takes the beginning of a period in and leaves its end out', async () => {
    const one = await summary('?start_time=2025-11-19T23:20:00&end_time=2025-11-19T23:30:00');
    expect(one.json).toMatchObject({ test_count: 2, machine_count: 2, period_hours: 1 / 6 });
    const before = await summary('?hours=1&end_time=2025-11-19T23:30:00.001Z');
    expect(before.json).toMatchObject({ test_count: 3, period_hours: 1, start_time: '2025-11-19T22:30:00.001Z' });
  });

  test('of the last day is empty where nothing was tested, with nulls for figures', async () => {
    expect((await summary()).json).toMatchObject({
      period_hours: 24,
      test_count: 0,
      machine_count: 0,
      avg_download_mbps: null,
      min_ping_ms: null,
      machines: [],
    });
  });

  test('counts a failed test as failed and in no figure, and still shows a machine that only fails', async () => {
    const at = new Date(server.clock.now() - 60_000).toISOString();
    const later = new Date(server.clock.now() - 30_000).toISOString();
    await post('Broken', [speedtest(at, { download: 0, upload: 0, ping: 1_800_000 })]);
    await post('Half', [speedtest(at, { download: 50, upload: 5, ping: 20 }), speedtest(later, { download: 500, upload: 0, ping: 20 })]);
    const { json } = await summary('?hours=1');
    expect(json).toMatchObject({ test_count: 1, failed_count: 2, machine_count: 2, avg_download_mbps: 50, max_download_mbps: 50 });
    expect(json.machines).toMatchObject([
      { machine_id: 'Half', test_count: 1, failed_count: 1, avg_download_mbps: 50, last_test: later },
      { machine_id: 'Broken', test_count: 0, failed_count: 1, avg_download_mbps: null, last_test: at },
    ]);
  });

  test.each([
    'hours=0',
    'hours=87601',
    'hours=1e99',
    'hours=1.5',
    "hours=1'%20OR%201=1",
    'start_time=yesterday',
    'start_time=2025-01-02&end_time=2025-01-01',
    'start_time=2025-01-02&end_time=2025-01-02',
    'hours=5&start_time=2025-01-02',
  ])('refuses %s with a clear error', async (query) => {
    const { status, json } = await summary(`?${query}`);
    expect([status, json.error.code]).toEqual([400, 'invalid_request']);
    expect(json.error.message).toMatch(/^(hours|start_time|end_time)\b/);
  });

  test('needs the scope read', async () => {
    expect((await server.request('GET', '/api/fleet/speedtest/summary', { token: null })).status).toBe(401);
    const agent = await server.agent('only-posts');
    expect((await server.request('GET', '/api/fleet/speedtest/summary', { token: agent.credential })).status).toBe(403);
  });
});

describe('widget logs', () => {
  test('a speed test is a result like any other, with our metrics and labels', async () => {
    const data = {
      ping: { latency: 9, jitter: 0.25 },
      download: { bandwidth: 1_250_000, elapsed: 8000 },
      upload: { bandwidth: 250_000, elapsed: 7000 },
      packetLoss: 1.5,
      isp: 'ExampleNet',
      interface: { externalIp: '192.0.2.9' },
      server: { name: 'Example', location: 'Berlin', country: 'Germany' },
      result: { url: 'https://example.org/r/1' },
    };
    await post('nested', [speedtest('2025-01-01T10:00:00', data)]);
    const { json } = await server.request('GET', '/api/results?kind=speedtest&agent=nested');
    expect(json.items).toMatchObject([
      {
        agent: 'nested',
        started_at: '2025-01-01T10:00:00.000Z',
        duration_ms: 15_000,
        status: 'success',
        metrics: { download_mbps: 10, upload_mbps: 2, ping_ms: 9, jitter_ms: 0.25, packet_loss_pct: 1.5 },
        labels: { server_name: 'Example', server_location: 'Berlin, Germany', isp: 'ExampleNet' },
        details: { external_ip: '192.0.2.9', result_url: 'https://example.org/r/1' },
      },
    ]);
    expect(await listed('?machine_id=nested')).toMatchObject([
      { machine_id: 'nested', widget_type: 'speedtest', timestamp: '2025-01-01T10:00:00.000Z', data },
    ]);
  });

  test('what is posted twice is stored once', async () => {
    const logs = [
      speedtest('2025-01-02T10:00:00Z', { download: 5 }),
      { widget_type: 'wifi', timestamp: '2025-01-02T10:00:00Z', data: { rssi: -60 } },
    ];
    expect((await post('twice', logs)).json).toMatchObject({ logs_stored: 2, duplicates: 0 });
    expect((await post('twice', [...logs, ...logs])).json).toMatchObject({ logs_stored: 0, duplicates: 4 });
    expect(await listed('?machine_id=twice')).toHaveLength(2);
  });

  test('each log is judged alone, and what is refused says why', async () => {
    const { json } = await post('judged', [
      'nothing',
      speedtest('yesterday', { download: 5 }),
      speedtest('2025-01-03T10:00:00Z', { download: 'fast' }),
      speedtest('2025-01-03T10:00:00Z', { download: 5 }),
      { widget_type: '1; DROP TABLE', timestamp: '2025-01-03T10:00:00Z', data: {} },
      { widget_type: 'wifi', timestamp: '2090-01-03T10:00:00Z', data: {} },
      speedtest('2090-01-03T10:00:00Z', { download: 5 }),
      { widget_type: 'wifi', timestamp: '2025-01-03T10:00:00Z', data: 'text' },
      { widget_type: 'wifi', timestamp: '2025-01-03T10:00:00Z', data: { text: 'x'.repeat(200_000) } },
    ]);
    expect(json).toMatchObject({ status: 'ok', logs_stored: 1 });
    expect((json.refused as { index: number; code: string }[]).map(({ index, code }) => [index, code])).toEqual([
      [0, 'invalid_result'],
      [1, 'invalid_result'],
      [2, 'invalid_result'],
      [4, 'invalid_result'],
      [5, 'in_the_future'],
      [6, 'in_the_future'],
      [7, 'invalid_result'],
      [8, 'invalid_result'],
    ]);
  });

  test('are filtered by type and machine, newest first, in pages without loss', async () => {
    const logs = Array.from({ length: 30 }, (_, i) => {
      const timestamp = new Date(Date.UTC(2025, 0, 5) + Math.floor(i / 6) * 1000).toISOString();
      return i % 2 === 0 ? speedtest(timestamp, { download: i + 1 }) : { widget_type: i % 3 === 0 ? 'wifi' : 'battery', timestamp, data: { i } };
    });
    await post('paged', logs);
    await post('other', [{ widget_type: 'wifi', timestamp: '2025-01-05T00:00:00Z', data: {} }]);
    const all = await listed('?machine_id=paged&limit=1000');
    expect(all).toHaveLength(30);
    const times = all.map(({ timestamp }) => String(timestamp));
    expect(times).toEqual(times.toSorted().toReversed());

    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { json } = await server.request('GET', `/api/fleet/widget-logs?machine_id=paged&limit=4${cursor}`);
      seen.push(...json.items);
      cursor = json.next === null ? '' : `&cursor=${String(json.next)}`;
    } while (cursor !== '');
    expect(seen).toEqual(all);

    expect(await listed('?machine_id=paged&widget_type=speedtest')).toHaveLength(15);
    const wifi = await listed('?machine_id=paged,other&widget_type=wifi');
    expect(wifi).toHaveLength(logs.filter(({ widget_type }) => widget_type === 'wifi').length + 1);
    expect((await server.request('GET', '/api/fleet/widget-logs?machine_id=nobody')).status).toBe(404);
    expect((await server.request('GET', '/api/fleet/widget-logs?cursor=x')).status).toBe(400);
  });

  test('a result that came another way is shown in a widget’s words', async () => {
    const result = {
      agent: 'imported',
      kind: 'speedtest',
      status: 'success',
      started_at: '2025-01-06T00:00:00Z',
      metrics: { download_mbps: 7, ping_ms: 8 },
    };
    await server.request('POST', '/api/results', { json: { results: [{ ...result, labels: { isp: 'ExampleNet' } }] } });
    expect(await listed('?machine_id=imported')).toMatchObject([{ data: { download: 7, ping: 8, isp: 'ExampleNet' } }]);
  });

  test("an agent posts its own logs and nobody else's", async () => {
    const agent = await server.agent('widget-agent');
    const log = speedtest(new Date(server.clock.now()).toISOString(), { download: 5 });
    expect((await post('widget-agent', [log], agent.credential)).json).toMatchObject({ logs_stored: 1 });
    expect((await post(agent.id, [log], agent.credential)).json).toMatchObject({ duplicates: 1 });
    const old = { timestamp: '2025-01-07T00:00:00Z', data: { download: 5 } };
    const late = await post(
      'widget-agent',
      [
        { widget_type: 'wifi', ...old },
        { widget_type: 'speedtest', ...old },
      ],
      agent.credential,
    );
    expect(late.json.refused).toMatchObject([{ code: 'too_late' }, { code: 'too_late' }]);
    const foreign = await post('MacBook-Pro', [log], agent.credential);
    expect([foreign.status, foreign.json.error.code]).toEqual([403, 'forbidden']);
    const reader = await server.token('read');
    expect((await post('MacBook-Pro', [log], reader.token)).status).toBe(403);
  });

  test.each([[{ machine_id: 'x' }], [{ machine_id: 'x', logs: [] }], [{ machine_id: 'x'.repeat(10_000), logs: [{}] }], [{ logs: [{}] }], [[]]])(
    'a body that is none is refused: %#',
    async (json) => {
      expect((await server.request('POST', '/api/fleet/widget-logs', { json })).status).toBe(400);
    },
  );

  test('nesting without end is refused and harms nothing', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const body = (type: string): string =>
      `{"machine_id":"deep","logs":[{"widget_type":"${type}","timestamp":"2025-01-01T00:00:00Z","data":${deep}}]}`;
    for (const type of ['wifi', 'speedtest']) {
      const { status, json } = await server.request('POST', '/api/fleet/widget-logs', { body: body(type) });
      expect([status, json.logs_stored, json.refused?.length]).toEqual([200, 0, 1]);
    }
  });
});
