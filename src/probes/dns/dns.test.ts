import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import * as packet from 'dns-packet';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../model/kinds/index.ts';
import { describeProbe, testContext } from '../probe.contract.ts';
import { dns } from './dns.ts';
import { decodeReply, encodeQuestion, questionName } from './message.ts';

const signal = new AbortController().signal;

/** A server of names under .test, over UDP and TCP on one port. */
class NameServer {
  readonly #udp = createSocket('udp4');
  readonly #tcp: Server = createServer((socket) => {
    socket.on('data', (data) => {
      const reply = this.#answer(packet.decode(data.subarray(2)), 'tcp');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      // In two pieces, as networks do.
      socket.write(Buffer.concat([length, reply.subarray(0, 5)]));
      setImmediate(() => socket.end(reply.subarray(5)));
    });
  });
  /** Questions by name, over UDP. */
  readonly asked = new Map<string, number>();
  /** Monotonic instants at which they came. */
  readonly heardAt = new Map<string, number[]>();
  port = 0;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#tcp.listen(0, '127.0.0.1', resolve));
    this.port = (this.#tcp.address() as AddressInfo).port;
    this.#udp.on('message', (bytes, from) => {
      const question = packet.decode(bytes);
      const name = question.questions?.[0]?.name ?? '';
      const times = (this.asked.get(name) ?? 0) + 1;
      this.asked.set(name, times);
      this.heardAt.set(name, [...(this.heardAt.get(name) ?? []), performance.now()]);
      if (name === 'silent.test' || (name === 'second.test' && times === 1)) return;
      if (name === 'noisy.test') {
        this.#udp.send(Buffer.from('not dns'), from.port, from.address);
        this.#udp.send(this.#answer({ ...question, id: ((question.id ?? 0) + 1) & 0xffff }, 'udp'), from.port, from.address);
      }
      this.#udp.send(this.#answer(question, 'udp'), from.port, from.address);
    });
    await new Promise<void>((resolve) => this.#udp.bind(this.port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#udp.close(resolve));
    await new Promise<void>((resolve) => void this.#tcp.close(() => resolve()));
  }

  #answer(question: packet.Packet, transport: 'udp' | 'tcp'): Buffer {
    const name = question.questions?.[0]?.name ?? '';
    const rcodes: Record<string, number> = { 'nowhere.test': 3, 'no-such-host.invalid': 3, 'broken.test': 2, 'forbidden.test': 5 };
    const rcode = rcodes[name] ?? 0;
    const big = name === 'big.test';
    const cut = big && transport === 'udp';
    const answers: packet.Answer[] = [];
    if (rcode === 0 && name !== 'empty.test' && !cut) {
      for (let i = 1; i <= (big ? 60 : 2); i++) answers.push({ type: 'A', name, ttl: 60, data: `192.0.2.${i}` });
      if (name === 'text.test')
        answers.push(
          { type: 'TXT', name, ttl: 5, data: ['a\u001b[31m', 'b'] },
          { type: 'MX', name, ttl: 5, data: { preference: 10, exchange: 'mx.test' } },
        );
    }
    return packet.encode({
      type: 'response',
      id: question.id ?? 0,
      flags: rcode | (cut ? packet.TRUNCATED_RESPONSE : 0),
      questions: question.questions ?? [],
      answers,
    });
  }
}

const server = new NameServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const here = () => ({ server: `127.0.0.1:${server.port}` });
const ask = (name: string, options: Record<string, unknown> = {}) =>
  dns.run(name, kinds.dns.spec.parse({ ...here(), ...options }), testContext, signal);

describeProbe({
  kind: 'dns',
  good: () => Promise.resolve({ host: 'two.test', spec: here() }),
  slow: () => Promise.resolve({ host: 'silent.test', spec: { ...here(), timeout_ms: 30_000 } }),
  unknownHost: () => Promise.resolve({ host: 'no-such-host.invalid', spec: here() }),
});

