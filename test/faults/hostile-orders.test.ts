import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAgent } from '../../src/agent/agent.ts';
import type { Listen } from '../../src/agent/listeners.ts';
import { silentLog } from '../../src/agent/log.ts';
import { eventually } from '../support/eventually.ts';
import { FakeServer } from '../support/fake-server.ts';

/** What a server that is not ours any more may try with leases and orders to listen. Nothing here really listens. */
describe('a hostile server that orders an agent to listen', () => {
  let dir = '';
  let server: FakeServer;
  let stop: () => Promise<unknown>;
  /** Ports that were listened on, in their order, and how to end those that still are. */
  let ports: number[];
  const open = new Map<number, () => void>();
  const listen: Listen = ({ port }, signal) => {
    ports.push(port);
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        open.delete(port);
        resolve();
      };
      open.set(port, end);
      signal.addEventListener('abort', end);
    });
    return Promise.resolve({ port, ended });
  };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-hostile-'));
    ports = [];
    open.clear();
    stop = () => Promise.resolve();
    server = await new FakeServer({ heartbeatMs: 100 }).start();
  });
  afterEach(async () => {
    await stop();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function launch(policy: object): Promise<void> {
    await mkdir(join(dir, 'agent'), { recursive: true });
    await writeFile(join(dir, 'agent', 'policy.json'), JSON.stringify(policy));
    const stopping = new AbortController();
    const ended = runAgent(
      {
        ...{ server: server.url, dir: join(dir, 'agent'), name: 'edge', labels: {}, allowPlainHttp: false, version: '1.2.3', log: silentLog, listen },
        ...{ readToken: () => Promise.resolve('enrol-me'), detect: () => Promise.resolve({}) },
      },
      stopping.signal,
    );
    stop = () => {
      stopping.abort();
      return ended;
    };
  }
  async function start(policy: object): Promise<void> {
    await launch(policy);
    await eventually(() => server.connected === 1 && server.messages.length > 0);
  }
  const order = (lease: string, over: object = {}): void =>
    server.sendRaw(JSON.stringify({ type: 'listen', lease, kind: 'throughput', spec: {}, expires_at: new Date(Date.now() + 60_000), ...over }));
  const said = (type: string): { lease: string; code?: string }[] =>
    server.messages.flatMap((message) => (message.type === type ? [message as unknown as { lease: string; code?: string }] : []));

  test('beyond its policy hears a refusal, and nothing listens', async () => {
    await start({ kinds: ['ping', 'throughput'], rates: { rate_mbps: 10 }, listening: { ports: '5201-5202' } });
    order('outside its rates', { spec: { rate_mbps: 1000 } });
    order('as fast as it can');
    order('options out of bounds', { spec: { rate_mbps: 1, duration_s: 1e9 } });
    order('unknown options', { spec: { rate_mbps: 1, command: 'reboot' } });
    order('a port of its choice', { spec: { rate_mbps: 1 }, port: 22 });
    order('a kind with no other end', { kind: 'ping' });
    order('a kind nobody knows', { kind: 'shell' });
    await eventually(() => said('listen_failed').length === 6 && said('listening').length === 1);
    expect(said('listen_failed').map(({ code }) => code)).toEqual([...Array.from({ length: 5 }, () => 'refused_by_policy'), 'unknown_kind']);
    // What a server says of ports is not heard.
    expect(ports).toEqual([5201]);
  });

  test('thousands at once start no more than a few', async () => {
    await start({ listening: { ports: '1024-65535' } });
    for (let i = 0; i < 5000; i += 1) order(`l${i}`, { expires_at: '2126-01-01T00:00:00.000Z' });
    await eventually(() => said('listen_failed').length === 4996);
    expect(ports).toEqual([1024, 1025, 1026, 1027]);
    expect(server.connected).toBe(1);
  });

  test('ends those listeners that it names and no others, and hears so of those that are not there', async () => {
    await start({ listening: { ports: '5201-5204' } });
    order('one');
    order('two');
    await eventually(() => open.size === 2);
    for (const lease of ['three', '../one', 'one ', '__proto__']) server.sendRaw(JSON.stringify({ type: 'unlisten', lease }));
    await eventually(() => said('listen_ended').length === 4);
    expect([...open.keys()]).toEqual([5201, 5202]);
    server.sendRaw(JSON.stringify({ type: 'unlisten', lease: 'one' }));
    await eventually(() => open.size === 1);
    expect([...open.keys()]).toEqual([5202]);
  });

  test('grants of leases nobody asked for start nothing and are given back', async () => {
    await start({ listening: { ports: '5201-5204' } });
    const expires = { expires_at: '2126-01-01T00:00:00.000Z' };
    for (const port of [null, 22, 65_535]) server.sendRaw(JSON.stringify({ type: 'lease_granted', lease: `never asked, ${port}`, ...expires, port }));
    server.sendRaw(JSON.stringify({ type: 'lease_refused', lease: 'nor this', code: 'deadline', message: 'x' }));
    await eventually(() => said('lease_release').length === 3);
    expect(server.ledger).toEqual([]);
    server.sendRaw(JSON.stringify({ type: 'lease_granted', lease: 'to port 0', ...expires, port: 0 }));
    await eventually(() => server.closeCodes.includes(4400));
  });

  test('that sends compressed frames loses its connection, and nothing of them is unpacked', async () => {
    await start({});
    const bomb = deflateRawSync(Buffer.alloc(30_000_000, ' '));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Math.min(bomb.length, 65_535));
    server.sendBytes(Buffer.concat([Buffer.from([0xc1, 126]), length, bomb.subarray(0, 65_535)]));
    await eventually(() => server.closeCodes.includes(1002) || server.closeCodes.includes(1006));
    await eventually(() => server.connected === 1);
  });

  test('that says it compresses, though nobody offered to, is not talked to', async () => {
    await server.stop();
    server = await new FakeServer({ heartbeatMs: 100, upgradeHeaders: ['Sec-WebSocket-Extensions: permessage-deflate'] }).start();
    await launch({});
    await eventually(() => server.connections >= 2);
    expect(server.messages).toEqual([]);
  });
});
