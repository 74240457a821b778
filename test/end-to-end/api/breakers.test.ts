import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type EnrolledAgent, type TestServer } from '../../support/server.ts';

describe('breakers', () => {
  let server: TestServer;
  let agent: EnrolledAgent;
  let destination = 0;
  beforeEach(async () => {
    server = await startTestServer();
    agent = await server.agent('edge');
    destination = (await server.request('POST', '/api/destinations', { json: { name: 'gateway', host: '127.0.0.1' } })).json.id as number;
  });
  afterEach(() => server.close());

  const begun = Math.floor(Date.now() / 1000) * 1000 - 600_000;
  const at = (seconds: number): string => new Date(begun + seconds * 1000).toISOString();
  const post = (seq: number, details: Record<string, unknown>, token = agent.credential) =>
    server.request('POST', '/api/results', {
      token,
      json: {
        epoch: 'e1',
        results: [
          {
            seq,
            id: `0192f0c1-0000-7000-8000-00000000000${seq}`,
            kind: 'http',
            destination,
            started_at: at(seq),
            status: 'skipped',
            failure: { source: 'agent', code: 'breaker_open', message: 'held back' },
            metrics: {},
            labels: {},
            details,
          },
        ],
      },
    });

  test("what an agent's results say of its breakers is kept once, and answered as it is now and as it was", async () => {
    await server.control(agent.credential);
    const opened = { from: 'closed', to: 'open', at: at(1), reason: '5 runs in a row failed' };
    const halfOpen = { from: 'open', to: 'half_open', at: at(2), reason: 'a probe was answered' };
    expect((await post(1, { breaker: opened })).json).toMatchObject({ stored: 1 });
    expect((await server.request('GET', '/api/breakers')).json.items).toEqual([
      { agent: 'edge', agent_id: agent.id, destination: 'gateway', destination_id: destination, state: 'open', since: at(1), reason: opened.reason },
    ]);
    expect((await server.request('GET', '/metrics')).text).toContain('tacho_breakers{state="open"} 1');
    await post(1, { breaker: opened });
    await post(2, { breaker_earlier: [halfOpen], breaker: { from: 'half_open', to: 'closed', at: at(3), reason: 'the trial succeeded' } });
    expect((await server.request('GET', '/api/breakers?state=open,half_open')).json.items).toEqual([]);
    const first = (await server.request('GET', '/api/breakers/transitions?agent=edge&destination=gateway&limit=2')).json;
    expect(first.items.map(({ to }: { to: string }) => to)).toEqual(['closed', 'half_open']);
    const second = (await server.request('GET', `/api/breakers/transitions?limit=2&cursor=${first.next as string}`)).json;
    expect(second).toMatchObject({ items: [{ to: 'open', at: at(1) }], next: null });
    expect((await server.request('GET', `/api/breakers/transitions?from=${at(2)}&to=${at(3)}`)).json.items).toHaveLength(1);
  });

  test('nobody but an agent makes them: a posted result is only a result', async () => {
    const { token } = await server.token('write');
    const result = {
      agent: 'edge',
      kind: 'http',
      destination: 'gateway',
      started_at: at(1),
      status: 'success',
      details: { breaker: { from: 'closed', to: 'open', at: at(1), reason: 'x' } },
    };
    expect((await server.request('POST', '/api/results', { token, json: { results: [result] } })).status).toBe(200);
    expect((await server.request('GET', '/api/breakers')).json.items).toEqual([]);
  });

  test('agents are told how, and anew when it is changed', async () => {
    const socket = await server.control(agent.credential);
    expect(await socket.next('schedule')).toMatchObject({ schedule: { breaker: { failures: 5, probe_ms: 30_000 } } });
    server = await server.restart({ breaker_failures: 0 });
    const again = await server.control(agent.credential, { schedule_version: 'older' });
    expect(await again.next('schedule')).toMatchObject({ schedule: { breaker: null } });
  });
});
