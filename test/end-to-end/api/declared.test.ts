import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { posted, startTestServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const add = async (things: 'destinations' | 'jobs', json: Record<string, unknown>): Promise<number> => {
  const { status, text, json: made } = await server.request('POST', `/api/${things}`, { json });
  if (status !== 201) throw new Error(text);
  return made.id as number;
};
const ping = (name: string, rest: Record<string, unknown> = {}) => add('jobs', { name, interval: 60, kinds: ['ping'], ...rest });
const get = async (path: string) => (await server.request('GET', path)).json;

describe('removing a destination', () => {
  beforeEach(async () => {
    await add('destinations', { name: 'edge', tags: ['web'] });
    await add('destinations', { name: 'core' });
    await ping('both', { destinations: ['edge', 'core'] });
    await ping('alone', { destinations: ['1'] });
    await ping('tagged', { destinations: ['tag:web'] });
  });

  test('that jobs name says who does, and force takes it out of them', async () => {
    const refused = await server.request('DELETE', '/api/destinations/edge');
    expect(refused.status).toBe(409);
    expect(refused.json.error).toEqual({
      code: 'conflict',
      message:
        'destination "edge" is used by jobs "both", "alone" (1 job selects it by a tag, which is no hindrance): with force it is taken out of them, which leaves "alone" with nothing to do',
      details: { jobs: ['both', 'alone'], left_without: ['alone'], can_force: true },
    });
    expect((await server.request('DELETE', '/api/destinations/edge?force=true')).status).toBe(204);
    expect((await get('/api/jobs/both')).destinations).toEqual(['core']);
    expect((await get('/api/jobs/alone')).destinations).toEqual([]);
    expect((await server.request('GET', '/api/destinations/edge')).status).toBe(404);
  });

  test('that only a tag selects is no conflict', async () => {
    await server.request('DELETE', '/api/jobs/both');
    await server.request('DELETE', '/api/jobs/alone');
    expect((await server.request('DELETE', '/api/destinations/edge')).status).toBe(204);
  });

  test('that a declared job names is refused with force, too, and nothing is changed', async () => {
    const jobs = [{ name: 'kept', destinations: ['edge'] }];
    expect((await server.request('POST', '/api/apply', { json: { source: 'a.yaml', jobs } })).status).toBe(200);
    const refused = await server.request('DELETE', '/api/destinations/edge?force=true');
    expect(refused.json.error.message).toMatch(/"kept" is declared by a\.yaml: take it out there first$/);
    expect(refused.json.error.details).toMatchObject({ can_force: false });
    expect((await get('/api/jobs/both')).destinations).toEqual(['edge', 'core']);
  });
});

test('removing an agent says which jobs and destinations name it, and force detaches all of them', async () => {
  await server.agent('berlin');
  await server.agent('paris');
  await add('destinations', { name: 'the-hub', agent: 'berlin' });
  await ping('named', { agents: ['berlin', 'paris'], destinations: ['the-hub'] });
  await add('jobs', { name: 'star', interval: 60, kinds: ['system'], mesh: { type: 'hub', hub: '1' } });
  const refused = await server.request('DELETE', '/api/agents/berlin');
  expect(refused.status).toBe(409);
  expect(refused.json.error.details).toEqual({ jobs: ['named', 'star'], destinations: ['the-hub'], left_without: ['named'], can_force: true });
  expect((await server.request('DELETE', '/api/agents/berlin?force=true')).status).toBe(204);
  expect(await get('/api/jobs/named')).toMatchObject({ agents: ['paris'], destinations: [] });
  expect(await get('/api/jobs/star')).toMatchObject({ agents: ['*'], mesh: null });
  expect((await server.request('GET', '/api/destinations/the-hub')).status).toBe(404);
  expect((await server.request('DELETE', '/api/agents/paris')).status).toBe(409);
});

describe('the health of a destination', () => {
  const say = async (agent: string, destination: string, rest: Record<string, unknown> = {}): Promise<void> => {
    const answer = await server.request('POST', '/api/results', { json: { results: [posted({ agent, destination, ...rest })] } });
    expect(answer.status).toBe(200);
  };
  const failed = { status: 'failed', failure: { source: 'network', code: 'unreachable', message: 'no route' }, metrics: {} };

  test('follows the newest result of each agent and kind, and can be asked for', async () => {
    await add('destinations', { name: 'edge', tags: ['web'] });
    await add('destinations', { name: 'core', status: 'inactive' });
    expect((await get('/api/destinations/edge')).health).toEqual({
      ...{ state: 'unknown', agents_ok: 0, agents_failing: 0, since: null, last_result_at: null },
    });
    await say('a', 'edge');
    expect((await get('/api/destinations/edge')).health).toMatchObject({ state: 'ok', agents_ok: 1, agents_failing: 0 });
    await say('b', 'edge', failed);
    expect((await get('/api/destinations/edge')).health).toMatchObject({ state: 'partial', agents_ok: 1, agents_failing: 1 });
    const turned = new Date().toISOString();
    await say('a', 'edge', { ...failed, started_at: turned });
    expect((await get('/api/destinations/edge')).health).toMatchObject({ state: 'failing', agents_ok: 0, agents_failing: 2, since: turned });
    // What fails on the agent, or is skipped, says nothing of the destination.
    await say('a', 'core', { ...failed, failure: { source: 'agent', code: 'tool_missing', message: 'no ping' } });
    const names = async (query: string) => (await get(`/api/destinations?${query}`)).items.map((one: { name: string }) => one.name);
    expect(await names('health=failing')).toEqual(['edge']);
    expect(await names('health=unknown,ok')).toEqual(['core']);
    expect(await names('tag=web')).toEqual(['edge']);
    expect(await names('status=inactive')).toEqual(['core']);
    expect((await server.request('GET', '/api/destinations?health=bad')).status).toBe(400);
  });

  test('is unknown again two and a half intervals after the last result, and is known again after a restart', async () => {
    await add('destinations', { name: 'edge' });
    await ping('watch', { destinations: ['edge'] });
    await say('a', 'edge', { job: 'watch' });
    const state = async () => (await get('/api/destinations/edge')).health.state as string;
    server.clock.pass(140_000);
    expect(await state()).toBe('ok');
    server.clock.pass(20_000);
    expect(await state()).toBe('unknown');
    // The clock of the server that starts again is the machine's own.
    server = await server.restart();
    expect(await state()).toBe('ok');
  });
});

test('two applications at once leave what one of them declared', async () => {
  const apply = (host: string) =>
    server.request('POST', '/api/apply', {
      json: {
        source: 'a.yaml',
        destinations: [
          { name: 'x', host },
          { name: 'y', host },
        ],
      },
    });
  const answers = await Promise.all([apply('one'), apply('two')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const [x, y] = (await get('/api/destinations')).items;
  expect(x.host).toBe(y.host);
});

test('a name with half of a surrogate pair is refused in words', async () => {
  const { status, json } = await server.request('POST', '/api/destinations', { body: '{"name":"half \\ud800"}' });
  expect(status).toBe(400);
  expect(json.error.message).toContain('expected whole characters, got half of a surrogate pair');
});
