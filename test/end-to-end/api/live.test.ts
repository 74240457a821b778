import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { liveMessage, SESSION_OVER } from '../../../src/protocol/live.ts';
import { posted, startTestServer, type Answer, type TestServer } from '../../support/server.ts';
import type { TestSocket } from '../../support/web-socket.ts';

let server: TestServer;
const opened: TestSocket[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
afterEach(() => {
  for (const { socket } of opened.splice(0)) socket.terminate();
});

const listen = async (...args: Parameters<TestServer['live']>): Promise<TestSocket> => {
  const socket = await server.live(...args);
  opened.push(socket);
  return socket;
};
const post = (results: unknown[]): Promise<Answer> => server.request('POST', '/api/results', { json: { results } });

describe('a listener', () => {
  test('is greeted, shown every agent, and told of what changes', async () => {
    const before = await server.agent('before');
    const listener = await listen();
    const greeting = await listener.next('hello');
    expect(greeting).toMatchObject({ type: 'hello', server_version: '0.0.0-test', resumed: false });
    const snapshot = await listener.next('snapshot');
    expect(liveMessage.safeParse(snapshot).success).toBe(true);
    expect(snapshot['items']).toMatchObject([{ id: before.id, name: 'before', state: 'offline' }]);
    const control = await server.control(before.credential);
    expect(await listener.next('agent')).toMatchObject({ item: { id: before.id, state: 'online' } });
    control.socket.close();
    expect(await listener.next('agent')).toMatchObject({ item: { id: before.id, state: 'offline' } });
  });

  test('hears the topics and results it asked for, and what it missed when it comes back', async () => {
    const listener = await listen({ query: '?topics=jobs,results&kind=dns' });
    const { stream } = await listener.next('hello');
    expect(await listener.next('snapshot')).toMatchObject({ topic: 'jobs', items: [] });
    const job = (await server.request('POST', '/api/jobs', { json: { name: 'heard', interval: 60, kinds: ['system'] } })).json as { id: number };
    const { seq } = await listener.next('job');
    await post([posted({ agent: 'asker', kind: 'ping' }), posted({ agent: 'asker', kind: 'dns' })]);
    expect((await listener.next('results'))['items']).toMatchObject([{ kind: 'dns' }]);
    listener.socket.terminate();
    await server.request('DELETE', `/api/jobs/${job.id}`);
    const back = await listen({ query: `?topics=jobs&resume=${String(stream)}:${String(seq)}` });
    expect(await back.next('hello')).toMatchObject({ resumed: true });
    expect(await back.next('removed')).toMatchObject({ topic: 'jobs', id: job.id });
  });

  test.each(['?topics=weather', '?kind=NO', '?agent=nobody', '?resume=x', '?colour=red'])('asking for %s is refused', async (query) => {
    await expect(server.live({ query })).rejects.toThrow(/^refused: 40[04]/);
  });

  test('hears of results that are stored, and can read them at once; of refused ones and duplicates nothing', async () => {
    const listener = await listen();
    await listener.next('snapshot');
    const result = posted({ agent: 'talker', destination: 'there', run: 'r1' });
    await post([result, { ...result, kind: 'NO' }]);
    const message = await listener.next('results');
    expect(liveMessage.safeParse(message).success).toBe(true);
    expect(message['items']).toMatchObject([{ agent: 'talker', destination: 'there', run: 'r1', metrics: { rtt_avg_ms: 1.5 } }]);
    const [listed] = (await server.request('GET', '/api/results?agent=talker')).json.items as { id: string }[];
    expect(listed?.id).toBe(message['items'][0].id);
    await post([result]);
    await post([posted({ agent: 'talker', run: 'r2' })]);
    expect((await listener.next('results'))['items']).toMatchObject([{ run: 'r2' }]);
  });

  test('is told how many it missed when too much comes at once', async () => {
    const listener = await listen();
    await listener.next('snapshot');
    // One batch, so that all of it is stored at one moment.
    await post(Array.from({ length: 3000 }, (_, i) => posted({ agent: 'flood', run: `r${i}` })));
    expect((await listener.next('results'))['items']).toHaveLength(200);
    expect(await listener.next('skipped')).toEqual({ type: 'skipped', topic: 'results', count: 1000 });
    for (let heard = 200; heard < 2000; heard += 200) expect((await listener.next('results'))['items']).toHaveLength(200);
    await post([posted({ agent: 'flood', run: 'last' })]);
    expect((await listener.next('results'))['items']).toMatchObject([{ run: 'last' }]);
  });

  test('that does not read holds up neither ingest nor other listeners, and is told what it missed', async () => {
    const slow = await listen();
    await slow.next('snapshot');
    slow.socket.pause();
    const quick = await listen();
    await quick.next('snapshot');
    const text = 'x'.repeat(60_000);
    let sent = 0;
    // More than the buffers of both ends and the server's patience hold, a flush at a time.
    for (let round = 0; round < 8; round++) {
      const results = Array.from({ length: 100 }, () => posted({ agent: 'heavy', run: `r${(sent += 1)}`, details: { text } }));
      expect((await post(results)).json).toMatchObject({ stored: 100 });
      for (let heard = 0; heard < 100;) heard += ((await quick.next('results'))['items'] as unknown[]).length;
    }
    slow.socket.resume();
    let heard = 0;
    let skipped = 0;
    // What it missed is said with the next message, once it has caught up.
    while (skipped === 0) {
      await post([posted({ agent: 'heavy', run: `r${(sent += 1)}` })]);
      await quick.next('results');
      for (const type of slow.unread) {
        const message = await slow.next(type);
        if (type === 'results') heard += (message['items'] as unknown[]).length;
        if (type === 'skipped') skipped += message['count'] as number;
      }
    }
    while (heard + skipped < sent) heard += ((await slow.next('results'))['items'] as unknown[]).length;
    expect(heard + skipped).toBe(sent);
  });

  test('says nothing that counts', async () => {
    const listener = await listen();
    listener.send({ type: 'agent', item: { name: 'forged' } });
    listener.socket.send('noise');
    await post([posted({ agent: 'after-noise' })]);
    await listener.next('results');
  });

  test('that goes away while it is greeted is forgotten', async () => {
    for (let i = 0; i < 20; i++) (await listen()).socket.terminate();
    await post([posted({ agent: 'after-leavers' })]);
    const listener = await listen();
    await post([posted({ agent: 'after-leavers', run: '2' })]);
    await listener.next('results');
    expect(server.log).toEqual([]);
  });
});

describe('the live connection', () => {
  test('asks for a token or session that may read', async () => {
    const agent = await server.agent('curious');
    await expect(server.live({ token: null })).rejects.toThrow(/^refused: 401 .*unauthenticated/);
    await expect(server.live({ token: 'wrong' })).rejects.toThrow(/^refused: 401 .*unauthenticated/);
    await expect(server.live({ token: agent.credential })).rejects.toThrow(/^refused: 403 .*forbidden/);
  });

  test("opens to the server's own page with its cookie, and to no other site's", async () => {
    const cookie = await server.signIn();
    const own = await listen({ token: null, headers: { cookie, origin: server.url } });
    await own.next('snapshot');
    for (const origin of ['https://evil.example', 'null', server.url.replace(/\d+$/, '1')]) {
      await expect(server.live({ token: null, headers: { cookie, origin } })).rejects.toThrow(/^refused: 403 .*bad_origin/);
    }
    await expect(server.live({ token: null, headers: { cookie } })).rejects.toThrow(/^refused: 403 .*bad_origin/);
  });

  test('is not at any other path', async () => {
    const { TestSocket } = await import('../../support/web-socket.ts');
    for (const path of ['/', '/ws/', '/api/health', '/__proto__', '/constructor']) {
      await expect(TestSocket.open(`${server.url}${path}`, { authorization: `Bearer ${server.adminToken}` })).rejects.toThrow(
        /^refused: 404 .*not_found/,
      );
    }
  });

  test('ends within seconds of its token being revoked, or its session ending', async () => {
    const { id, token } = await server.token('read');
    const cookie = await server.signIn();
    const headers = { cookie, origin: server.url };
    const byToken = await listen({ token });
    const byCookie = await listen({ token: null, headers });
    const staying = await listen();
    await server.request('DELETE', `/api/tokens/${id}`);
    await server.request('DELETE', '/api/session', { token: null, headers });
    const over = { code: SESSION_OVER, reason: 'the session has ended' };
    expect(await Promise.all([byToken.closed, byCookie.closed])).toEqual([over, over]);
    await staying.next('snapshot');
    expect(staying.socket.readyState).toBe(staying.socket.OPEN);
  });
});