describe('the dns probe', () => {
  test('gives the records, what answered and how long it took', async () => {
    const { status, metrics, details } = await ask('two.test');
    expect(status).toBe('success');
    expect(metrics.answers).toBe(2);
    expect(metrics.lookup_ms).toBeGreaterThan(0);
    expect(details).toMatchObject({
      server: `127.0.0.1:${server.port}`,
      name: 'two.test',
      transport: 'udp',
      rcode: 'NOERROR',
      records: [
        { name: 'two.test', type: 'A', ttl: 60, data: '192.0.2.1' },
        { name: 'two.test', type: 'A', ttl: 60, data: '192.0.2.2' },
      ],
    });
  });

  test('a reply cut short is asked for again over TCP', async () => {
    const { status, metrics, details } = await ask('big.test');
    expect({ status, answers: metrics.answers, transport: details['transport'] }).toEqual({ status: 'success', answers: 60, transport: 'tcp' });
  });

  test.each([
    ['nowhere.test', 'nxdomain'],
    ['broken.test', 'servfail'],
    ['forbidden.test', 'query_refused'],
  ])('%s is answered but fails with %s, and the time it took is known', async (name, code) => {
    const { status, failure, metrics } = await ask(name);
    expect({ status, failure }).toMatchObject({ status: 'failed', failure: { source: 'resolver', code } });
    expect(metrics.lookup_ms).toBeGreaterThan(0);
    expect(metrics.answers).toBe(0);
  });

  test('no records of the type asked for is an answer', async () => {
    expect(await ask('empty.test')).toMatchObject({ status: 'success', metrics: { answers: 0 } });
  });

  test('an unanswered question is asked again, and the time of both counts', async () => {
    const { status, metrics } = await ask('second.test', { timeout_ms: 60 });
    expect(status).toBe('success');
    expect(server.asked.get('second.test')).toBe(2);
    // From the first question sent to the reply is at least as long as between the arrivals of both questions.
    const [first = 0, second = 0] = server.heardAt.get('second.test') ?? [];
    expect(metrics.lookup_ms).toBeGreaterThanOrEqual(second - first);
  });

  test('silence is a timeout of the resolver, after as many tries as allowed', async () => {
    const { status, failure, metrics } = await ask('silent.test', { timeout_ms: 50, tries: 3 });
    expect({ status, failure, metrics }).toMatchObject({ status: 'timeout', failure: { source: 'resolver', code: 'timeout' }, metrics: {} });
    expect(server.asked.get('silent.test')).toBeGreaterThanOrEqual(3);
  });

  test('datagrams that are not the reply are ignored', async () => {
    expect(await ask('noisy.test')).toMatchObject({ status: 'success', metrics: { answers: 2 } });
  });

  test('a port where nobody listens is refused', async () => {
    const { failure } = await ask('two.test', { server: '127.0.0.1:1' });
    expect(failure).toMatchObject({ source: 'resolver', code: 'refused' });
  });

  test('a server that is none, and an address where a name belongs, are invalid', async () => {
    expect((await ask('two.test', { server: '-x' })).failure).toMatchObject({ source: 'agent', code: 'invalid_target' });
    expect((await ask('192.0.2.1')).failure).toMatchObject({ source: 'agent', code: 'invalid_target' });
  });

  test('the option name is asked for instead of the destination', async () => {
    expect((await ask('ignored.test', { name: 'two.test' })).details['name']).toBe('two.test');
  });
});

describe('DNS messages', () => {
  test('pointers of addresses', () => {
    expect(questionName('192.0.2.5', 'PTR')).toBe('5.2.0.192.in-addr.arpa');
    expect(questionName('2001:db8::567:89ab', 'PTR')).toBe('b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa');
    expect(questionName('::1', 'PTR')).toBe(`1.${'0.'.repeat(31)}ip6.arpa`);
    expect(questionName('example.org.', 'A')).toBe('example.org');
  });

  test('a reply to another question or with another id is none', () => {
    const question = { id: 7, name: 'a.test', type: 'A' } as const;
    const reply = (id: number, name: string) => packet.encode({ type: 'response', id, questions: [{ type: 'A', name }] });
    expect(decodeReply(reply(7, 'A.Test'), question)).toMatchObject({ rcode: 'NOERROR' });
    expect(decodeReply(reply(8, 'a.test'), question)).toBeNull();
    expect(decodeReply(reply(7, 'b.test'), question)).toBeNull();
    expect(decodeReply(encodeQuestion(question), question)).toBeNull();
  });

  test('records of other types are texts', async () => {
    const { details } = await ask('text.test', { type: 'TXT' });
    expect(details['records']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'TXT', data: 'a\u001b[31mb' }),
        expect.objectContaining({ type: 'MX', data: '10 mx.test' }),
      ]),
    );
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const reply = decodeReply(Buffer.from(bytes), { id: 0, name: 'a.test', type: 'A' });
        expect(reply === null || typeof reply.rcode === 'string').toBe(true);
      }),
    );
  });
});
