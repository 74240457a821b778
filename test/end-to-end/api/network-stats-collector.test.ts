import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPython, runExample } from '../../support/python.ts';
import { posted, startTestServer, type EnrolledAgent, type TestServer } from '../../support/server.ts';
import { instantOfSerial, readWorkbook, valuesOf } from '../../support/workbook.ts';

// Network Stats Collector's endpoints and examples, as its own document writes them, with nothing but a bearer header added.

let server: TestServer;
let agent: EnrolledAgent;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  agent = await server.agent('collector');
  folder = mkdtempSync(join(tmpdir(), 'tacho-export-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const python = (script: string): Promise<string> => runExample(script, { url: server.url, token: server.adminToken, folder });
const get = (path: string) => server.request('GET', path);
const rowsOf = async (path: string): Promise<Record<string, unknown>[]> => (await get(path)).json as Record<string, unknown>[];

/** A minute of the day that the document's export is about. */
const minute = (index: number): string => new Date(Date.UTC(2024, 0, 1, 9, index)).toISOString();

interface PostOptions {
  readonly job: number | string;
  readonly destination: string;
  readonly results: readonly Record<string, unknown>[];
}

/** Stores results of a job as somebody who measures by himself does. */
async function store({ job, destination, results }: PostOptions): Promise<void> {
  const body = { results: results.map((one) => posted({ job, destination, agent: agent.name, ...one })) };
  const answer = await server.request('POST', '/api/results', { json: body });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json.refused, answer.text).toEqual([]);
}

const lost = { source: 'network', code: 'no_reply', message: 'no reply to 10 packets' };

describe.skipIf(!hasPython)("the document's Python examples (skipped where there is no python3)", () => {
  test('1. add destinations', async () => {
    const out = await python(`
destination = {
    "name": "company-web-server",
    "host": "web.company.com",
    "display_name": "Company Web Server",
    "status": "active"
}
response = requests.post("http://localhost:8080/api/destinations", json=destination)
print(json.dumps(response.json()))
`);
    expect(JSON.parse(out)).toMatchObject({
      id: 1,
      name: 'company-web-server',
      host: 'web.company.com',
      display_name: 'Company Web Server',
      status: 'active',
    });
  });

  test('2. create a monitoring job', async () => {
    const out = await python(`
job = {
    "name": "web-server-monitoring",
    "description": "Monitor company web server",
    "enabled": true,
    "interval": 300,  # 5 minutes
    "metrics": ["ping", "traceroute"],
    "destinations": ["company-web-server"]
}
response = requests.post("http://localhost:8080/api/jobs", json=job)
print(json.dumps(response.json()))
`);
    expect(JSON.parse(out)).toMatchObject({
      id: 1,
      name: 'web-server-monitoring',
      enabled: true,
      interval: 300,
      destinations: ['company-web-server'],
    });
  });

  test('3. start monitoring, and stop it', async () => {
    const out = await python(`
print(json.dumps([
    requests.post("http://localhost:8080/api/jobs/1/stop").json()["enabled"],
    requests.post("http://localhost:8080/api/jobs/1/start").json()["enabled"],
]))
`);
    expect(JSON.parse(out)).toEqual([false, true]);
  });

  test('metrics become a table whose mean and success rate are those of what was measured', async () => {
    const results = Array.from({ length: 30 }, (_, index) =>
      index % 10 === 9
        ? { started_at: minute(index), status: 'timeout', failure: lost, metrics: { packet_loss_pct: 100 } }
        : { started_at: minute(index), planned_at: minute(index), metrics: { rtt_avg_ms: 20 + index / 2, packet_loss_pct: 0 } },
    );
    await store({ job: 1, destination: 'company-web-server', results });
    // Its last lines need pandas: what they ask of a table is asked of the rows.
    const out = await python(`
response = requests.get("http://localhost:8080/api/jobs/1/metrics")
metrics = response.json()
times = [row['response_time_ms'] for row in metrics if row['response_time_ms'] is not None]
statuses = [row['status'] == 'success' for row in metrics]
print(f"Average response time: {sum(times) / len(times):.2f} ms")
print(f"Success rate: {sum(statuses) / len(statuses) * 100:.1f}%")
print(len({tuple(row) for row in metrics}), metrics[0]['timestamp'] < metrics[-1]['timestamp'])
`);
    const times = results.flatMap(({ metrics }) => ('rtt_avg_ms' in metrics ? [metrics.rtt_avg_ms] : []));
    const mean = times.reduce((sum, time) => sum + (time ?? 0), 0) / times.length;
    expect(out).toBe(`Average response time: ${mean.toFixed(2)} ms\nSuccess rate: 90.0%\n1 True\n`);
  });

  test('export of a day, saved as a workbook', async () => {
    await python(`
response = requests.get(
    "http://localhost:8080/api/jobs/1/export",
    params={
        "format": "xlsx",
        "start_time": "2024-01-01T00:00:00Z",
        "end_time": "2024-01-02T00:00:00Z"
    }
)

# Save the file
with open("network_data.xlsx", "wb") as f:
    f.write(response.content)
`);
    const workbook = readWorkbook(readFileSync(join(folder, 'network_data.xlsx')));
    expect(workbook.sheets.map(({ name }) => name)).toEqual(['Raw metrics', 'Statistics', 'Success rate', 'Response times', 'Charts']);
    const raw = valuesOf(workbook, 'Raw metrics');
    const heads = workbook.sheets[0]?.rows[0]?.map((cell) => cell?.value) ?? [];
    const column = (name: string): (string | number | null)[] => raw.map((row) => row[heads.indexOf(name)] ?? null);
    const answered = await rowsOf('/api/jobs/1/metrics');
    for (const name of ['status', 'destination', 'response_time_ms', 'packet_loss_pct', 'failure_code', 'agent']) {
      expect(column(name), name).toEqual(answered.map((row) => row[name]));
    }
    expect(column('timestamp').map((serial) => new Date(instantOfSerial(Number(serial))).toISOString())).toEqual(
      answered.map((row) => row['timestamp']),
    );

    const analytics = (await get('/api/jobs/1/analytics?start_time=2024-01-01T00:00:00Z&end_time=2024-01-02T00:00:00Z')).json;
    const statistics = valuesOf(workbook, 'Statistics');
    expect(statistics.map((row) => [row[3], row[6], row[7], row[12]])).toEqual(
      analytics.items.map((item: Record<string, unknown>) => [item['metric'], item['count'], item['mean'], item['p5']]),
    );
    const rates = valuesOf(workbook, 'Success rate');
    expect(rates.map((row) => row.slice(4))).toEqual([
      [27, 0, 3, 0, 30, 90],
      [27, 0, 3, 0, 30, 90],
    ]);
    const times = valuesOf(workbook, 'Response times');
    expect(times.reduce((sum, row) => sum + Number(row[7]), 0)).toBe(27);
    expect(times.at(-1)?.[9]).toBe(100);
    expect(workbook.charts.map(({ type }) => type)).toEqual(['barChart', 'barChart', 'lineChart']);
    expect(valuesOf(workbook, 'Charts').map((row) => row[2])).toEqual(
      answered.flatMap((row) => (row['response_time_ms'] === null ? [] : [row['response_time_ms']])),
    );
  });
});

describe('the endpoints of jobs', () => {
  let job: number;
  beforeAll(async () => {
    await server.request('POST', '/api/destinations', { json: { name: 'gateway', host: '127.0.0.1' } });
    await server.request('POST', '/api/destinations', { json: { name: 'resolver', host: '127.0.0.1' } });
    const made = await server.request('POST', '/api/jobs', {
      json: { name: 'walk', interval: 60, kinds: ['ping', 'dns'], destinations: ['gateway', 'resolver'], enabled: false },
    });
    job = made.json.id as number;
    const pings = Array.from({ length: 20 }, (_, index) => ({
      started_at: minute(index),
      metrics: { rtt_avg_ms: 10 + index, packet_loss_pct: 0, status: index, jitter_ms: 1 },
    }));
    await store({ job, destination: 'gateway', results: pings });
    await store({
      job,
      destination: 'resolver',
      results: [
        { kind: 'dns', started_at: minute(3), metrics: { lookup_ms: 4.5, answers: 2 } },
        { kind: 'dns', started_at: minute(4), status: 'failed', failure: { source: 'resolver', code: 'servfail', message: 'refused' }, metrics: {} },
        { kind: 'dns', started_at: minute(5), status: 'skipped', failure: { source: 'agent', code: 'budget', message: 'over' }, metrics: {} },
        { kind: 'benchmark', started_at: minute(6), metrics: { score: 7 } },
      ],
    });
  });

  test('list, show, update, start and stop jobs and destinations as the document lists them', async () => {
    expect((await get('/api/destinations')).status).toBe(200);
    expect((await get('/api/destinations/gateway')).json.name).toBe('gateway');
    expect(
      (await server.request('PUT', '/api/destinations/gateway', { json: { name: 'gateway', host: '127.0.0.1', tags: ['lab'] } })).json.tags,
    ).toEqual(['lab']);
    expect((await get('/api/jobs')).json.items.map(({ name }: { name: string }) => name)).toContain('walk');
    expect((await get(`/api/jobs/${job}`)).json.name).toBe('walk');
  });

  test('metrics are one flat table: every row has every column, and the names of kinds are those of the document', async () => {
    const rows = await rowsOf('/api/jobs/walk/metrics');
    expect(rows).toHaveLength(24);
    expect(new Set(rows.map((row) => Object.keys(row).join())).size).toBe(1);
    expect(rows.map((row) => row['timestamp'])).toEqual(rows.map((row) => row['timestamp']).toSorted());
    expect(rows.find((row) => row['kind'] === 'dns' && row['status'] === 'failed')).toMatchObject({
      timestamp: minute(4),
      planned_at: null,
      job: 'walk',
      agent: 'collector',
      destination: 'resolver',
      metric: 'dns',
      response_time_ms: null,
      failure_source: 'resolver',
      failure_code: 'servfail',
      failure_message: 'refused',
      lookup_ms: null,
      rtt_avg_ms: null,
      score: null,
    });
    // A foreign metric that is called like a field of every row stands beside it.
    expect(rows[0]).toMatchObject({ status: 'success', metric_status: 0, response_time_ms: 10, rtt_avg_ms: 10 });
    expect(rows.find((row) => row['kind'] === 'benchmark')).toMatchObject({ metric: 'benchmark', score: 7, response_time_ms: null });
  });

  test.each([
    ['destination=resolver', 4],
    ['kind=dns', 3],
    ['metric=packet_loss', 20],
    ['metric=jitter,dns', 23],
    ['status=success', 22],
    ['status=completed&kind=dns', 1],
    ['status=error,skipped', 2],
    ['agent=collector', 24],
    [`start_time=${minute(4)}&end_time=${minute(6)}`, 4],
    ['start_time=2024-01-01T09:18:00', 2],
    ['hours=0.1&end_time=2024-01-01T09:20:00Z', 6],
    ['hours=1', 0],
    ['limit=7', 7],
  ])('metrics may be narrowed by %s', async (query, count) => {
    expect(await rowsOf(`/api/jobs/walk/metrics?${query}`)).toHaveLength(count);
  });

  test('metrics go on, page by page, at what the Link header names', async () => {
    const whole = await rowsOf('/api/jobs/walk/metrics?status=success&start_time=2024-01-01');
    const found: Record<string, unknown>[] = [];
    let pages = 0;
    for (let path: string | undefined = '/api/jobs/walk/metrics?status=success&start_time=2024-01-01&limit=5'; path !== undefined; pages++) {
      const answer = await get(path);
      found.unshift(...(answer.json as Record<string, unknown>[]));
      path = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(pages).toBe(5);
    expect(found.map((row) => [row['timestamp'], row['destination'], row['response_time_ms']])).toEqual(
      whole.map((row) => [row['timestamp'], row['destination'], row['response_time_ms']]),
    );
  });

  test('analytics say the figures, the trend and the success rate of each destination and metric', async () => {
    const { json } = await get('/api/jobs/walk/analytics?start_time=2024-01-01&end_time=2024-01-02');
    expect(json).toMatchObject({
      job: 'walk',
      start_time: '2024-01-01T00:00:00.000Z',
      period_hours: 24,
      first_result: minute(0),
      last_result: minute(19),
      results: 24,
      runs: { success: 22, failed: 1, timeout: 0, skipped: 1 },
      // Of 23 that were measured: what was skipped was not.
      success_rate_pct: (22 / 23) * 100,
      exact: true,
    });
    const item = (metric: string) => json.items.find((one: Record<string, unknown>) => one['metric'] === metric);
    const middle: unknown = expect.closeTo(19.5, 9);
    expect(item('rtt_avg_ms')).toMatchObject({
      destination: 'gateway',
      agent: null,
      kind: 'ping',
      title: 'Latency',
      unit: 'ms',
      better: 'lower',
      count: 20,
      mean: middle,
      median: middle,
      min: 10,
      max: 29,
      stddev: expect.closeTo(5.916079783, 8) as unknown,
      p5: expect.closeTo(10.95, 9) as unknown,
      p95: expect.closeTo(28.05, 9) as unknown,
      success_rate_pct: 100,
      trend: {
        direction: 'increasing',
        change_pct: expect.closeTo(190, 6) as unknown,
        slope_per_hour: expect.closeTo(60, 6) as unknown,
        points: 20,
        bucketed: false,
      },
    });
    expect(item('packet_loss_pct').trend).toMatchObject({ direction: 'stable', change: 0, change_pct: null });
    expect(item('lookup_ms')).toMatchObject({
      count: 1,
      stddev: null,
      success_rate_pct: 50,
      runs: { success: 1, failed: 1, timeout: 0, skipped: 1 },
    });
    expect(item('lookup_ms').trend.direction).toBe('not_enough_data');
    expect(item('score')).toMatchObject({ kind: 'benchmark', unit: null, better: null, mean: 7 });
    expect(json.groups.map((one: Record<string, unknown>) => [one['destination'], one['kind'], one['success_rate_pct']])).toEqual([
      ['gateway', 'ping', 100],
      ['resolver', 'benchmark', 100],
      ['resolver', 'dns', 50],
    ]);
  });

  test('analytics may keep agents apart, and look at a month unless told otherwise', async () => {
    const { json } = await get('/api/jobs/walk/analytics?start_time=2024-01-01&group_by=agent&destination=gateway');
    expect(json.items.map((one: Record<string, unknown>) => one['agent'])).toEqual(json.items.map(() => 'collector'));
    const recent = (await get('/api/jobs/walk/analytics')).json;
    expect(recent).toMatchObject({ period_hours: 720, results: 0, success_rate_pct: null, first_result: null, groups: [], items: [] });
  });

  test.each([
    ['csv', 'text/csv; charset=utf-8'],
    ['json', 'application/json; charset=utf-8'],
    ['ndjson', 'application/x-ndjson; charset=utf-8'],
    ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ])('export as %s is a file with a name of its own', async (format, contentType) => {
    const { status, headers, text } = await get(`/api/jobs/walk/export?format=${format}`);
    expect([status, headers['content-type']]).toEqual([200, contentType]);
    expect(headers['content-disposition']).toMatch(new RegExp(`^attachment; filename="walk-\\d{4}-\\d\\d-\\d\\dT\\d{6}\\.${format}"$`));
    expect(headers['x-content-type-options']).toBe('nosniff');
    if (format === 'ndjson')
      expect(
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual(await rowsOf('/api/jobs/walk/metrics'));
    if (format === 'json') expect(JSON.parse(text)).toEqual(await rowsOf('/api/jobs/walk/metrics'));
    if (format === 'csv') expect(text.split('\r\n')).toHaveLength(26);
  });

  test('names of strangers make neither a formula nor a header', async () => {
    const name = '=HYPERLINK("http://x","y"); ../é';
    await server.request('POST', '/api/jobs', { json: { name, interval: 60, kinds: ['system'], enabled: false } });
    await store({ job: name, destination: '@SUM(1,1)', results: [{ started_at: minute(0) }] });
    const { headers, text } = await get(`/api/jobs/${encodeURIComponent(name)}/export?format=csv`);
    expect(headers['content-disposition']).toMatch(/^attachment; filename="HYPERLINK-http-x-y---e-[0-9T-]+\.csv"$/);
    expect(text).toContain(`,"'=HYPERLINK(""http://x"",""y""); ../é",collector,"'@SUM(1,1)",ping,`);
  });

  test('what was deleted keeps its results', async () => {
    const { id } = (await server.request('POST', '/api/destinations', { json: { name: 'short-lived' } })).json as { id: number };
    const made = await server.request('POST', '/api/jobs', { json: { name: 'gone', interval: 60, kinds: ['ping'], destinations: ['short-lived'] } });
    await store({ job: 'gone', destination: 'short-lived', results: [{ started_at: minute(0), metrics: { rtt_avg_ms: 3 } }] });
    await server.request('DELETE', `/api/jobs/${made.json.id as number}`);
    await server.request('DELETE', `/api/destinations/${id}`);
    const path = `/api/jobs/${made.json.id as number}`;
    expect(await rowsOf(`${path}/metrics?destination=${id}`)).toMatchObject([
      { job: 'gone (removed)', destination: 'short-lived (removed)', response_time_ms: 3 },
    ]);
    expect((await get(`${path}/analytics?start_time=2024-01-01`)).json).toMatchObject({ results: 1, success_rate_pct: 100 });
    expect((await get(`${path}/export?format=csv`)).text).toContain(',gone (removed),collector,short-lived (removed),');
    expect((await get('/api/jobs/gone/metrics')).status).toBe(404);
  });
});
