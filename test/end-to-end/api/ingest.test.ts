import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchAnswer } from '../../../src/protocol/batch.ts';
import { posted, startTestServer, type Answer, type EnrolledAgent, type RequestOptions, type TestServer } from '../../support/server.ts';

let server: TestServer;
let write = '';

beforeAll(async () => {
  server = await startTestServer();
  write = (await server.token('write')).token;
});
afterAll(async () => server.close());

const post = (results: unknown[], options: RequestOptions & { batch?: Record<string, unknown> } = {}): Promise<Answer> => {
  const { batch, ...rest } = options;
  return server.request('POST', '/api/results', { token: write, json: { ...batch, results }, ...rest });
};
const stored = async (query: string): Promise<Record<string, unknown>[]> =>
  (await server.request('GET', `/api/results?${query}`)).json.items as Record<string, unknown>[];

test('a list answers the fields that are asked for, and the id', async () => {
  await server.request('POST', '/api/results', { json: { results: [posted({ agent: 'fielded', failure: null })] } });
  const { json } = await server.request('GET', '/api/results?agent=fielded&fields=metrics,started_at');
  expect(Object.keys((json.items as object[])[0] ?? {}).sort()).toEqual(['id', 'metrics', 'started_at']);
});

describe('a batch', () => {
  test('with one bad result stores the good ones, and says which was refused and why', async () => {
    const bad = posted({ agent: 'mixed', metrics: { rtt_avg_ms: 'fast' }, id: randomUUID() });
    const answer = await post([posted({ agent: 'mixed', run: 'a' }), bad, posted({ agent: 'mixed', run: 'b' })]);
    expect(answer.status).toBe(200);
    expect(batchAnswer.parse(answer.json)).toEqual({
      stored: 2,
      duplicates: 0,
      refused: [
        { index: 1, id: bad['id'], code: 'invalid_result', message: 'metrics.rtt_avg_ms: invalid metric: expected a finite number, got "fast"' },
      ],
    });
    expect((await stored('agent=mixed')).map(({ run }) => run).sort()).toEqual(['a', 'b']);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a kind that is no word', { kind: 'Not A Kind' }, 'kind: invalid kind'],
    ['no kind', { kind: undefined }, 'kind: '],
    ['no instant', { started_at: undefined }, 'started_at: '],
    ['an instant that never was', { started_at: '2026-02-30T00:00:00Z' }, 'started_at: invalid instant'],
    ['an instant before 1990', { started_at: '1989-12-31T23:59:59Z' }, 'started_at: invalid instant: expected a year from 1990 to 2099'],
    ['a failure left out', { status: 'failed' }, 'failure: missing failure'],
    ['a status nobody knows', { status: 'fine' }, 'status: '],
    ['a negative duration', { duration_ms: -1 }, 'duration_ms: '],
    ['an id that is no UUID', { id: '1' }, 'id: '],
    ['a metric that is null', { metrics: { rtt_avg_ms: null } }, 'metrics.rtt_avg_ms: invalid metric'],
    ['too many metrics', { metrics: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`m${i}`, i])) }, 'metrics: too many metrics'],
    ['too many labels', { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, ''])) }, 'labels: too many labels'],
    ['details of 200 kB', { details: { text: 'x'.repeat(200_000) } }, 'details: details are too large'],
    ['a name with a line break', { agent: 'two\nlines' }, 'agent: '],
    ['a name of 1,000 characters', { destination: 'x'.repeat(1000) }, 'destination: '],
    ['no agent', { agent: undefined }, 'agent: missing'],
  ])('with %s refuses that result', async (_title, fields, message) => {
    const answer = await post([posted({ agent: 'refusing', ...fields })]);
    expect(answer.json).toMatchObject({ stored: 0, refused: [{ index: 0, code: 'invalid_result' }] });
    expect(answer.json.refused[0].message as string).toContain(message);
  });

  test('with something that is no result at all refuses that entry', async () => {
    const { json } = await post([null, 7, 'text', [], {}]);
    expect(json.stored).toBe(0);
    expect((json.refused as { index: number; code: string }[]).map(({ index, code }) => `${index} ${code}`)).toEqual(
      [0, 1, 2, 3, 4].map((index) => `${index} invalid_result`),
    );
  });

  test('with details nested a hundred thousand deep refuses that result and stores the other', async () => {
    const depth = 100_000;
    const deep = `{"agent":"deep","kind":"ping","status":"success","started_at":"2026-11-22T10:00:00Z","details":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    const flat = JSON.stringify(posted({ agent: 'deep', details: { a: [[1]] } }));
    const answer = await post([], { body: `{"results":[${deep},${flat}]}` });
    expect(answer.json).toMatchObject({ stored: 1, refused: [{ index: 0, code: 'invalid_result' }] });
  });

  test('of a kind that is measured nowhere here is stored as it is', async () => {
    expect((await post([posted({ agent: 'foreign', kind: 'benchmark', metrics: { score: 12.5 } })])).json).toMatchObject({ stored: 1, refused: [] });
    expect(await stored('agent=foreign&kind=benchmark')).toMatchObject([{ kind: 'benchmark', metrics: { score: 12.5 } }]);
  });

  test('of 10,000 results is taken, of 10,001 refused whole', async () => {
    const at = '2026-11-22T10:00:00Z';
    const many = Array.from({ length: 10_001 }, (_, i) => ({ agent: 'many', kind: 'ping', status: 'success', started_at: at, metrics: { n: i } }));
    const tooMany = await post(many);
    expect([tooMany.status, tooMany.json.error.code]).toEqual([400, 'invalid_request']);
    expect((await server.request('GET', '/api/results?agent=many')).status).toBe(404);
    expect((await post(many.slice(1))).json).toEqual({ stored: 10_000, duplicates: 0, refused: [] });
  });
});

describe('a body', () => {
  const refusal = ({ status, json }: Answer): [number, string] => [status, json.error.code as string];

  test.each([
    ['NaN', '{"results":[{"agent":"nan","kind":"ping","status":"success","started_at":"2026-11-22T10:00:00Z","metrics":{"rtt_avg_ms":NaN}}]}'],
    ['a comma too many', '{"results":[1,]}'],
    ['half of it', '{"results":[{'],
    ['bytes of nothing', '\u0000\u0001\u0002'],
  ])('that is not JSON (%s) is refused, and nothing of it is stored', async (_title, body) => {
    expect(refusal(await post([], { body }))).toEqual([400, 'malformed_json']);
    expect((await server.request('GET', '/api/results?agent=nan')).status).toBe(404);
  });

  test('with a number beyond what a double holds refuses that result', async () => {
    const body =
      '{"results":[{"agent":"inf","kind":"ping","status":"success","started_at":"2026-11-22T10:00:00Z","metrics":{"rtt_avg_ms":1e999,"ok":1}}]}';
    expect((await post([], { body })).json).toMatchObject({ stored: 0, refused: [{ index: 0, code: 'invalid_result' }] });
  });

  test('of 10 MB is refused', async () => {
    const body = JSON.stringify({ results: [posted({ agent: 'large', details: { text: 'x'.repeat(10 * 1_048_576) } })] });
    const answer = await post([], { body }).catch((error: unknown) => error as NodeJS.ErrnoException);
    // The server may answer and hang up before all is sent.
    if (answer instanceof Error) expect(['EPIPE', 'ECONNRESET']).toContain(answer.code);
    else expect(refusal(answer)).toEqual([413, 'body_too_large']);
  });

  test('that unpacks to more than the limit is refused, however small it came', async () => {
    const body = gzipSync(Buffer.alloc(64 * 1_048_576, 0x20));
    expect(body.length).toBeLessThan(100_000);
    expect(refusal(await post([], { body, headers: { 'content-encoding': 'gzip' } }))).toEqual([413, 'body_too_large']);
  });

  test('packed by gzip is read', async () => {
    const body = gzipSync(JSON.stringify({ results: [posted({ agent: 'packed' })] }));
    expect((await post([], { body, headers: { 'content-encoding': 'gzip' } })).json).toMatchObject({ stored: 1 });
  });

  test.each([
    ['is not gzip', Buffer.from('{"results":[]}')],
    ['is gzip cut short', gzipSync(JSON.stringify({ results: [posted()] })).subarray(0, 30)],
    ['is gzip with a wrong checksum', Buffer.concat([gzipSync('{}').subarray(0, -8), Buffer.alloc(8, 7)])],
  ])('that says gzip and %s is refused', async (_title, body) => {
    expect(refusal(await post([], { body, headers: { 'content-encoding': 'gzip' } }))).toEqual([400, 'malformed_json']);
  });

  test.each([
    ['content-type', 'text/plain'],
    ['content-type', 'application/x-www-form-urlencoded'],
    ['content-encoding', 'br'],
  ])('with %s: %s is refused', async (header, value) => {
    expect(refusal(await post([posted({ agent: 'typed' })], { headers: { [header]: value } }))).toEqual([415, 'unsupported_media_type']);
  });

  test('that is missing is refused', async () => {
    expect(refusal(await server.request('POST', '/api/results', { token: write }))).toEqual([400, 'invalid_request']);
  });
});

describe('what another system posts', () => {
  test('is read under its own field names, ours first where both are there', async () => {
    const foreign = {
      machine_id: 'their-machine',
      test_type: 'speedtest',
      task_id: 'task-1',
      timestamp: '2026-11-22 09:00:00',
      status: 'completed',
      metrics: { download_mbps: 93.5 },
    };
    const both = { ...foreign, worker_id: 'ignored', agent: 'our-machine', type: 'ignored', kind: 'throughput', task_id: 'task-2' };
    expect((await post([foreign, both])).json).toMatchObject({ stored: 2, refused: [] });
    expect(await stored('agent=their-machine')).toMatchObject([
      { kind: 'speedtest', run: 'task-1', status: 'success', started_at: '2026-11-22T09:00:00.000Z', metrics: { download_mbps: 93.5 } },
    ]);
    expect(await stored('agent=our-machine')).toMatchObject([{ kind: 'throughput', run: 'task-2' }]);
  });

  test('makes external agents and destinations of names nobody knew, and knows them the next time', async () => {
    const result = { agent: 'unknown-agent', destination: 'unknown-destination' };
    expect((await post([posted({ ...result, run: '1' }), posted({ ...result, run: '2' })])).json).toMatchObject({ stored: 2 });
    const agents = (await server.request('GET', '/api/agents')).json.items as Record<string, unknown>[];
    expect(agents.filter(({ name }) => name === 'unknown-agent')).toMatchObject([{ state: 'external' }]);
    const destination = await server.request('GET', '/api/destinations/unknown-destination');
    expect(destination.json).toMatchObject({ external: true });
    expect(await stored('destination=unknown-destination')).toHaveLength(2);
  });

  test('under an id that nothing has, or a job nobody knows, is refused', async () => {
    const { json } = await post([
      posted({ agent: 999_999 }),
      posted({ agent: 'known', destination: '999999' }),
      posted({ agent: 'known', job: 'none' }),
    ]);
    expect(json).toMatchObject({ stored: 0 });
    expect((json.refused as { code: string }[]).map(({ code }) => code)).toEqual(['unknown_reference', 'unknown_reference', 'unknown_reference']);
  });

  test('twice is stored once, with an id and without', async () => {
    const results = [posted({ agent: 'twice', id: randomUUID() }), posted({ agent: 'twice', labels: { a: '1', b: '2' } })];
    expect((await post(results)).json).toMatchObject({ stored: 2, duplicates: 0 });
    const reordered = [results[0], { ...results[1], labels: { b: '2', a: '1' } }];
    expect((await post(reordered)).json).toMatchObject({ stored: 0, duplicates: 2 });
    expect((await post([...results, ...results])).json).toMatchObject({ stored: 0, duplicates: 4 });
    expect(await stored('agent=twice')).toHaveLength(2);
  });
});

describe("an agent's spool", () => {
  let agent: EnrolledAgent;
  const at = '2026-11-22T08:00:00Z';
  const spooled = (epoch: string, ...seqs: unknown[]): Promise<Answer> =>
    post(
      seqs.map((seq) => posted({ seq, run: `${epoch}-${String(seq)}`, started_at: at })),
      { token: agent.credential, batch: { epoch } },
    );
  const runs = async (epoch: string): Promise<unknown[]> =>
    (await stored(`agent=${agent.name}&limit=1000`))
      .map(({ run }) => run as string)
      .filter((run) => run.startsWith(`${epoch}-`))
      .sort();

  beforeAll(async () => {
    agent = await server.agent('spooler');
  });

  test('is stored once however often it is sent', async () => {
    expect((await spooled('once', 1, 2, 3)).json).toEqual({ stored: 3, duplicates: 0, refused: [], acknowledged: 3 });
    expect((await spooled('once', 1, 2, 3)).json).toEqual({ stored: 0, duplicates: 3, refused: [], acknowledged: 3 });
    expect((await spooled('once', 2, 3, 4)).json).toEqual({ stored: 1, duplicates: 2, refused: [], acknowledged: 4 });
    expect(await runs('once')).toEqual(['once-1', 'once-2', 'once-3', 'once-4']);
  });

  test('may leave numbers out: what was dropped on the agent never comes', async () => {
    expect((await spooled('gaps', 5, 9)).json).toMatchObject({ stored: 2, acknowledged: 9 });
    expect((await spooled('gaps', 7)).json).toMatchObject({ stored: 0, duplicates: 1 });
    expect((await spooled('gaps', 10)).json).toMatchObject({ stored: 1, acknowledged: 10 });
  });

  test('begins at one again in a new epoch', async () => {
    expect((await spooled('first', 1, 2)).json).toMatchObject({ stored: 2, acknowledged: 2 });
    expect((await spooled('second', 1, 2)).json).toMatchObject({ stored: 2, acknowledged: 2 });
    expect(await runs('second')).toEqual(['second-1', 'second-2']);
  });

  test('with numbers that do not grow, or none, stores the rest and says so', async () => {
    const { json } = await spooled('order', 2, 1, 2, 0, 'x', 3);
    expect(json).toMatchObject({ stored: 2, acknowledged: 3 });
    expect((json.refused as { index: number; code: string }[]).map(({ index, code }) => [index, code])).toEqual([
      [1, 'out_of_order'],
      [2, 'out_of_order'],
      [3, 'invalid_result'],
      [4, 'invalid_result'],
    ]);
  });

  test('goes on past a result that was refused, which the agent keeps as dead', async () => {
    const { json } = await post([posted({ seq: 1, run: 'dead-1', started_at: at }), posted({ seq: 2, kind: 'NO' })], {
      token: agent.credential,
      batch: { epoch: 'dead' },
    });
    expect(json).toMatchObject({ stored: 1, refused: [{ index: 1, seq: 2, code: 'invalid_result' }], acknowledged: 2 });
  });

  test('takes no result of another agent, by name or by id', async () => {
    const other = await server.agent('somebody-else');
    const results = [posted({ seq: 1, agent: other.name }), posted({ seq: 2, agent: other.id }), posted({ seq: 3, agent: agent.name })];
    const { json } = await post(results, { token: agent.credential, batch: { epoch: 'mine' } });
    expect(json).toMatchObject({ stored: 1, acknowledged: 3 });
    expect((json.refused as { code: string }[]).map(({ code }) => code)).toEqual(['not_yours', 'not_yours']);
    expect(await stored(`agent=${other.name}`)).toEqual([]);
  });

  test('is stored also where the destination was removed meanwhile, and found by its id', async () => {
    const { json } = await server.request('POST', '/api/destinations', { json: { name: 'gone-soon' } });
    const id = json.id as number;
    await server.request('DELETE', '/api/destinations/gone-soon');
    const answer = await post([posted({ seq: 1, started_at: at, destination: id })], { token: agent.credential, batch: { epoch: 'late' } });
    expect(answer.json).toMatchObject({ stored: 1, refused: [] });
    expect(await stored(`destination=${id}`)).toMatchObject([{ destination: 'gone-soon (removed)', destination_id: id }]);
  });

  test('makes no destination of a name nobody knows', async () => {
    const { json } = await post([posted({ seq: 1, destination: 'invented' })], { token: agent.credential, batch: { epoch: 'invents' } });
    expect(json).toMatchObject({ stored: 0, refused: [{ code: 'unknown_reference' }], acknowledged: 1 });
  });

  test('that is sent with a revoked credential is refused at once', async () => {
    const gone = await server.agent('leaver');
    const one = (seq: number): Promise<Answer> => post([posted({ seq })], { token: gone.credential, batch: { epoch: 'e' } });
    expect((await one(1)).status).toBe(200);
    expect((await server.request('POST', `/api/agents/${gone.name}/revoke`)).status).toBe(204);
    const { status, json } = await one(2);
    expect([status, json.error.code]).toEqual([410, 'gone']);
    expect(await stored('agent=leaver')).toHaveLength(1);
  });
});
