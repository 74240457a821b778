import { describe, expect, test } from 'vitest';
import type { Agent } from '../../../../src/model/agent.ts';
import { ApiClient, type Fetch } from '../../api/client.ts';
import { arrived, isOwnMachine, offerAgent } from './add-agent-offer.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const agent = (id: number, name: string, state: Agent['state'] = 'online'): Agent => ({ id, name, state }) as Agent;

function server(manifest: { status: number; body: unknown }): { client: ApiClient; asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = (url, { method, body }) => {
    asked.push(`${method ?? 'GET'} ${url} ${typeof body === 'string' ? body : ''}`.trim());
    const answer = url === '/agent/manifest' ? manifest : { status: 201, body: { token: 'tacho_e_secret' } };
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  };
  return { client: new ApiClient(fetch), asked };
}

const offered = {
  status: 200,
  body: { version: '1', server_url: 'https://tacho.example.org', runtime: { platform: 'linux', arch: 'x64', libc: 'musl' } },
};

describe('an offer', () => {
  test('holds a line with a token that is good once, for an hour', async () => {
    const { client, asked } = server(offered);
    const offer = await offerAgent(client, { name: 'berlin', agents: [agent(1, 'workshop')], now });
    expect(offer).toMatchObject({ expiresAt: now + 3_600_000, runtime: 'linux-x64-musl' });
    expect(offer.line).toContain('echo tacho_e_secret | sudo sh');
    expect(offer.line).toContain('--name berlin');
    expect(asked[1]).toBe('POST /api/enrollment-tokens {"name":"berlin","max_uses":1,"expires_at":"2026-11-22T11:00:00.000Z"}');
  });

  test('is not made, and no token with it, where the server gives the agent to nobody', async () => {
    const { client, asked } = server({ status: 403, body: { error: { code: 'forbidden', message: 'over TLS only' } } });
    await expect(offerAgent(client, { name: '', agents: [], now })).rejects.toThrow('over TLS only');
    expect(asked).toEqual(['GET /agent/manifest']);
  });

  test('is not made for a name that is taken', async () => {
    const { client, asked } = server(offered);
    await expect(offerAgent(client, { name: 'workshop', agents: [agent(1, 'workshop')], now })).rejects.toThrow('there is an agent of that name');
    expect(asked).toEqual([]);
  });
});

test('the agent that arrives is the new one, of the name that was asked for', () => {
  const known = new Set([1]);
  const agents = [agent(1, 'workshop'), agent(2, 'posted', 'external'), agent(3, 'paris'), agent(4, 'berlin', 'late')];
  expect(arrived({ name: 'berlin', known }, agents)?.id).toBe(4);
  expect(arrived({ name: null, known }, agents)?.id).toBe(3);
  expect(arrived({ name: 'workshop', known }, agents)).toBeNull();
});

test.each([
  ['http://127.0.0.1:8080', true],
  ['http://localhost:8080', true],
  ['http://[::1]:8080', true],
  ['https://tacho.example.org', false],
])('%s is this machine only: %j', (url, expected) => {
  expect(isOwnMachine(url)).toBe(expected);
});
