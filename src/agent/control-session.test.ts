import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Session } from './control-session.ts';
import { silentLog } from './log.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

/** A session whose other end is this test: what it sends comes here. */
function setUp() {
  const clock = new ManualClock(NOON);
  const sent: { type: string; sent_at: string }[] = [];
  const offsets: number[] = [];
  const socket = { readyState: WebSocket.OPEN, send: (text: string) => void sent.push(JSON.parse(text) as { type: string; sent_at: string }) };
  const session = new Session(socket as unknown as WebSocket, {
    ...{ clock, log: silentLog },
    facts: {
      ...{ version: '1', platform: 'test', labels: null, advertise: null },
      listening: () => null,
      leases: () => [],
      capabilities: async () => ({}),
      spool: () => ({ epoch: 'e', pending: 0, pending_bytes: 0, dropped: 0, dead: 0 }),
      scheduleVersion: () => null,
      running: () => 0,
      scheduled: () => 0,
    },
    events: {
      onWelcome: () => undefined,
      onSchedule: () => undefined,
      onRunNow: () => undefined,
      onLease: () => undefined,
      onClockOffset: (offsetMs) => void offsets.push(offsetMs),
    },
  });
  const answer = (more: object): void =>
    session.receive(JSON.stringify({ ...more, echo: sent.at(-1)?.sent_at, server_at: new Date(NOON).toISOString() }));
  const welcome = { type: 'welcome', agent: { id: 1, name: 'a' }, server_version: '1', heartbeat_ms: 1000 };
  return { clock, session, sent, offsets, answer, welcome };
}

test('half of the time an answer took is counted to the way there', async () => {
  const { clock, session, offsets, answer, welcome } = setUp();
  await session.hello();
  await clock.advance(40);
  answer(welcome);
  expect(offsets).toEqual([20]);
});

test.each([3_600_000, -3_600_000])(
  'an exchange during which the clock was set by %i ms says nothing of clocks; it counts as answered',
  async (byMs) => {
    const { clock, session, offsets, answer, welcome } = setUp();
    await session.hello();
    await clock.advance(20);
    clock.step(byMs);
    answer(welcome);
    expect(offsets).toEqual([]);
    expect(session.welcomed).toBe(true);
    expect(session.answeredAt).toBe(0);
    session.beat();
    answer({ type: 'heartbeat_ack' });
    expect(offsets).toEqual([byMs + 20]);
  },
);
