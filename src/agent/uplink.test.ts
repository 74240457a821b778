import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { FakeServer } from '../../test/support/fake-server.ts';
import { hastyClock } from '../../test/support/hasty-clock.ts';
import type { ResultWire } from '../model/result.ts';
import { systemClock } from '../util/clock.ts';
import { seededRandom } from '../util/random.ts';
import { HttpClient } from './http-client.ts';
import { silentLog } from './log.ts';
import { Spool } from './spool.ts';
import { Uplink } from './uplink.ts';

const CREDENTIAL = 'agent-secret';

function result(n: number, details: Record<string, unknown> = {}): ResultWire {
  return { started_at: new Date(Date.UTC(2026, 10, 22, 12) + n).toISOString(), kind: 'ping', status: 'success', metrics: { n }, details };
}

describe('uplink', () => {
  let dir: string;
  let server: FakeServer;
  let spool: Spool;
  let http: HttpClient;
  let stopping: AbortController;
  let running: Promise<void>;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-uplink-'));
    server = await new FakeServer().start();
    server.enrolled.set(CREDENTIAL, { id: 1, name: 'edge', revoked: false });
    spool = Spool.open({ path: join(dir, 'spool.sqlite'), owner: 'me', clock: systemClock, log: silentLog });
    http = new HttpClient();
    stopping = new AbortController();
    clock = hastyClock();
    running = Promise.resolve();
  });
  afterEach(async () => {
    stopping.abort();
    await running;
    http.close();
    spool.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  let clock = hastyClock();
  function build(onUnauthorized: () => void = () => undefined): Uplink {
    return new Uplink({
      ...{ http, server: new URL(server.url), credential: CREDENTIAL, spool, clock, random: seededRandom(1), log: silentLog },
      clockOffsetMs: () => 42,
      onUnauthorized,
    });
  }
  function start(uplink = build()): Uplink {
    running = uplink.run(stopping.signal);
    return uplink;
  }
  const add = (count: number, make = result): Promise<unknown> => Promise.all(Array.from({ length: count }, (_, i) => spool.add(make(i + 1))));
  const arrived = (): number[] => server.ledger.map(({ result: { metrics } }) => metrics['n'] ?? 0);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
  const empty = (): boolean => spool.state().pending === 0;

  test('sends what is added, in order, with the epoch and the clock offset, and forgets it', async () => {
    start();
    await add(3);
    await eventually(empty);
    expect(arrived()).toEqual([1, 2, 3]);
    expect(server.ledger.map(({ epoch }) => epoch)).toEqual(Array(3).fill(spool.epoch));
    expect(server.batches[0]?.clockOffsetMs).toBe(42);
  });

  test('sends a backlog in batches of at most a thousand results and a megabyte', async () => {
    await add(2500);
    await add(30, (n) => result(2500 + n, { pad: 'x'.repeat(100_000) }));
    start();
    await eventually(empty);
    expect(arrived()).toEqual(upTo(2530));
    for (const { results, bytes } of server.batches) {
      expect(results).toBeLessThanOrEqual(1000);
      expect(bytes).toBeLessThan(1_200_000);
    }
    expect(server.batches.length).toBeLessThan(10);
  });

  test('loses nothing and sends nothing twice where connections break and servers fail', async () => {
    const random = seededRandom(7);
    server.fault = () => {
      const chance = random();
      if (chance < 0.2) return 'drop';
      if (chance < 0.4) return 'drop_answer';
      if (chance < 0.5) return { status: 500 };
      return chance < 0.6 ? { status: 200, body: '<html>please log in to the hotel</html>' } : null;
    };
    start();
    for (let n = 1; n <= 300; n++) {
      await spool.add(result(n));
      if (n % 20 === 0) await systemClock.sleep(5);
    }
    await eventually(empty);
    expect(arrived()).toEqual(upTo(300));
    expect(spool.state()).toMatchObject({ dropped: 0, dead: 0 });
    expect(server.duplicates).toBeGreaterThan(0);
  });

  test('goes on when a server that was away is back', async () => {
    await server.stop();
    start();
    await add(5);
    await eventually(() => clock.sleeps.length > 3);
    expect(spool.state().pending).toBe(5);
    await server.start();
    await eventually(empty);
    expect(arrived()).toEqual(upTo(5));
  });

  test('waits longer and longer, with jitter, and as long as Retry-After asks', async () => {
    server.fault = (post) => (post <= 4 ? { status: 503, headers: { 'retry-after': '7' } } : null);
    await add(1);
    start();
    await eventually(empty);
    const waits = clock.sleeps.filter((ms) => ms >= 7000 && ms < 1e6);
    expect(waits).toHaveLength(4);
    waits.forEach((ms, attempt) => expect(ms).toBeLessThanOrEqual(7000 + 500 * 2 ** attempt));
    expect(new Set(waits).size).toBe(4);
  });

  test('what the server refuses goes to the dead letter, and the others arrive', async () => {
    server.refuse = (posted) => ((posted as ResultWire).metrics?.['n'] === 2 ? { code: 'in_the_future', message: 'ahead' } : null);
    await add(3);
    start();
    await eventually(empty);
    expect(arrived()).toEqual([1, 3]);
    expect(spool.deadLetters()).toMatchObject([{ seq: 2, code: 'in_the_future', message: 'ahead' }]);
    expect(spool.state().dead).toBe(1);
  });

  test.each([
    ['too large', { status: 413 }, 'http_413'],
    ['invalid', { status: 400, body: JSON.stringify({ error: { code: 'invalid_request', message: 'no' } }) }, 'invalid_request'],
  ])('one result that makes its whole batch %s never blocks the others', async (_, fault, code) => {
    server.fault = (_post, body) => (body.includes('poison') ? fault : null);
    await add(100, (n) => result(n, n === 37 ? { poison: true } : {}));
    start();
    await eventually(empty);
    expect(arrived()).toEqual(upTo(100).filter((n) => n !== 37));
    expect(spool.deadLetters()).toMatchObject([{ seq: 37, code }]);
  });

  test('a 400 that is not ours is waited for: no result is given up for it', async () => {
    server.fault = (post) => (post <= 3 ? { status: 400, body: '<h1>Bad Request</h1>' } : null);
    await add(2);
    start();
    await eventually(empty);
    expect(arrived()).toEqual([1, 2]);
    expect(spool.state().dead).toBe(0);
  });

  test('a server that refuses everything empties the spool slowly, not at once', async () => {
    server.fault = () => ({ status: 413 });
    await add(12);
    start();
    await eventually(empty);
    expect(spool.state().dead).toBe(12);
    expect(clock.sleeps.length).toBeGreaterThanOrEqual(6);
  });

  test('stops sending when its credential is refused, asks the control connection, and goes on when told', async () => {
    let asked = 0;
    clock = { ...hastyClock(), sleep: (ms, signal) => systemClock.sleep(ms > 100_000 ? 1e6 : Math.min(ms, 10), signal) };
    const uplink = build(() => {
      asked += 1;
    });
    server.fault = (post) => (post === 1 ? { status: 401 } : null);
    start(uplink);
    await add(2);
    await eventually(() => asked === 1);
    await systemClock.sleep(50);
    expect(server.posts).toBe(1);
    uplink.resume();
    await eventually(empty);
    expect(arrived()).toEqual([1, 2]);
  });

  test('a flush sends all that waits, and gives up at the first failure', async () => {
    await add(1500);
    await build().flush(stopping.signal);
    expect(arrived()).toEqual(upTo(1500));
    server.fault = () => ({ status: 500 });
    await add(1);
    const posts = server.posts;
    await build().flush(stopping.signal);
    expect(server.posts).toBe(posts + 1);
    expect(spool.state().pending).toBe(1);
  });
});
