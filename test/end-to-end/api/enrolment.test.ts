import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { enrolResponse } from '../../../src/protocol/messages.ts';
import { posted, startTestServer, type Answer, type TestServer } from '../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
beforeEach(() => {
  // Failures of the tests before are forgiven.
  server.clock.pass(120_000);
});

const outcome = ({ status, json }: Answer): [number, string] => [status, json.error?.code as string];
const uses = async (id: number): Promise<number | undefined> =>
  ((await server.request('GET', '/api/enrollment-tokens')).json.items as { id: number; uses: number }[]).find((token) => token.id === id)?.uses;

describe('enrolling', () => {
  test('gives an agent a credential of its own, good for its results and nothing else', async () => {
    const { token } = await server.enrolmentToken();
    const answer = await server.enrol(token, 'newcomer');
    expect(answer.status).toBe(201);
    const { agent, credential } = enrolResponse.parse(answer.json);
    expect(agent.name).toBe('newcomer');
    const results = await server.request('POST', '/api/results', { token: credential, json: { epoch: 'e', results: [posted({ seq: 1 })] } });
    expect(results.json).toMatchObject({ stored: 1 });
    expect((await server.request('GET', '/api/results', { token: credential })).status).toBe(403);
    expect((await server.request('GET', '/api/session', { token: credential })).json).toEqual({ scopes: ['agent'], expires_at: null });
  });

  test('two agents under one name is refused, and spends no use', async () => {
    const { id, token } = await server.enrolmentToken({ max_uses: 2 });
    expect((await server.enrol(token, 'double')).status).toBe(201);
    expect(outcome(await server.enrol(token, 'double'))).toEqual([409, 'name_taken']);
    expect(await uses(id)).toBe(1);
    expect((await server.enrol(token, 'double-2')).status).toBe(201);
  });

  test('two agents at once with a token for one lets in one of them', async () => {
    const { id, token } = await server.enrolmentToken();
    const answers = await Promise.all(['racer-a', 'racer-b', 'racer-c'].map((name) => server.enrol(token, name)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 410, 410]);
    expect(await uses(id)).toBe(1);
  });

  test('with a token that was used up, revoked or has expired is refused', async () => {
    const used = await server.enrolmentToken();
    await server.enrol(used.token, 'only-one');
    const revoked = await server.enrolmentToken();
    await server.request('DELETE', `/api/enrollment-tokens/${revoked.id}`);
    const expiring = await server.enrolmentToken({ expires_at: new Date(server.clock.now() + 60_000).toISOString() });
    server.clock.pass(60_001);
    for (const { token } of [used, revoked, expiring]) expect(outcome(await server.enrol(token, 'too-late'))).toEqual([410, 'gone']);
    expect((await server.request('GET', '/api/results?agent=too-late')).status).toBe(404);
  });

  test('with no token, a wrong one, or one of another sort is refused', async () => {
    for (const token of [null, 'secret', `tacho_e_${'A'.repeat(43)}`, server.adminToken]) {
      expect(outcome(await server.enrol(token, 'stranger')), String(token)).toEqual([401, 'unauthenticated']);
    }
  });
});

describe('an enrolment token', () => {
  test('opens nothing but enrolment', async () => {
    const { token } = await server.enrolmentToken();
    expect(outcome(await server.request('GET', '/api/agents', { token }))).toEqual([401, 'unauthenticated']);
  });
});

describe('guessing', () => {
  const guess = (): Promise<Answer> => server.enrol(`tacho_e_${'B'.repeat(43)}`, 'guesser');

  test('enrolment tokens is limited, and the answer says when to go on', async () => {
    const answers: Answer[] = [];
    for (let i = 0; i < 12; i++) answers.push(await guess());
    expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401));
    const last = answers[11] as Answer;
    expect(outcome(last)).toEqual([429, 'rate_limited']);
    const retryAfterS = Number(last.headers['retry-after']);
    expect(retryAfterS).toBeGreaterThan(0);
    expect(retryAfterS).toBeLessThanOrEqual(60);
    server.clock.pass(retryAfterS * 1000);
    expect((await guess()).status).toBe(401);
  });

  test('API tokens and login links is limited alike', async () => {
    for (let i = 0; i < 10; i++) await server.request('GET', '/api/agents', { token: `tacho_t_${'C'.repeat(43)}` });
    expect(outcome(await server.request('GET', '/api/agents', { token: 'wrong' }))).toEqual([429, 'rate_limited']);
    const link = `tacho_l_${'D'.repeat(43)}`;
    expect(outcome(await server.request('POST', '/api/session', { token: null, json: { link } }))).toEqual([429, 'rate_limited']);
    expect(outcome(await guess())).toEqual([429, 'rate_limited']);
  });

  test('shuts out nobody who has what it takes, though he comes from the same address', async () => {
    const { token } = await server.enrolmentToken();
    const agent = await server.agent('neighbour');
    const cookie = await server.signIn();
    for (let i = 0; i < 15; i++) await guess();
    expect((await guess()).status).toBe(429);
    expect((await server.request('GET', '/api/agents')).status).toBe(200);
    expect((await server.request('GET', '/api/agents', { token: null, cookie })).status).toBe(200);
    expect((await server.enrol(token, 'latecomer')).status).toBe(201);
    expect(
      (await server.request('POST', '/api/results', { token: agent.credential, json: { epoch: 'e', results: [posted({ seq: 1 })] } })).status,
    ).toBe(200);
    expect((await server.request('GET', '/api/health', { token: null })).status).toBe(200);
    const control = await server.control(agent.credential);
    control.socket.close();
  });
});

describe('a token', () => {
  test('is refused the moment it is revoked', async () => {
    const { id, token } = await server.token('read');
    expect((await server.request('GET', '/api/agents', { token })).status).toBe(200);
    expect((await server.request('DELETE', `/api/tokens/${id}`)).status).toBe(204);
    expect(outcome(await server.request('GET', '/api/agents', { token }))).toEqual([401, 'unauthenticated']);
  });

  test('is refused from the instant it expires', async () => {
    const { json } = await server.request('POST', '/api/tokens', {
      json: { name: 'short', scopes: ['read'], expires_at: new Date(server.clock.now() + 60_000).toISOString() },
    });
    const token = json.token as string;
    expect((await server.request('GET', '/api/agents', { token })).status).toBe(200);
    server.clock.pass(60_000);
    expect(outcome(await server.request('GET', '/api/agents', { token }))).toEqual([401, 'unauthenticated']);
  });

  test('is never shown again, nor is its hash', async () => {
    const { token } = await server.token('read');
    const { text } = await server.request('GET', '/api/tokens');
    expect(text).not.toContain(token);
    expect(text).not.toMatch(/hash|[0-9a-f]{64}/);
  });

  test.each(['Basic YTpi', 'Bearer', 'Bearer two words', 'bearer'])('in a header of another form (%s) is refused', async (authorization) => {
    expect(outcome(await server.request('GET', '/api/agents', { token: null, headers: { authorization } }))).toEqual([401, 'unauthenticated']);
  });
});
