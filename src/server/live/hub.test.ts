import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { Agent } from '../../model/agent.ts';
import type { Result } from '../../model/result.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { Principal } from '../auth/authenticator.ts';
import { createHub, type Hub } from './hub.ts';
import type { Listening } from './listening.ts';

/** A connection that shows what was sent, and whose buffer a test fills. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { type: string; items?: unknown[]; count?: number; seq?: number; resumed?: boolean }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }

  close(): void {
    this.readyState = 3;
    this.emit('close');
  }

  terminate(): void {
    this.close();
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

const principal: Principal = { kind: 'token', name: 'test', scopes: ['read'] };
const agent: Agent = {
  id: 1,
  name: 'a',
  state: 'online',
  labels: {},
  version: null,
  platform: null,
  address: null,
  capabilities: {},
  spool: null,
  clock_offset_ms: null,
  created_at: 0,
  last_seen_at: null,
  budget_mb_per_day: null,
  advertise: null,
  listening: null,
};
const result = {
  id: '0192f0c1-0000-7000-8000-000000000000',
  run: null,
  planned_at: null,
  started_at: Date.UTC(2026, 10, 22),
  duration_ms: null,
  clock_offset_ms: null,
  kind: 'ping',
  status: 'success',
  failure: null,
  metrics: {},
  labels: {},
  details: {},
  agent: 'a',
  agent_id: 1,
  destination: null,
  destination_id: null,
  job: null,
  job_id: null,
} satisfies Result;
const row = {} as ResultRow;
/** The hub's monotonic clock. */
let now = 0;

function hubOver(agents: () => Promise<Agent[]>): { hub: Hub; described: () => number } {
  let count = 0;
  const describe = (): Promise<Result> => {
    count += 1;
    return Promise.resolve(result);
  };
  const hub = createHub({
    version: '1',
    stream: 'stream-1',
    clock: { monotonic: () => now },
    logger: pino({ level: 'silent' }),
    agents,
    jobs: () => Promise.resolve([]),
    describe,
  });
  return { hub, described: () => count };
}

const everything: Listening = { topics: new Set(['agents', 'results']), wants: null, resume: null };

async function accept(hub: Hub, socket: FakeSocket, listening: Partial<Listening> = {}): Promise<void> {
  await hub.accept(socket as unknown as WebSocket, {
    principal,
    listening: { ...everything, ...listening },
    revalidate: () => Promise.resolve(true),
  });
}

