import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/support/server.ts';

/** Lists of things with an id, and how one of them is made. */
const lists: Readonly<Record<string, (server: TestServer, name: string) => Promise<unknown>>> = {
  '/api/agents': (server, name) => server.agent(name),
  '/api/destinations': (server, name) => server.request('POST', '/api/destinations', { json: { name } }),
  '/api/jobs': (server, name) => server.request('POST', '/api/jobs', { json: { name, interval: 60, kinds: ['system'] } }),
  '/api/tokens': (server, name) => server.request('POST', '/api/tokens', { json: { name, scopes: ['read'] } }),
  '/api/enrollment-tokens': (server, name) => server.request('POST', '/api/enrollment-tokens', { json: { name } }),
};

interface Item {
  readonly id: number;
  readonly name: string;
}

describe.each(Object.entries(lists))('the list %s', (path, make) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    for (let i = 1; i <= 5; i++) await make(server, `thing-${i}`);
  });
  afterAll(() => server.close());

  const get = async (query: string): Promise<{ items: Item[]; next: string | null }> =>
    (await server.request('GET', `${path}${query}`)).json as { items: Item[]; next: string | null };

  test('is whole unless pages are asked for', async () => {
    const { items, next } = await get('');
    expect(items.filter(({ name }) => name.startsWith('thing-'))).toHaveLength(5);
    expect(next).toBeNull();
  });

  test('in pages has every item once, in order, also where some are added meanwhile', async () => {
    const before = (await get('')).items.map(({ id }) => id);
    const seen: number[] = [];
    let cursor = '';
    for (;;) {
      const { items, next } = await get(`?limit=2${cursor}`);
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ id }) => id));
      if (seen.length === 2) await make(server, 'late');
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(seen.slice(0, before.length)).toEqual(before);
    expect(seen).toEqual((await get('')).items.map(({ id }) => id));
    expect(seen.length).toBeGreaterThan(before.length);
  });

  test('ends with a page that is full and the last', async () => {
    const { items } = await get('');
    expect((await get(`?limit=${items.length}`)).next).toBeNull();
  });

  test('has only the fields that were asked for, and the id', async () => {
    const { items } = await get('?fields=name');
    expect(items.length).toBeGreaterThanOrEqual(5);
    for (const item of items) expect(Object.keys(item).sort()).toEqual(['id', 'name']);
  });

  test('names the fields there are where one is unknown', async () => {
    const { status, json } = await server.request('GET', `${path}?fields=name,colour`);
    expect(status).toBe(400);
    expect(json.error.message).toMatch(/^fields\[1\]: expected one of id, name, .*created_at.*, got "name,colour"$/);
  });
});

describe('the list of widget logs', () => {
  test('has only the fields that were asked for', async () => {
    const server = await startTestServer();
    const logs = [{ widget_type: 'speedtest', timestamp: '2026-11-22T10:00:00Z', data: { download: 5 } }];
    await server.request('POST', '/api/fleet/widget-logs', { json: { machine_id: 'mac', logs } });
    const { json } = await server.request('GET', '/api/fleet/widget-logs?fields=timestamp,machine_id');
    expect(json.items).toEqual([{ machine_id: 'mac', timestamp: '2026-11-22T10:00:00.000Z' }]);
    expect((await server.request('GET', '/api/fleet/widget-logs?fields=id')).json.error.message).toBe(
      'fields[0]: expected one of machine_id, agent_id, widget_type, timestamp, data, got "id"',
    );
    await server.close();
  });
});
