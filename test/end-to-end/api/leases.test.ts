import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LEASE_SERVER_GRACE_MS } from '../../../src/protocol/messages.ts';
import { heartbeat, startTestServer, type EnrolledAgent, type TestServer } from '../../support/server.ts';
import type { Message, TestSocket } from '../../support/web-socket.ts';

interface FakeAgent extends EnrolledAgent {
  socket: TestSocket;
}

const listening = { port_from: 5201, port_to: 5210 };
let server: TestServer;
let names = 0;
const opened: TestSocket[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());
afterEach(async () => {
  for (const { socket } of opened.splice(0)) socket.terminate();
  for (const { id } of (await server.request('GET', '/api/jobs')).json.items) await server.request('DELETE', `/api/jobs/${id}`);
  server.clock.pass(2 * LEASE_SERVER_GRACE_MS);
  await expect.poll(async () => (await leases()).length).toBe(0);
});

const leases = async (): Promise<Record<string, unknown>[]> => (await server.request('GET', '/api/leases')).json.items;
const connect = async (agent: EnrolledAgent, hello: object = {}): Promise<TestSocket> => {
  const socket = await server.control(agent.credential, { listening, ...hello });
  opened.push(socket);
  return socket;
};
const newAgent = async (hello: object = {}): Promise<FakeAgent> => {
  const agent = await server.agent(`agent-${(names += 1)}`);
  return { ...agent, socket: await connect(agent, hello) };
};
/** A job in which these agents measure each other; answers what they need to ask for a lease. */
const mesh = async (agents: readonly FakeAgent[], change: object = {}): Promise<{ jobId: number; destinationOf: (to: FakeAgent) => number }> => {
  const name = `mesh-${(names += 1)}`;
  const options = { throughput: { duration_s: 1 } };
  const json = { name, interval: 3600, kinds: ['throughput'], agents: agents.map((agent) => agent.name), mesh: { type: 'full' }, options, ...change };
  const answer = await server.request('POST', '/api/jobs', { json });
  expect(answer.status, answer.text).toBe(201);
  const { items } = (await server.request('GET', '/api/destinations')).json as { items: { id: number; agent_id: number | null }[] };
  return { jobId: answer.json.id as number, destinationOf: (to) => items.find(({ agent_id }) => agent_id === to.id)?.id ?? 0 };
};
const ask = (
  from: FakeAgent,
  lease: string,
  { jobId, destinationId, waitMs = 60_000 }: { jobId: number; destinationId: number; waitMs?: number },
): void =>
  from.socket.send({
    ...{ type: 'lease_request', lease, job_id: jobId, kind: 'throughput', destination_id: destinationId },
    deadline: new Date(server.clock.now() + waitMs).toISOString(),
  });
/** Lets the server hear everything that this agent sent before. */
const heard = async ({ socket }: FakeAgent): Promise<void> => {
  socket.send(heartbeat());
  await socket.next('heartbeat_ack');
};
const listenFor = async (peer: FakeAgent): Promise<Message> => {
  const order = await peer.socket.next('listen');
  peer.socket.send({ type: 'listening', lease: order['lease'], port: 5204 });
  return order;
};

