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

/** A connection that shows what was sent, and whose buffer a test fills. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { type: string; items?: Agent[]; count?: number }[] = [];

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

function hubOver(agents: () => Promise<Agent[]>): { hub: Hub; described: () => number } {
  let count = 0;
  const describe = (): Promise<Result> => {
    count += 1;
    return Promise.resolve(result);
  };
  const hub = createHub({ version: '1', logger: pino({ level: 'silent' }), agents, describe });
  return { hub, described: () => count };
}

async function accept(hub: Hub, socket: FakeSocket): Promise<void> {
  await hub.accept(socket as unknown as WebSocket, principal, () => Promise.resolve(true));
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
});
