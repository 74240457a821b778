import { describe, expect, test } from 'vitest';
import type { LiveMessage } from '../../../src/protocol/live.ts';
import { LiveSocket, type Socket } from './live-socket.ts';

class FakeSocket implements Socket {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  close(): void {
    this.closed = true;
  }
  says(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** A live socket over fakes: time passes when told. */
function setUp(check: () => Promise<boolean> = () => Promise.resolve(true)) {
  let now = 1000;
  let timers: { at: number; callback: () => void }[] = [];
  const sockets: FakeSocket[] = [];
  const messages: LiveMessage[] = [];
  const live = new LiveSocket({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    check,
    now: () => now,
    random: () => 1,
    after: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  live.onMessage((message) => messages.push(message));
  const pass = async (ms: number): Promise<void> => {
    const end = now + ms;
    for (;;) {
      await Promise.resolve();
      await Promise.resolve();
      const next = timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      now = next.at;
      timers = timers.filter((timer) => timer !== next);
      next.callback();
    }
    now = end;
    await Promise.resolve();
    await Promise.resolve();
  };
  const last = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  return { live, sockets, messages, pass, last, timers: () => timers.length };
}

const hello = { type: 'hello', server_version: '0.1.0', stream: 's', seq: 0, resumed: false };

describe('the live connection', () => {
  test('is live once the server said hello, and passes messages on', () => {
    const { live, last, messages } = setUp();
    live.start();
    expect(live.state.status).toBe('connecting');
    last().says(hello);
    last().says({ type: 'skipped', topic: 'results', count: 3 });
    expect(live.state.status).toBe('live');
    expect(messages.map((message) => message.type)).toEqual(['hello', 'skipped']);
  });

  test('ignores what it does not know', () => {
    const { live, last, messages } = setUp();
    live.start();
    last().says({ type: 'weather', sun: true });
    last().onmessage?.({ data: '{' });
    expect(messages).toEqual([]);
    expect(live.state.status).toBe('connecting');
  });

  test('reconnects after a disconnect and says since when it is stale', async () => {
    const { live, sockets, last, pass } = setUp();
    live.start();
    last().says(hello);
    await pass(5000);
    last().onclose?.({ code: 1006 });
    expect(live.state).toEqual({ status: 'reconnecting', since: 6000 });
    await pass(1000);
    expect(sockets).toHaveLength(2);
    last().onclose?.({ code: 1006 });
    await pass(500);
    expect(live.state).toEqual({ status: 'reconnecting', since: 6000 });
    await pass(2000);
    expect(sockets).toHaveLength(3);
    last().says(hello);
    expect(live.state.status).toBe('live');
  });

  test('waits longer with each attempt, up to half a minute', async () => {
    const { live, sockets, last, pass } = setUp();
    live.start();
    for (const wait of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const before = sockets.length;
      last().onclose?.({ code: 1006 });
      await pass(wait - 1);
      expect(sockets).toHaveLength(before);
      await pass(1);
      expect(sockets).toHaveLength(before + 1);
    }
  });

  test('ends when the server says that the session is over', async () => {
    const { live, sockets, last, pass } = setUp();
    live.start();
    last().says(hello);
    last().onclose?.({ code: 4401 });
    expect(live.state.status).toBe('over');
    await pass(120_000);
    expect(sockets).toHaveLength(1);
  });

  test('ends when it cannot open because the session is over', async () => {
    const { live, last, pass } = setUp(() => Promise.resolve(false));
    live.start();
    last().onclose?.({ code: 1006 });
    await pass(0);
    expect(live.state.status).toBe('over');
  });

  test('gives up a connection that never says hello', async () => {
    const { live, sockets, pass } = setUp();
    live.start();
    await pass(10_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(live.state.status).toBe('reconnecting');
    await pass(1000);
    expect(sockets).toHaveLength(2);
  });

  test('notices a connection that died without a word', async () => {
    let there = true;
    const { live, sockets, last, pass } = setUp(() => (there ? Promise.resolve(true) : Promise.reject(new Error('unreached'))));
    live.start();
    last().says(hello);
    await pass(30_000);
    expect(live.state.status).toBe('live');
    there = false;
    await pass(30_000);
    expect(live.state.status).toBe('reconnecting');
    expect(sockets[0]?.closed).toBe(true);
  });

  test('retries at once when asked', async () => {
    const { live, sockets, last, pass } = setUp();
    live.start();
    last().says(hello);
    last().onclose?.({ code: 1006 });
    live.retryNow();
    expect(sockets).toHaveLength(2);
    live.retryNow();
    expect(sockets).toHaveLength(2);
    await pass(5000);
    expect(sockets).toHaveLength(2);
  });

  test('leaves nothing behind when it is stopped', async () => {
    const { live, last, timers, sockets, pass } = setUp();
    live.start();
    last().says(hello);
    live.stop();
    expect(last().closed).toBe(true);
    expect(timers()).toBe(0);
    await pass(120_000);
    expect(sockets).toHaveLength(1);
  });
});