describe('a run between two agents', () => {
  test('is granted with the port on which the other end listens, and the next one when that has gone', async () => {
    const [a, b, c] = [await newAgent(), await newAgent(), await newAgent()];
    const { jobId, destinationOf } = await mesh([a, b, c]);
    ask(a, 'first', { jobId, destinationId: destinationOf(b) });
    const order = await b.socket.next('listen');
    expect(order).toMatchObject({ kind: 'throughput', spec: { duration_s: 1 } });
    b.socket.send({ type: 'listening', lease: order['lease'], port: 5204 });
    expect(await a.socket.next('lease_granted')).toMatchObject({ lease: 'first', port: 5204 });
    ask(c, 'second', { jobId, destinationId: destinationOf(b) });
    await heard(c);
    expect(await leases()).toMatchObject([
      { state: 'held', agent: a.name, destination: b.name, kind: 'throughput', deadline: null, waits_for: [] },
      { state: 'waiting', agent: c.name, expires_at: null, waits_for: [`agent ${b.name}`, `destination ${b.name}`] },
    ]);
    a.socket.send({ type: 'lease_release', lease: 'first' });
    expect(await b.socket.next('unlisten')).toMatchObject({ lease: order['lease'] });
    await heard(c);
    expect(c.socket.unread, 'the listener may still be there').not.toContain('lease_granted');
    b.socket.send({ type: 'listen_ended', lease: order['lease'] });
    await listenFor(b);
    await c.socket.next('lease_granted');
    const metrics = (await server.request('GET', '/metrics')).text;
    expect(metrics).toMatch(/^tacho_leases_held 1$/m);
    expect(metrics).toMatch(/^tacho_leases_granted_total [2-9]/m);
  });

  test('is refused where the other end is not connected, does not listen, or says that it cannot', async () => {
    const [a, b, deaf] = [await newAgent(), await newAgent(), await newAgent({ listening: null })];
    const { jobId, destinationOf } = await mesh([a, b, deaf]);
    ask(a, 'deaf', { jobId, destinationId: destinationOf(deaf) });
    expect(await a.socket.next('lease_refused')).toMatchObject({ lease: 'deaf', code: 'peer_refused' });
    for (const [code, expected] of [
      ['refused_by_policy', 'peer_refused'],
      ['conflict', 'listen_failed'],
    ]) {
      ask(a, `cannot-${code}`, { jobId, destinationId: destinationOf(b) });
      const order = await b.socket.next('listen');
      b.socket.send({ type: 'listen_failed', lease: order['lease'], code, message: 'in words' });
      expect(await a.socket.next('lease_refused')).toMatchObject({ code: expected, message: 'in words' });
    }
    b.socket.socket.terminate();
    await expect.poll(async () => (await server.request('GET', `/api/agents/${b.id}`)).json.state).toBe('offline');
    ask(a, 'offline', { jobId, destinationId: destinationOf(b) });
    expect(await a.socket.next('lease_refused')).toMatchObject({ lease: 'offline', code: 'peer_offline' });
    expect(await leases()).toEqual([]);
    expect((await server.request('GET', '/metrics')).text).toMatch(/^tacho_leases_refused_total\{reason="peer_offline"\} \d+$/m);
  });

  test('is refused at its deadline', async () => {
    const [a, b] = [await newAgent(), await newAgent()];
    const { jobId, destinationOf } = await mesh([a, b]);
    ask(a, 'held', { jobId, destinationId: destinationOf(b) });
    await listenFor(b);
    await a.socket.next('lease_granted');
    ask(b, 'late', { jobId, destinationId: destinationOf(a), waitMs: 50 });
    expect(await b.socket.next('lease_refused')).toMatchObject({ lease: 'late', code: 'deadline' });
  });

  test('is none of the business of a third agent, and only what is planned is granted', async () => {
    const [a, b, c] = [await newAgent(), await newAgent(), await newAgent()];
    const { jobId, destinationOf } = await mesh([a, b]);
    ask(c, 'foreign', { jobId, destinationId: destinationOf(b) });
    expect(await c.socket.next('lease_refused')).toMatchObject({ code: 'not_possible' });
    ask(a, 'held', { jobId, destinationId: destinationOf(b) });
    const order = await b.socket.next('listen');
    c.socket.send({ type: 'listening', lease: order['lease'], port: 666 });
    c.socket.send({ type: 'lease_release', lease: 'held' });
    await heard(c);
    b.socket.send({ type: 'listening', lease: order['lease'], port: 5204 });
    expect(await a.socket.next('lease_granted')).toMatchObject({ port: 5204 });
  });

  test('to a server that is no agent needs no listener', async () => {
    const a = await newAgent();
    const destination = await server.request('POST', '/api/destinations', { json: { name: `iperf-${a.name}`, host: '192.0.2.1' } });
    const { jobId } = await mesh([a], { mesh: null, destinations: [`iperf-${a.name}`] });
    ask(a, 'out', { jobId, destinationId: destination.json.id as number });
    expect(await a.socket.next('lease_granted')).toMatchObject({ lease: 'out', port: null });
  });

  test('waits for another that shares an uplink', async () => {
    const labels = { uplink: 'dsl' };
    const [a, b, c, d] = [await newAgent({ labels }), await newAgent(), await newAgent({ labels }), await newAgent()];
    const { jobId, destinationOf } = await mesh([a, b, c, d]);
    ask(a, 'one', { jobId, destinationId: destinationOf(b) });
    await listenFor(b);
    ask(c, 'two', { jobId, destinationId: destinationOf(d) });
    await heard(c);
    expect((await leases())[1]).toMatchObject({ state: 'waiting', waits_for: ['uplink dsl'] });
  });
});

