import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { posted, startTestServer, type Answer, type EnrolledAgent, type TestServer } from '../../support/server.ts';

let server: TestServer;
let agent: EnrolledAgent;
let seq = 0;

beforeAll(async () => {
  server = await startTestServer();
  agent = await server.agent('texts');
});
afterAll(async () => server.close());

const spool = (...results: Record<string, unknown>[]): Promise<Answer> =>
  server.request('POST', '/api/results', {
    token: agent.credential,
    json: { epoch: 'e', results: results.map((result) => posted({ ...result, seq: (seq += 1) })) },
  });
const all = async (query = 'limit=1'): Promise<Record<string, unknown>[]> =>
  (await server.request('GET', `/api/results?${query}`)).json.items as Record<string, unknown>[];

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE results; --",
  '" OR 1=1 --',
  '${7*7} {{7*7}} %s %n',
  '../../etc/passwd',
  '-oProxyCommand=touch /tmp/x',
  '$(reboot) `reboot` ; reboot',
  'ａｄｍｉｎ',
  'Ωμέγα 🌍 e\u0301',
  'label:site=lab',
  '*',
  'tag:all',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'x'.repeat(253),
];

describe('a hostile name', () => {
  test.each(hostile)('%s is a name like any other: stored and shown as it is', async (name) => {
    const result = posted({ agent: `agent ${name}`.slice(0, 253), destination: name });
    const { json } = await server.request('POST', '/api/results', { json: { results: [result] } });
    expect(json).toMatchObject({ stored: 1, refused: [] });
    const found = await server.request('GET', `/api/destinations/${encodeURIComponent(name)}`);
    expect(found.json).toMatchObject({ name, external: true });
    const [listed] = await all(`limit=1&destination=${encodeURIComponent(name).replaceAll('%2C', ',')}`);
    expect(listed).toMatchObject({ destination: name, agent: result['agent'] });
  });

  test.each(['bell\u0007', 'escape\u001b[2J', 'nul\u0000', 'right\u202eto left', 'line\u2028break', '', '   ', '12345', 'x'.repeat(254)])(
    '%j is refused everywhere a name is given',
    async (name) => {
      const answers = [
        await server.request('POST', '/api/destinations', { json: { name } }),
        await server.request('POST', '/api/jobs', { json: { name, interval: 60, kinds: ['system'] } }),
        await server.request('POST', '/api/tokens', { json: { name, scopes: ['read'] } }),
        await server.enrol((await server.enrolmentToken()).token, name),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      const { json } = await server.request('POST', '/api/results', { json: { results: [posted({ agent: name })] } });
      expect(json).toMatchObject({ stored: 0, refused: [{ index: 0 }] });
    },
  );
});

describe('any text within the limits', () => {
  test('in run, labels, failure and details comes back as it went in, and holds up no other result', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, text, text, fc.dictionary(text, fc.jsonValue(), { maxKeys: 4 }), async (run, label, message, details) => {
        const result = {
          run: `r${run}`,
          status: 'failed',
          failure: { source: 'network', code: 'odd', message },
          labels: { odd: label },
          details: JSON.parse(JSON.stringify(details)) as Record<string, unknown>,
          started_at: new Date(Date.UTC(2026, 10, 22) + seq).toISOString(),
        };
        const answer = await spool(result);
        expect(answer.status, answer.text).toBe(200);
        expect(answer.json).toMatchObject({ stored: 1, refused: [] });
        const [stored] = await all(`agent=${agent.name}&from=${result.started_at}&limit=1`);
        expect(stored).toMatchObject({ run: result.run, failure: result.failure, labels: result.labels, details: result.details });
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  test.each([
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['a byte order mark', '\ufeffa'],
    ['a noncharacter', '\uffff\ufffe'],
  ])('with %s is stored without harm to the batch', async (_title, text) => {
    const odd = {
      run: text,
      labels: { odd: text },
      details: { [text]: text },
      status: 'failed',
      failure: { source: 'agent', code: 'odd', message: text },
    };
    const at = Date.UTC(2026, 10, 21) + seq;
    const answer = await spool({ ...odd, started_at: new Date(at).toISOString() }, { run: 'plain', started_at: new Date(at + 1).toISOString() });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({ stored: 2, refused: [] });
    const [plain, stored] = await all(`agent=${agent.name}&from=${new Date(at).toISOString()}&to=${new Date(at + 2).toISOString()}`);
    expect(plain).toMatchObject({ run: 'plain' });
    // UTF-8 has no half pairs, and a mark at the beginning says only that it is UTF-8; details are kept as JSON, which can say both.
    const kept = (one: unknown): string =>
      String(one)
        .toWellFormed()
        .replace(/^\ufeff/, '');
    const { run, labels, failure, details } = stored as { run: string; labels: { odd: string }; failure: { message: string }; details: unknown };
    expect([run, labels.odd, failure.message].map(kept)).toEqual([text, text, text].map(kept));
    expect(details).toEqual(odd.details);
  });
});

describe('a key that JavaScript gives a meaning', () => {
  const body = (json: string): Promise<Answer> => server.request('POST', '/api/results', { body: `{"results":[${json}]}` });
  const fields = '"agent":"polluter","kind":"ping","status":"success","started_at":"2026-11-22T10:00:00Z"';

  test.each(['metrics', 'labels', 'details'])('in %s changes nothing but that result', async (field) => {
    const value = field === 'labels' ? '"1"' : '1';
    const keys = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf'];
    const answer = await body(`{${fields},"run":"${field}","${field}":{${keys.map((key) => `"${key}":${value}`).join(',')}}}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({ stored: 1, refused: [] });
    const stored = (await all('agent=polluter&limit=100')).find(({ run }) => run === field);
    expect(Object.keys(stored?.[field] as object)).toEqual(expect.arrayContaining(['constructor', 'toString']));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.prototype.toString.call({})).toBe('[object Object]');
  });

  test('at the top of a result or a batch is ignored', async () => {
    const nested = '"__proto__":{"agent":"smuggled","polluted":true},"constructor":{"prototype":{"polluted":true}}';
    expect((await body(`{${nested}}`)).json).toMatchObject({ stored: 0, refused: [{ code: 'invalid_result' }] });
    expect((await body(`{${fields},${nested}}`)).json).toMatchObject({ refused: [] });
    expect((await server.request('POST', '/api/destinations', { body: `{"name":"clean","__proto__":{"status":"inactive"}}` })).json).toMatchObject({
      status: 'active',
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