describe('the hub', () => {
  test('keeps no listener that went away before it was greeted', async () => {
    let answer: (agents: Agent[]) => void = () => undefined;
    const { hub, described } = hubOver(() => new Promise((resolve) => (answer = resolve)));
    const leaver = new FakeSocket();
    const accepted = accept(hub, leaver);
    leaver.close();
    answer([]);
    await accepted;
    // Past the time for which events are kept for somebody who may come back.
    now += 61_000;
    hub.resultsStored([row]);
    const stayer = new FakeSocket();
    const second = accept(hub, stayer);
    answer([]);
    await second;
    hub.resultsStored([row]);
    await eventually(() => stayer.types.includes('results'));
    // Had the leaver been kept, the first result would have been prepared for it.
    expect(described()).toBe(1);
    hub.close();
  });

  test('counts what a slow listener misses, and tells it when it has caught up', async () => {
    const { hub } = hubOver(() => Promise.resolve([]));
    const [slow, quick] = [new FakeSocket(), new FakeSocket()];
    await accept(hub, slow);
    await accept(hub, quick);
    slow.bufferedAmount = 2_000_000;
    hub.resultsStored([row, row, row]);
    await eventually(() => quick.types.includes('results'));
    expect(slow.types).not.toContain('results');
    slow.bufferedAmount = 0;
    hub.resultsStored([row]);
    await eventually(() => slow.types.includes('results'));
    expect(slow.sent.slice(-2)).toMatchObject([{ type: 'skipped', count: 3 }, { type: 'results' }]);
    hub.close();
  });

  test('carries a burst over to the next messages, in order and without a gap', async () => {
    const { hub, described } = hubOver(() => Promise.resolve([]));
    const socket = new FakeSocket();
    await accept(hub, socket);
    hub.resultsStored(Array.from({ length: 450 }, () => row));
    await eventually(() => described() === 450 && socket.types.filter((type) => type === 'results').length === 3);
    expect(socket.sent.slice(-3).map(({ items }) => items?.length)).toEqual([200, 200, 50]);
    expect(socket.types).not.toContain('skipped');
    hub.close();
  });

  test('counts what a flood brings beyond its bound, and sends the rest', async () => {
    const { hub, described } = hubOver(() => Promise.resolve([]));
    const socket = new FakeSocket();
    await accept(hub, socket);
    for (let i = 0; i < 6; i++) hub.resultsStored(Array.from({ length: 500 }, () => row));
    await eventually(() => described() === 2000);
    await eventually(() => socket.types.filter((type) => type === 'results').length === 10);
    expect(socket.sent.filter(({ type }) => type === 'skipped')).toMatchObject([{ count: 1000 }]);
    hub.close();
  });

  test('shows a slow listener all agents again once it has caught up, because it missed changes of them', async () => {
    let agents: Agent[] = [];
    const { hub } = hubOver(() => Promise.resolve(agents));
    const slow = new FakeSocket();
    await accept(hub, slow);
    slow.bufferedAmount = 2_000_000;
    hub.agentChanged({ ...agent, state: 'offline' });
    agents = [{ ...agent, state: 'offline' }];
    slow.bufferedAmount = 0;
    hub.resultsStored([row]);
    await eventually(() => slow.types.filter((type) => type === 'snapshot').length === 2);
    expect(slow.sent.at(-1)?.items).toMatchObject([{ state: 'offline' }]);
    expect(slow.types).not.toContain('skipped');
    hub.close();
  });

  test('tells a listener that comes back what it missed, and nothing twice', async () => {
    const { hub } = hubOver(() => Promise.resolve([agent]));
    const first = new FakeSocket();
    await accept(hub, first);
    hub.agentChanged(agent);
    const heard = first.sent.at(-1)?.seq ?? 0;
    first.close();
    hub.agentChanged({ ...agent, state: 'offline' });
    const back = new FakeSocket();
    await accept(hub, back, { resume: { stream: 'stream-1', seq: heard } });
    expect(back.sent).toMatchObject([
      { type: 'hello', resumed: true },
      { type: 'agent', seq: heard + 1 },
    ]);
    hub.close();
  });

  test.each([
    ['of another stream', { stream: 'stream-0', seq: 0 }],
    ['that is yet to come', { stream: 'stream-1', seq: 99 }],
  ])('a position %s is answered with a snapshot', async (_title, resume) => {
    const { hub } = hubOver(() => Promise.resolve([agent]));
    const socket = new FakeSocket();
    await accept(hub, socket, { resume });
    expect(socket.sent).toMatchObject([{ type: 'hello', resumed: false }, { type: 'snapshot' }]);
    hub.close();
  });

  test('prepares nothing for nobody, and then knows that it cannot resume', async () => {
    const { hub, described } = hubOver(() => Promise.resolve([]));
    const socket = new FakeSocket();
    await accept(hub, socket);
    const { seq = 0 } = socket.sent[0] ?? {};
    socket.close();
    now += 61_000;
    hub.resultsStored([row]);
    const back = new FakeSocket();
    await accept(hub, back, { resume: { stream: 'stream-1', seq } });
    expect(back.sent[0]).toMatchObject({ resumed: false });
    expect(described()).toBe(0);
    hub.close();
  });

  test('sends each listener the topics and results it asked for', async () => {
    const { hub } = hubOver(() => Promise.resolve([agent]));
    const [jobs, none] = [new FakeSocket(), new FakeSocket()];
    await accept(hub, jobs, { topics: new Set(['jobs', 'results']) });
    await accept(hub, none, { topics: new Set(['results']), wants: () => false });
    hub.agentChanged(agent);
    hub.removed('jobs', 7);
    hub.resultsStored([row]);
    await eventually(() => jobs.types.includes('results'));
    expect(jobs.types).toEqual(['hello', 'snapshot', 'removed', 'results']);
    expect(none.types).toEqual(['hello']);
    hub.close();
  });
});
