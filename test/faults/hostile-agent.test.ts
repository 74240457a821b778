import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeCodes } from '../../src/protocol/messages.ts';
import type { Route } from '../../src/server/http/route.ts';
import { allRoutes } from '../../src/server/http/routes/index.ts';
import type { Services } from '../../src/server/services.ts';
import { eventually } from '../support/eventually.ts';
import { heartbeat, hello, posted, startTestServer, type EnrolledAgent, type TestServer } from '../support/server.ts';

const routes = allRoutes({} as Services);
const scopesOf = ({ scope }: Route): readonly string[] => (typeof scope === 'string' ? [scope] : scope);
/** What an agent's own credential is for. */
const own = routes.filter((route) => scopesOf(route).includes('agent'));
const open = routes.filter((route) => scopesOf(route).includes('public'));
const closed = routes.filter((route) => !own.includes(route) && !open.includes(route));

/** What the holder of an agent's credential may try with the server and with other agents, and what becomes of it. */
describe('a hostile agent', () => {
  let server: TestServer;
  let evil: EnrolledAgent;
  let good: EnrolledAgent;
  let job = 0;
  beforeAll(async () => {
    server = await startTestServer();
    evil = await server.agent('evil');
    good = await server.agent('good');
    await server.request('POST', '/api/destinations', { json: { name: 'gateway', host: '127.0.0.1' } });
    const made = await server.request('POST', '/api/jobs', {
      json: { name: 'berlin only', interval: 60, kinds: ['ping'], destinations: ['gateway'], agents: ['label:site=berlin'] },
    });
    job = made.json.id as number;
  });
  afterAll(() => server.close());

  /** What an administrator sees of everything an agent might want to change. */
  const everything = async (): Promise<string> => {
    const lists = ['/api/agents', '/api/destinations', '/api/jobs', '/api/tokens', '/api/enrollment-tokens', '/api/results'];
    const bodies = await Promise.all(lists.map((path) => server.request('GET', path)));
    return JSON.stringify(bodies.map(({ json }) => (json as { items: unknown }).items)).replaceAll(/"last_used_at":("[^"]*"|null)/g, '');
  };

  test('has three routes: who it is, and where results and logs go', () => {
    expect(own.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /api/session', 'POST /api/results', 'POST /api/fleet/widget-logs']);
    // The agents' other two paths: to enrol, which needs a token of its own, and the control connection.
    expect(open.map(({ path }) => path)).toContain('/api/agent/enrol');
  });

  test.each(closed.map((route) => [`${route.method} ${route.path}`, route] as const))('%s answers 403 and changes nothing', async (_title, route) => {
    const before = await everything();
    for (const id of [String(evil.id), String(good.id), 'good', String(job), 'gateway']) {
      const path = route.path.replaceAll(/:[a-z_]+/g, id);
      const json =
        route.method === 'GET' || route.method === 'DELETE' ? {} : { json: { name: 'taken over', labels: { site: 'x' }, scopes: ['admin'] } };
      const { status, json: body } = await server.request(route.method, path, { token: evil.credential, ...json });
      expect([status, body.error.code]).toEqual([403, 'forbidden']);
      if (!route.path.includes(':')) break;
    }
    expect(await everything()).toBe(before);
  });

  test('does not hear what others hear', async () => {
    await expect(server.live({ token: evil.credential })).rejects.toThrow('403');
  });

  test('stores no result of another agent, and moves no mark of another', async () => {
    const of = (over: Record<string, unknown>) =>
      server.request('POST', '/api/results', { token: evil.credential, json: { epoch: 'shared', results: [{ seq: 1000, ...posted(over) }] } });
    for (const agent of ['good', good.id, String(good.id)])
      expect((await of({ agent })).json).toMatchObject({ stored: 0, refused: [{ code: 'not_yours' }] });
    const { json } = await server.request('POST', '/api/results', {
      token: good.credential,
      json: { epoch: 'shared', results: [{ seq: 1, ...posted() }] },
    });
    expect(json).toMatchObject({ stored: 1, acknowledged: 1 });
    expect((await server.request('GET', '/api/results?agent=evil')).json.items).toEqual([]);
  });

  test('stores no log of another machine', async () => {
    for (const machine_id of ['good', good.id, 'a new one']) {
      const logs = [{ widget_type: 'note', timestamp: new Date().toISOString(), data: {} }];
      const { status } = await server.request('POST', '/api/fleet/widget-logs', { token: evil.credential, json: { machine_id, logs } });
      expect(status).toBe(403);
    }
  });

  test('makes no destinations and no jobs by naming them', async () => {
    const { json } = await server.request('POST', '/api/results', {
      token: evil.credential,
      json: {
        epoch: 'names',
        results: [
          { seq: 1, ...posted({ destination: 'invented' }) },
          { seq: 2, ...posted({ job: 'invented' }) },
        ],
      },
    });
    expect(json).toMatchObject({ stored: 0, refused: [{ code: 'unknown_reference' }, { code: 'unknown_reference' }] });
    expect((await server.request('GET', '/api/destinations')).text).not.toContain('invented');
  });

  test('labels itself only until people have labelled it', async () => {
    const scheduleOf = async (): Promise<number> => {
      const socket = await server.control(evil.credential, { labels: { site: 'berlin' } });
      const { schedule } = await socket.next('schedule');
      socket.socket.close();
      await socket.closed;
      return (schedule as { assignments: unknown[] }).assignments.length;
    };
    expect(await scheduleOf()).toBe(1);
    await server.request('PATCH', `/api/agents/${evil.id}`, { json: { labels: { site: 'lab' } } });
    expect(await scheduleOf()).toBe(0);
    expect((await server.request('GET', `/api/agents/${evil.id}`)).json.labels).toEqual({ site: 'lab' });
  });

  test('says nothing in the name of another: what it calls itself does not count', async () => {
    const socket = await server.control(evil.credential, { name: 'good', agent: good.id, id: good.id, agent_id: good.id });
    expect((await server.request('GET', `/api/agents/${good.id}`)).json).toMatchObject({ name: 'good', state: 'offline' });
    expect((await server.request('GET', `/api/agents/${evil.id}`)).json).toMatchObject({ name: 'evil', state: 'online' });
    socket.socket.close();
    await socket.closed;
  });

  test.each([
    ['a spool of negative size', { spool: { epoch: 'e', pending: -1, pending_bytes: 0, dropped: 0, dead: 0 } }],
    ['a spool of half a result', { spool: { epoch: 'e', pending: 0.5, pending_bytes: 0, dropped: 0, dead: 0 } }],
    ['a spool beyond what numbers hold', { spool: { epoch: 'e', pending: 1e300, pending_bytes: 0, dropped: 0, dead: 0 } }],
    ['ports that are none', { listening: { port_from: 0, port_to: 70_000 } }],
    ['ports the wrong way round', { listening: { port_from: 6000, port_to: 5000 } }],
    ['labels without end', { labels: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`l${i}`, 'x'])) }],
    ['a label that is a page', { labels: { site: '<'.repeat(10_000) } }],
    ['capabilities of kinds that are no words', { capabilities: { '../../etc': { available: true, tool: null, version: null, note: null } } }],
    ['a note of a megabyte', { capabilities: { ping: { available: true, tool: null, version: null, note: 'x'.repeat(1_000_000) } } }],
    ['an instant beyond time', { sent_at: '+999999-01-01T00:00:00.000Z' }],
  ])('whose hello holds %s is sent away with a reason', async (_what, over) => {
    const socket = await server.openControl(evil.credential);
    socket.send(hello(over));
    const { code, reason } = await socket.closed;
    expect(code).toBe(closeCodes.badMessage);
    expect(reason).not.toBe('');
    expect(reason).not.toBe('internal');
  });

  test('that says the largest figures there are, they are its own and nothing else', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    const socket = await server.control(evil.credential, { spool: { epoch: 'e', pending: most, pending_bytes: most, dropped: most, dead: most } });
    socket.send(heartbeat({ running: most, scheduled: most }));
    await socket.next('heartbeat_ack');
    expect((await server.request('GET', '/metrics')).status).toBe(200);
    expect((await server.request('GET', `/api/agents/${good.id}`)).json.spool).toBeNull();
    socket.socket.close();
    await socket.closed;
  });

  test('that floods with heartbeats waits in its own queue; others are answered', async () => {
    const flood = await server.control(evil.credential);
    const other = await server.control(good.credential);
    for (let i = 0; i < 20_000; i++) flood.send(heartbeat());
    other.send(heartbeat());
    await other.next('heartbeat_ack');
    expect((await server.request('GET', '/api/health')).status).toBe(200);
    flood.socket.terminate();
    await flood.closed;
    await eventually(async () => (await server.request('GET', `/api/agents/${evil.id}`)).json.state === 'offline');
    other.socket.close();
    await other.closed;
  });

  test('that was revoked is heard no more, and its credential opens nothing', async () => {
    const gone = await server.agent('gone');
    const socket = await server.control(gone.credential);
    await server.request('POST', `/api/agents/${gone.id}/revoke`);
    expect((await socket.closed).code).toBe(closeCodes.revoked);
    expect(
      (await server.request('POST', '/api/results', { token: gone.credential, json: { epoch: 'x', results: [{ seq: 1, ...posted() }] } })).status,
    ).toBeGreaterThanOrEqual(401);
    await expect(server.openControl(gone.credential)).rejects.toThrow('refused');
  });

  test('leaves no fault in the log', () => {
    expect(server.log).toEqual([]);
  });
});
