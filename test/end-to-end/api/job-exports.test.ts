import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { posted, startTestServer, type TestServer } from '../../support/server.ts';

/** One more than a workbook takes. */
const RESULTS = 50_001;
const BATCH = 5000;
const START = Date.UTC(2024, 0, 1);
/** Several results an instant, so that pages end among them. */
const instantOf = (index: number): number => START + Math.floor(index / 7) * 1000;

describe('exports of many results', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.request('POST', '/api/jobs', { json: { name: 'long', interval: 60, kinds: ['system'], enabled: false } });
    for (let first = 0; first < RESULTS; first += BATCH) {
      const results = Array.from({ length: Math.min(BATCH, RESULTS - first) }, (_, offset) => {
        const index = first + offset;
        return posted({ job: 'long', agent: 'somebody', started_at: new Date(instantOf(index)).toISOString(), metrics: { rtt_avg_ms: index } });
      });
      const answer = await server.request('POST', '/api/results', { json: { results } });
      expect(answer.status, answer.text).toBe(200);
    }
  });
  afterAll(() => server.close());

  const get = (query: string) => server.request('GET', `/api/jobs/long/export?${query}`);

  test('hold each result once, oldest first', async () => {
    const { text } = await get('format=ndjson');
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { timestamp: string; response_time_ms: number });
    expect(new Set(rows.map((row) => row.response_time_ms)).size).toBe(RESULTS);
    expect(rows).toHaveLength(RESULTS);
    expect(rows.every((row, index) => index === 0 || row.timestamp >= (rows[index - 1]?.timestamp ?? ''))).toBe(true);
  });

  test('a workbook takes so many and no more, and says what does', async () => {
    const refused = await get('format=xlsx');
    expect([refused.status, refused.json.error.code]).toEqual([400, 'invalid_request']);
    expect(refused.json.error.message).toContain('a sheet of Excel holds 1048576 rows, and a workbook made here 50000');
    expect(refused.headers['content-disposition']).toBeUndefined();
    const day = await get(`format=xlsx&end_time=${new Date(instantOf(700)).toISOString()}`);
    expect(day.status, day.text.slice(0, 200)).toBe(200);
  });

  test('whoever goes away in the middle does no harm', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const path = `${server.url}/api/jobs/long/export?format=csv`;
      request(path, { headers: { authorization: `Bearer ${server.adminToken}` } }, resolve)
        .once('error', reject)
        .end();
    });
    await once(response, 'data');
    response.destroy();
    expect((await server.request('GET', '/api/health')).status).toBe(200);
    expect(server.log).toEqual([]);
    expect((await get('format=csv&status=failed')).text.split('\r\n')).toHaveLength(2);
  });

  test('the newest results are one page, and as many as may be asked for are answered', async () => {
    const rows = (await server.request('GET', '/api/jobs/long/metrics')).json as { timestamp: string }[];
    const times = [rows[0], rows.at(-1)].map((row) => Date.parse(row?.timestamp ?? ''));
    expect([rows.length, ...times]).toEqual([10_000, instantOf(RESULTS - 10_000), instantOf(RESULTS - 1)]);
    const all = await server.request('GET', '/api/jobs/long/metrics?limit=50000');
    expect(all.json).toHaveLength(50_000);
    expect(all.headers.link).toMatch(/rel="next"/);
  });

  test('statistics are of every result', async () => {
    const { json } = await server.request('GET', '/api/jobs/long/analytics?start_time=2024-01-01');
    expect(json.items[0]).toMatchObject({
      count: RESULTS,
      mean: (RESULTS - 1) / 2,
      max: RESULTS - 1,
      trend: { direction: 'increasing', bucketed: true },
    });
  });
});
