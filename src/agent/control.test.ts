import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { FakeServer } from '../../test/support/fake-server.ts';
import { hastyClock } from '../../test/support/hasty-clock.ts';
import { closeCodes, type Schedule } from '../protocol/messages.ts';
import { seededRandom } from '../util/random.ts';
import { WELCOME_MS } from './control-session.ts';
import { Control } from './control.ts';
import { silentLog } from './log.ts';

const CREDENTIAL = 'agent-secret';
const spool = { epoch: 'e', pending: 4, pending_bytes: 400, dropped: 0, dead: 0 };

describe('control connection', () => {
  let server: FakeServer;
  let stopping: AbortController;
  let running: Promise<'stopped' | 'revoked'>;
  const seen = { welcomes: 0, schedules: [] as Schedule[], runNow: [] as number[], offsets: [] as number[] };
  beforeEach(() => {
    stopping = new AbortController();
    Object.assign(seen, { welcomes: 0, schedules: [], runNow: [], offsets: [] });
  });
  afterEach(async () => {
    stopping.abort();
    await running;
    await server.stop();
  });

  async function start(options: ConstructorParameters<typeof FakeServer>[0] = {}, clock = hastyClock(50)) {
    server = await new FakeServer(options).start();
    server.enrolled.set(CREDENTIAL, { id: 1, name: 'edge', revoked: false });
    const control = new Control({
      ...{ server: new URL(server.url), credential: CREDENTIAL, clock, random: seededRandom(3), log: silentLog },
      facts: {
        ...{ version: '1.2.3', platform: 'linux x64', labels: { site: 'hq' }, advertise: null },
        listening: () => null,
        leases: () => [],
        capabilities: async () => ({ ping: { available: true, tool: 'fping', version: '5.1', note: null } }),
        spool: () => spool,
        scheduleVersion: () => seen.schedules.at(-1)?.version ?? null,
        running: () => 2,
        scheduled: () => 5,
      },
      events: {
        onWelcome: () => (seen.welcomes += 1),
        onSchedule: (schedule) => seen.schedules.push(schedule),
        onRunNow: (jobIds) => seen.runNow.push(...jobIds),
        onLease: () => undefined,
        onClockOffset: (offsetMs) => seen.offsets.push(offsetMs),
      },
    });
    running = control.run(stopping.signal);
    return { control, clock };
  }

  test('says who it is, what it can and what it holds, then beats', async () => {
    await start();
    await eventually(() => server.messages.length >= 3);
    expect(server.messages[0]).toMatchObject({
      ...{ type: 'hello', version: '1.2.3', platform: 'linux x64', labels: { site: 'hq' }, spool, schedule_version: null },
      capabilities: { ping: { tool: 'fping' } },
    });
    expect(server.messages[1]).toMatchObject({ type: 'heartbeat', spool, running: 2, scheduled: 5 });
  });

  test('takes schedules and runs asked for', async () => {
    await start();
    await eventually(() => seen.welcomes === 1);
    server.setSchedule([]);
    server.runNow([4, 9]);
    await eventually(() => seen.schedules.length === 1 && seen.runNow.length === 2);
    expect(seen.runNow).toEqual([4, 9]);
  });

  test('measures how far its clock is from the server', async () => {
    await start({ clockAheadMs: 90_000 });
    await eventually(() => seen.offsets.length >= 2);
    for (const offset of seen.offsets) expect(Math.abs(offset + 90_000)).toBeLessThan(5000);
  });

  test.each(Object.entries(closeCodes).filter(([name]) => name !== 'revoked'))('connects again after being closed with %s', async (_, code) => {
    await start();
    await eventually(() => seen.welcomes === 1);
    server.kick(code);
    await eventually(() => seen.welcomes === 2);
  });

  test('connects again after a broken connection, a server that went and an unknown credential', async () => {
    await start();
    await eventually(() => seen.welcomes === 1);
    server.dropConnections();
    await eventually(() => seen.welcomes === 2);
    await server.stop();
    const known = server.enrolled.get(CREDENTIAL);
    server.enrolled.clear();
    await server.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen.welcomes).toBe(2);
    server.enrolled.set(CREDENTIAL, known ?? { id: 1, name: 'edge', revoked: false });
    await eventually(() => seen.welcomes === 3);
  });

  test('tries at once when something else has reached the server', async () => {
    // Waits until it is told: no wait of its own ever ends.
    const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('woken'))));
    const { control } = await start({}, { ...hastyClock(50), sleep });
    await eventually(() => seen.welcomes === 1);
    server.dropConnections();
    await eventually(() => {
      control.hurry();
      return seen.welcomes === 2;
    });
  });

  test('spreads its attempts: full jitter from half a second to half a minute', async () => {
    const { clock } = await start();
    await eventually(() => seen.welcomes === 1);
    await server.stop();
    clock.sleeps.length = 0;
    await eventually(() => clock.sleeps.length >= 30);
    await server.start();
    const waits = clock.sleeps.filter((ms) => ms !== 2 * WELCOME_MS);
    expect(Math.max(...waits)).toBeLessThan(30_000);
    expect(Math.max(...waits.slice(8))).toBeGreaterThan(5000);
    expect(new Set(waits).size).toBeGreaterThan(waits.length / 2);
  });

  test('ends where the server says that it was revoked', async () => {
    await start();
    await eventually(() => seen.welcomes === 1);
    server.revoke();
    expect(await running).toBe('revoked');
  });

  test('a server that stops answering heartbeats is left after three of them', async () => {
    await start();
    server.answersHeartbeats = false;
    // The second hello, not the second connection: that is there before anything was said on it.
    await eventually(() => server.messages.filter(({ type }) => type === 'hello').length >= 2);
    const beats = server.messages
      .slice(
        0,
        server.messages.findLastIndex(({ type }) => type === 'hello'),
      )
      .filter(({ type }) => type === 'heartbeat');
    expect(beats.length).toBeGreaterThanOrEqual(3);
    expect(beats.length).toBeLessThanOrEqual(4);
  });

  test.each(['{', '{"type":"explode"}', '{"type":"run_now","job_ids":"all"}'])('the message %s closes the connection as bad', async (text) => {
    await start();
    await eventually(() => seen.welcomes === 1);
    server.sendRaw(text);
    await eventually(() => seen.welcomes === 2);
    expect(server.closeCodes).toContain(closeCodes.badMessage);
  });

  test('stops at once when told to, also between attempts', async () => {
    await start();
    await eventually(() => seen.welcomes === 1);
    await server.stop();
    stopping.abort();
    expect(await running).toBe('stopped');
  });
});
