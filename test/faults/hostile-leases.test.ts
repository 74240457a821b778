import { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { heartbeat, hello, startTestServer, type EnrolledAgent, type TestServer } from '../support/server.ts';
import type { TestSocket } from '../support/web-socket.ts';

const HOUR_MS = 3_600_000;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const ports = { port_from: 5201, port_to: 5204 };

/** What the holder of one agent's credential may try with leases, and with the agent at the other end of its runs. */
describe('a hostile agent that asks for leases', () => {
  let server: TestServer;
  let evil: EnrolledAgent;
  let good: EnrolledAgent;
  let evilSocket: TestSocket;
  let goodSocket: TestSocket;
  /** Both agents measure the destination; evil measures good; good measures evil. */
  let both: { job: number; destination: number };
  let toGood: { job: number; destination: number };
  let toEvil: { job: number; destination: number };

  beforeEach(async () => {
    server = await startTestServer();
    evil = await server.agent('evil');
    good = await server.agent('good');
    const made = async (path: string, json: object): Promise<number> => (await server.request('POST', path, { json })).json.id as number;
    const pair = async (name: string, target: object, agents: string[]): Promise<{ job: number; destination: number }> => {
      const destination = await made('/api/destinations', { name, ...target });
      const job = await made('/api/jobs', { name, interval: 3600, kinds: ['throughput'], agents, destinations: [name] });
      return { job, destination };
    };
    both = await pair('shared', { host: '192.0.2.1' }, ['evil', 'good']);
    toGood = await pair('to good', { agent: 'good' }, ['evil']);
    toEvil = await pair('to evil', { agent: 'evil' }, ['good']);
    evilSocket = await server.control(evil.credential, { listening: ports });
    goodSocket = await server.control(good.credential, { listening: ports });
  });
  afterEach(async () => {
    expect(server.log).toEqual([]);
    evilSocket.socket.terminate();
    goodSocket.socket.terminate();
    await server.close();
  });

  const ask = (socket: TestSocket, lease: string, { job, destination, ...over }: { job: number; destination: number }): void =>
    socket.send({
      ...{ type: 'lease_request', lease, kind: 'throughput', job_id: job, destination_id: destination, deadline: inMs(HOUR_MS) },
      ...over,
    });
  const leases = async () => (await server.request('GET', '/api/leases')).json.items as { agent: string; state: string; deadline: string | null }[];
  /** Everything said before it was heard. */
  const settled = async (socket: TestSocket): Promise<void> => {
    const beat = heartbeat();
    socket.send(beat);
    await socket.next('heartbeat_ack', ({ echo }) => echo === beat['sent_at']);
  };

  test('gets none for a run that is not planned for it', async () => {
    const wrong: [string, object][] = [
      ['the job of another', { job_id: toEvil.job, destination_id: toEvil.destination }],
      ['its own job, to another destination', { destination_id: toEvil.destination }],
      ['its own job, to itself', { destination_id: null }],
      ['a job that is not there', { job_id: 4711 }],
      ['a kind the job has not', { kind: 'ping' }],
      ['a kind nobody knows', { kind: 'constructor' }],
      ['a key of the largest length', { lease: 'k'.repeat(128) }],
    ];
    for (const [what, over] of wrong) {
      ask(evilSocket, what, { ...both, ...over });
      expect((await evilSocket.next('lease_refused')).code, what).toBe('not_possible');
    }
    expect(await leases()).toEqual([]);
  });

  test('with thousands of requests holds nobody up for longer than a few runs', async () => {
    for (let i = 0; i < 5000; i += 1) ask(evilSocket, `k${i}`, both);
    await evilSocket.next('lease_granted');
    await evilSocket.next('lease_refused', ({ lease }) => lease === 'k4999');
    expect(await leases()).toHaveLength(4);
    ask(goodSocket, 'mine', both);
    // Those that were there before it, and no more, come first.
    for (let i = 0; i < 4; i += 1) {
      evilSocket.send({ type: 'lease_release', lease: `k${i}` });
      ask(evilSocket, `again${i}`, both);
    }
    await goodSocket.next('lease_granted', ({ lease }) => lease === 'mine');
  });

  test('asking twice under one key asks once', async () => {
    for (let i = 0; i < 100; i += 1) ask(evilSocket, 'same', both);
    await evilSocket.next('lease_granted');
    await settled(evilSocket);
    expect(evilSocket.unread).toEqual([]);
    expect(await leases()).toHaveLength(1);
  });

  test('with a deadline in the past is refused; one in a hundred years is an hour', async () => {
    ask(goodSocket, 'held', both);
    await goodSocket.next('lease_granted');
    ask(evilSocket, 'past', { ...both, ...{ deadline: inMs(-HOUR_MS) } });
    expect((await evilSocket.next('lease_refused')).code).toBe('deadline');
    ask(evilSocket, 'far', { ...both, ...{ deadline: '2126-11-22T00:00:00.000Z' } });
    await eventually(async () => (await leases()).length === 2);
    const waiting = (await leases()).find(({ state }) => state === 'waiting');
    expect(Date.parse(waiting?.deadline ?? '') - Date.now()).toBeLessThanOrEqual(HOUR_MS);
  });

  test('cannot take, give back or claim the lease of another, under whatever key', async () => {
    ask(goodSocket, 'mine', both);
    await goodSocket.next('lease_granted');
    const keys = ['mine', `${good.id}/mine`, `../${good.id}/mine`];
    for (const lease of keys) evilSocket.send({ type: 'lease_release', lease });
    for (const lease of keys) evilSocket.send({ type: 'listen_ended', lease });
    for (const lease of keys) evilSocket.send({ type: 'listen_failed', lease, code: 'x', message: 'y' });
    await settled(evilSocket);
    evilSocket.socket.terminate();
    await evilSocket.closed;
    evilSocket = await server.control(evil.credential, { leases: [...keys, ...Array.from({ length: 900 }, (_, i) => `never${i}`)] });
    for (const lease of [...keys, 'never899'])
      expect(await evilSocket.next('lease_refused', (one) => one.lease === lease)).toMatchObject({ code: 'not_possible' });
    expect(await leases()).toMatchObject([{ agent: 'good', state: 'held' }]);
  });

  test('is not heard about listeners for which it was not asked', async () => {
    ask(evilSocket, 'run', toGood);
    const { lease } = await goodSocket.next('listen');
    // The end that measures says what the other end should.
    evilSocket.send({ type: 'listening', lease, port: 5201 });
    evilSocket.send({ type: 'listen_failed', lease, code: 'x', message: 'y' });
    evilSocket.send({ type: 'listen_ended', lease });
    await settled(evilSocket);
    expect(evilSocket.unread).toEqual([]);
    goodSocket.send({ type: 'listening', lease, port: 5202 });
    expect(await evilSocket.next('lease_granted')).toMatchObject({ lease: 'run', port: 5202 });
  });

  test.each([22, 1023, 5200, 5205, 65_535])('at the other end sends nobody to port %i, which is not among its own', async (port) => {
    ask(goodSocket, 'run', toEvil);
    const { lease } = await evilSocket.next('listen');
    evilSocket.send({ type: 'listening', lease, port });
    const { code, message } = await goodSocket.next('lease_refused');
    expect([code, message]).toEqual([
      'listen_failed',
      `the other end listens on a port that is not among its own: expected 5201 to 5204, got ${port}`,
    ]);
    await evilSocket.next('unlisten', (one) => one.lease === lease);
    // Too late, and said twice: nothing comes of it.
    evilSocket.send({ type: 'listening', lease, port: 5201 });
    evilSocket.send({ type: 'listen_ended', lease });
    await settled(evilSocket);
    await eventually(async () => (await leases()).length === 0);
    expect(goodSocket.unread).not.toContain('lease_granted');
  });

  test('at the other end changes no port once it was said', async () => {
    ask(goodSocket, 'run', toEvil);
    const { lease } = await evilSocket.next('listen');
    evilSocket.send({ type: 'listening', lease, port: 5201 });
    expect(await goodSocket.next('lease_granted')).toMatchObject({ port: 5201 });
    evilSocket.send({ type: 'listening', lease, port: 5202 });
    evilSocket.send({ type: 'listening', lease, port: 22 });
    evilSocket.send({ type: 'listen_failed', lease, code: 'x', message: 'y' });
    await settled(evilSocket);
    await settled(goodSocket);
    expect(goodSocket.unread).toEqual([]);
    expect(await leases()).toMatchObject([{ agent: 'good', state: 'held' }]);
  });

  test('at the other end that never answers costs the run, not the line', async () => {
    ask(goodSocket, 'run', toEvil);
    await evilSocket.next('listen');
    server.clock.pass(11_000);
    expect(await goodSocket.next('lease_refused')).toMatchObject({ code: 'listen_failed' });
    server.clock.pass(16_000);
    await eventually(async () => (await leases()).length === 0);
    ask(goodSocket, 'other', both);
    await goodSocket.next('lease_granted', ({ lease }) => lease === 'other');
  });

  test('that claims every port there is sends others to its own machine only, and one that claims more is sent away', async () => {
    evilSocket.socket.terminate();
    await evilSocket.closed;
    evilSocket = await server.control(evil.credential, { listening: { port_from: 1, port_to: 65_535 } });
    expect((await server.request('GET', `/api/agents/${evil.id}`)).json.listening).toEqual({ port_from: 1, port_to: 65_535 });
    ask(goodSocket, 'run', toEvil);
    const { lease } = await evilSocket.next('listen');
    evilSocket.send({ type: 'listening', lease, port: 22 });
    // Its own machine, its own port: where the other goes is for that one's policy to say.
    expect(await goodSocket.next('lease_granted')).toMatchObject({ port: 22 });
    for (const listening of [{ port_from: 0, port_to: 65_535 }, { port_from: 1, port_to: 65_536 }, [ports]]) {
      const socket = await server.openControl(evil.credential);
      socket.send(hello({ listening }));
      expect((await socket.closed).code).toBe(4400);
    }
  });
});

describe('compressed frames', () => {
  test('are not agreed on, and one that comes all the same ends its connection', async () => {
    const server = await startTestServer();
    try {
      const { credential } = await server.agent('evil');
      const url = `${server.url.replace('http', 'ws')}/api/agent/control`;
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${credential}` }, perMessageDeflate: true });
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      const [upgrade] = await new Promise<[{ headers: Record<string, unknown>; socket: { write(bytes: Buffer): void } }]>((resolve) => {
        socket.on('upgrade', (response) => resolve([response]));
      });
      expect(upgrade.headers['sec-websocket-extensions']).toBeUndefined();
      expect(socket.extensions).toBe('');
      // A final text frame with the bit that says "compressed" (RFC 7692), masked with zeros.
      upgrade.socket.write(Buffer.from([0xc1, 0x82, 0, 0, 0, 0, 0x7b, 0x7d]));
      expect(await closed).toBe(1002);
      expect(server.log).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
