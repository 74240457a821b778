import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { closeCodes, serverMessage } from '../../../src/protocol/messages.ts';
import { heartbeat, hello, startTestServer, type EnrolledAgent, type TestServer } from '../../support/server.ts';
import type { TestSocket } from '../../support/web-socket.ts';

let server: TestServer;
let agent: EnrolledAgent;
let names = 0;
const opened: TestSocket[] = [];

beforeAll(async () => {
  server = await startTestServer();
  await server.request('POST', '/api/destinations', { json: { name: 'loopback', host: '127.0.0.1' } });
});
afterAll(async () => server.close());
afterEach(() => {
  for (const { socket } of opened.splice(0)) socket.terminate();
});

const newAgent = async (): Promise<EnrolledAgent> => (agent = await server.agent(`controlled-${(names += 1)}`));
const keep = (socket: TestSocket): TestSocket => {
  opened.push(socket);
  return socket;
};
const open = async (): Promise<TestSocket> => keep(await server.openControl((await newAgent()).credential));
const connect = async (overrides?: Record<string, unknown>): Promise<TestSocket> =>
  keep(await server.control((await newAgent()).credential, overrides));
const stateOf = async (id: number): Promise<string | undefined> =>
  ((await server.request('GET', '/api/agents')).json.items as { id: number; state: string }[]).find((item) => item.id === id)?.state;
const job = (json: Record<string, unknown>): Promise<unknown> =>
  server.request('POST', '/api/jobs', { json: { interval: 60, kinds: ['ping'], destinations: ['loopback'], agents: [agent.name], ...json } });

describe('an agent that connects', () => {
  test('says hello, is welcomed by name, and given its schedule', async () => {
    const control = await open();
    const sentAt = new Date(server.clock.now() - 5).toISOString();
    control.send(hello({ sent_at: sentAt, labels: { site: 'lab' } }));
    const welcome = await control.next('welcome');
    expect(serverMessage.safeParse(welcome).success).toBe(true);
    expect(welcome).toMatchObject({ agent: { id: agent.id, name: agent.name }, echo: sentAt, heartbeat_ms: 10_000 });
    const schedule = await control.next('schedule');
    expect(schedule).toMatchObject({ schedule: { assignments: [] } });
    expect(await stateOf(agent.id)).toBe('online');
    control.send(heartbeat({ sent_at: sentAt }));
    expect(await control.next('heartbeat_ack')).toMatchObject({ echo: sentAt });
  });

  test('with the schedule it already holds is not sent it again', async () => {
    const control = await connect();
    const { schedule } = await control.next('schedule');
    control.socket.close();
    await control.closed;
    const again = keep(await server.control(agent.credential, { schedule_version: schedule.version }));
    again.send(heartbeat());
    await again.next('heartbeat_ack');
    expect(again.unread).not.toContain('schedule');
  });

  test('is told at once of a job that is added, and of its end when it is stopped', async () => {
    const control = await connect();
    await control.next('schedule');
    const name = `job-${agent.name}`;
    await job({ name });
    const added = await control.next('schedule');
    expect(added['schedule'].assignments).toMatchObject([
      { job: name, kind: 'ping', timetable: { interval_ms: 60_000, cron: null }, destination: { name: 'loopback', host: '127.0.0.1' } },
    ]);
    await server.request('POST', `/api/jobs/${name}/stop`);
    expect((await control.next('schedule'))['schedule'].assignments).toEqual([]);
    await server.request('POST', `/api/jobs/${name}/start`);
    const [restarted] = (await control.next('schedule'))['schedule'].assignments as { revision: number }[];
    expect(restarted?.revision).toBeGreaterThan(added['schedule'].assignments[0].revision as number);
    await server.request('POST', `/api/jobs/${name}/stop`);
  });

  test('is given also what it cannot measure, so that this is seen', async () => {
    const control = await connect({ capabilities: {} });
    await control.next('schedule');
    await job({ name: `unable-${agent.name}` });
    expect((await control.next('schedule'))['schedule'].assignments).toMatchObject([{ job: `unable-${agent.name}` }]);
  });

  test('is offline when it has gone', async () => {
    const listener = keep(await server.live());
    const control = await connect();
    await listener.next('agent', ({ item }) => item.id === agent.id && item.state === 'online');
    control.socket.close();
    await listener.next('agent', ({ item }) => item.id === agent.id && item.state === 'offline');
    expect(await stateOf(agent.id)).toBe('offline');
  });
});