describe('an agent that holds a lease', () => {
  const held = async (): Promise<{ a: FakeAgent; b: FakeAgent; order: Message }> => {
    const [a, b] = [await newAgent(), await newAgent()];
    const { jobId, destinationOf } = await mesh([a, b]);
    ask(a, 'held', { jobId, destinationId: destinationOf(b) });
    const order = await listenFor(b);
    await a.socket.next('lease_granted');
    return { a, b, order };
  };

  test('and dies loses it after the grace', async () => {
    const { a, b, order } = await held();
    a.socket.socket.terminate();
    await expect.poll(async () => (await server.request('GET', `/api/agents/${a.id}`)).json.state).toBe('offline');
    expect(await leases()).toMatchObject([{ state: 'held' }]);
    server.clock.pass(LEASE_SERVER_GRACE_MS);
    expect(await b.socket.next('unlisten')).toMatchObject({ lease: order['lease'] });
    b.socket.send({ type: 'listen_ended', lease: order['lease'] });
    await expect.poll(leases).toEqual([]);
  });

  test('and comes back with it goes on; started anew, it loses it at once', async () => {
    const { a, b } = await held();
    a.socket.socket.terminate();
    a.socket = await connect(a, { leases: ['held'] });
    await heard(a);
    server.clock.pass(LEASE_SERVER_GRACE_MS);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await leases()).toMatchObject([{ state: 'held' }]);
    a.socket = await connect(a);
    await b.socket.next('unlisten');
  });

  test('that the server took from it is told so when it names it', async () => {
    const { a } = await held();
    a.socket = await connect(a, { leases: ['held', 'imagined'] });
    expect(await a.socket.next('lease_refused')).toMatchObject({ lease: 'imagined', code: 'not_possible' });
  });
});

test('a server that starts again gives nothing away that is still held', async () => {
  let restarting = await startTestServer();
  const outer = server;
  server = restarting;
  try {
    const [a, b, c] = [await newAgent(), await newAgent(), await newAgent()];
    const { jobId, destinationOf } = await mesh([a, b, c]);
    ask(a, 'held', { jobId, destinationId: destinationOf(b) });
    await listenFor(b);
    await a.socket.next('lease_granted');
    server = restarting = await restarting.restart();
    b.socket = await connect(b);
    c.socket = await connect(c);
    ask(c, 'next', { jobId, destinationId: destinationOf(b) });
    await heard(c);
    expect(await leases()).toMatchObject([
      { state: 'held', agent: a.name },
      { state: 'waiting', agent: c.name },
    ]);
    a.socket = await connect(a, { leases: ['held'] });
    a.socket.send({ type: 'lease_release', lease: 'held' });
    const over = await b.socket.next('unlisten');
    b.socket.send({ type: 'listen_ended', lease: over['lease'] });
    await listenFor(b);
    expect(await c.socket.next('lease_granted')).toMatchObject({ lease: 'next' });
    expect(restarting.log).toEqual([]);
  } finally {
    for (const { socket } of opened.splice(0)) socket.terminate();
    server = outer;
    await restarting.close();
  }
});

describe('a mesh', () => {
  const targets = async ({ socket }: FakeAgent): Promise<string[]> => {
    const { schedule } = await socket.next('schedule', ({ schedule: { assignments } }) => assignments.length > 0);
    return (schedule.assignments as { destination: { name: string; host: string } }[])
      .map(({ destination: { name, host } }) => `${name} ${host}`)
      .sort();
  };

  test('makes the other agents destinations under what they advertise, also of one that comes later', async () => {
    const [a, b] = [await newAgent(), await newAgent({ advertise: 'b.example.test' })];
    await mesh([a, b], { kinds: ['ping'], agents: ['*'], options: {}, mesh: { type: 'hub', hub: a.name } });
    expect(await targets(b)).toEqual([`${a.name} 127.0.0.1`]);
    const c = await newAgent({ advertise: '192.0.2.9' });
    const { schedule } = await a.socket.next('schedule', ({ schedule: { assignments } }) =>
      assignments.some(({ destination }: { destination: { name: string } }) => destination.name === c.name),
    );
    const hosts = (schedule.assignments as { destination: { host: string } }[]).map(({ destination }) => destination.host);
    expect(hosts).toEqual(expect.arrayContaining(['b.example.test', '192.0.2.9']));
    expect(await targets(c)).toEqual([`${a.name} 127.0.0.1`]);
  });

  test('calls its destination otherwise where the name is taken, and takes one that was made by hand', async () => {
    const [a, b] = [await newAgent(), await newAgent()];
    await server.request('POST', '/api/destinations', { json: { name: a.name, host: '192.0.2.1' } });
    const mine = await server.request('POST', '/api/destinations', { json: { name: `mine-${b.name}`, agent: b.name } });
    expect([mine.status, mine.json.agent_id]).toEqual([201, b.id]);
    await mesh([a, b], { kinds: ['ping'], options: {} });
    expect(await targets(a)).toEqual([`mine-${b.name} 127.0.0.1`]);
    expect(await targets(b)).toEqual([`agent ${a.name} 127.0.0.1`]);
    const nobody = await server.request('POST', '/api/destinations', { json: { name: 'of-nobody', agent: 'nobody' } });
    expect([nobody.status, nobody.json.error.message]).toEqual([400, 'agent: no agent is called or numbered "nobody"']);
  });
});