describe('a control connection', () => {
  test.each<[string, (control: TestSocket) => void, string]>([
    ['a heartbeat before hello', (control) => control.send(heartbeat()), 'expected hello first'],
    ['a message of an unknown type', (control) => control.send({ type: 'reboot' }), 'invalid message: type: '],
    ['a hello with a field missing', (control) => control.send({ ...hello(), spool: undefined }), 'invalid message: spool: '],
    [
      'a hello with a label of 10,000 characters',
      (control) => control.send(hello({ labels: { a: 'x'.repeat(10_000) } })),
      'invalid message: labels.a: ',
    ],
    ['text that is not JSON', (control) => control.socket.send('hello?'), 'message is not JSON'],
    ['JSON that is no object', (control) => control.socket.send('[1,2]'), 'invalid message: '],
    ['bytes of nothing', (control) => control.socket.send(Buffer.from([0xff, 0x00, 0xfe, 0x80])), 'message is not JSON'],
  ])('is closed on %s', async (_title, say, reason) => {
    const control = await open();
    say(control);
    const closed = await control.closed;
    expect(closed.code).toBe(closeCodes.badMessage);
    expect(closed.reason).toContain(reason);
  });

  test('is closed on a hello of another protocol', async () => {
    const control = await open();
    control.send(hello({ protocol: 99 }));
    expect(await control.closed).toEqual({ code: closeCodes.protocolMismatch, reason: 'protocol 99 is not spoken here: expected 1' });
  });

  test('is closed on a message of 9 MB, before it is read whole', async () => {
    const control = await open();
    control.socket.send('x'.repeat(9 * 1_048_576));
    // RFC 6455, 7.4.1: a message too big to process.
    expect((await control.closed).code).toBe(1009);
  });

  test('is closed at once when the agent is revoked, and cannot be opened again', async () => {
    const control = await connect();
    await server.request('POST', `/api/agents/${agent.id}/revoke`);
    expect(await control.closed).toEqual({ code: closeCodes.revoked, reason: 'this agent was revoked' });
    expect(await stateOf(agent.id)).toBe('revoked');
    await expect(server.openControl(agent.credential)).rejects.toThrow(/^refused: 410 .*gone.*revoked/);
  });

  test('is closed at once when the agent is removed, which is no error', async () => {
    const listener = keep(await server.live());
    const control = await connect();
    await server.request('DELETE', `/api/agents/${agent.id}`);
    expect((await control.closed).code).toBe(closeCodes.revoked);
    await listener.next('removed', ({ id }) => id === agent.id);
    // Asked for after the connection had ended, and answered after its end was noted.
    await newAgent();
    expect(server.log).toEqual([]);
  });

  test('is not listened to any more once it is revoked, though the agent does not hang up', async () => {
    const listener = keep(await server.live());
    const control = await connect();
    await listener.next('agent', ({ item }) => item.id === agent.id);
    // The close is not answered: this end reads no more.
    control.socket.pause();
    await server.request('POST', `/api/agents/${agent.id}/revoke`);
    await listener.next('agent', ({ item }) => item.state === 'revoked');
    for (let i = 0; i < 3; i++) control.send(heartbeat({ spool: { epoch: 'e', pending: 666, pending_bytes: 0, dropped: 0, dead: 0 } }));
    const bystander = await connect();
    bystander.send(heartbeat());
    await bystander.next('heartbeat_ack');
    const agents = await server.request('GET', '/api/agents');
    expect(agents.text).not.toContain('666');
  });

  test('is closed when another one uses the same identity', async () => {
    const first = await connect();
    const second = keep(await server.control(agent.credential));
    expect(await first.closed).toEqual({ code: closeCodes.replaced, reason: 'another connection uses this identity' });
    second.send(heartbeat());
    await second.next('heartbeat_ack');
    expect(await stateOf(agent.id)).toBe('online');
  });

  test("opens only to an agent's own credential", async () => {
    await expect(server.openControl(server.adminToken)).rejects.toThrow(/^refused: 403 .*forbidden/);
    await expect(server.openControl('nonsense')).rejects.toThrow(/^refused: 401 .*unauthenticated/);
  });

  test('takes a flood of messages one after another', async () => {
    const control = await connect();
    const sent = Array.from({ length: 2000 }, (_, i) => new Date(i).toISOString());
    for (const sentAt of sent) control.send(heartbeat({ sent_at: sentAt }));
    for (const sentAt of sent) expect((await control.next('heartbeat_ack'))['echo']).toBe(sentAt);
  });
});

describe('a silent agent', () => {
  const HEARTBEAT_MS = 200;

  test('is late after two heartbeats, on time when it speaks again, and thrown out after three', async () => {
    const impatient = await startTestServer({ heartbeat_ms: HEARTBEAT_MS });
    try {
      impatient.clock.freeze();
      const { id, credential } = await impatient.agent('silent');
      const listener = await impatient.live();
      const becomes = (state: string): Promise<unknown> => listener.next('agent', ({ item }) => item.id === id && item.state === state);
      const control = await impatient.control(credential);
      await becomes('online');
      impatient.clock.pass(2 * HEARTBEAT_MS + 1);
      await becomes('late');
      control.send(heartbeat());
      await becomes('online');
      impatient.clock.pass(2 * HEARTBEAT_MS + 1);
      await becomes('late');
      impatient.clock.pass(HEARTBEAT_MS);
      expect(await control.closed).toEqual({ code: closeCodes.silent, reason: 'no heartbeat for 1 s' });
      await becomes('offline');
    } finally {
      await impatient.close();
    }
  });

  test('that never said hello is thrown out too', async () => {
    const impatient = await startTestServer({ heartbeat_ms: HEARTBEAT_MS });
    try {
      const { credential } = await impatient.agent('mute');
      const control = await impatient.openControl(credential);
      impatient.clock.pass(3 * HEARTBEAT_MS + 1);
      expect((await control.closed).code).toBe(closeCodes.silent);
    } finally {
      await impatient.close();
    }
  });
});

describe('a server that stops', () => {
  test('says so to its agents', async () => {
    const stopping = await startTestServer();
    const { credential } = await stopping.agent('left-alone');
    const control = await stopping.control(credential);
    await stopping.close();
    expect(await control.closed).toEqual({ code: closeCodes.serverStopping, reason: 'the server is stopping' });
    expect(stopping.log).toEqual([]);
  });
});
