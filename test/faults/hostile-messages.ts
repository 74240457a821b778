import * as fc from 'fast-check';
import { expect } from 'vitest';
import { agentMessage, closeCodes, LARGEST_MESSAGE } from '../../src/protocol/messages.ts';
import { anyText } from '../support/arbitraries.ts';
import { heartbeat, hello, startTestServer } from '../support/server.ts';

/** One frame as it goes out. */
type Frame = string | Buffer;

const valid = (): Record<string, unknown>[] => [
  hello(),
  heartbeat(),
  { type: 'lease_request', lease: 'k', job_id: 1, kind: 'throughput', destination_id: 1, deadline: new Date().toISOString() },
  { type: 'lease_release', lease: 'k' },
  { type: 'listening', lease: 'k', port: 5201 },
  { type: 'listen_failed', lease: 'k', code: 'x', message: 'y' },
  { type: 'listen_ended', lease: 'k' },
];

/** A valid message with one field, however deep, made something else or left out. */
const mutated: fc.Arbitrary<Frame> = fc
  .tuple(fc.constantFrom(...valid()), fc.nat(1000), fc.option(fc.jsonValue({ maxDepth: 3 }), { nil: undefined }))
  .map(([message, which, value]) => {
    const copy = structuredClone(message);
    const places: [Record<string, unknown>, string][] = [];
    const visit = (node: Record<string, unknown>): void => {
      for (const [key, inner] of Object.entries(node)) {
        places.push([node, key]);
        if (typeof inner === 'object' && inner !== null) visit(inner as Record<string, unknown>);
      }
    };
    visit(copy);
    const [node, key] = places[which % places.length] ?? [copy, 'type'];
    // What is undefined JSON leaves out.
    node[key] = value;
    return JSON.stringify(copy);
  });

const frame: fc.Arbitrary<Frame> = fc.oneof(
  mutated,
  mutated,
  fc.tuple(mutated, fc.nat(400)).map(([text, length]) => String(text).slice(0, length)),
  fc.json({ maxDepth: 6 }),
  anyText(),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom<Frame>(
    '',
    'null',
    '[]',
    '{"type":"__proto__"}',
    '{"__proto__":{"type":"hello"}}',
    `{"type":"heartbeat","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    Buffer.from([0xff, 0xfe, 0x00]),
  ),
);

/** What every close may say; anything else would be a fault of the server. */
const expected = new Set<number>([closeCodes.badMessage, closeCodes.protocolMismatch, 1007, 1009]);

/** Frames until the server ends the connection, or all were sent; over and over, while another agent goes on. */
export async function fuzzMessages(runs: number, seed?: number): Promise<void> {
  const server = await startTestServer();
  try {
    const evil = await server.agent('evil');
    const good = await server.agent('good');
    const steady = await server.control(good.credential);
    const isMessage = (one: Frame): boolean => {
      try {
        return agentMessage.safeParse(JSON.parse(one.toString())).success;
      } catch {
        return false;
      }
    };
    let conversations = 0;
    /** The other agent is answered, and no answer waits longer than its heartbeats may be apart. */
    const isSteady = async (): Promise<void> => {
      steady.send(heartbeat());
      await steady.next('heartbeat_ack');
    };
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(frame, { minLength: 1, maxLength: 6 }), async (greets, frames) => {
        const socket = greets ? await server.control(evil.credential) : await server.openControl(evil.credential);
        for (const one of frames) socket.socket.send(one, { binary: typeof one !== 'string' });
        if (frames.every(isMessage)) socket.socket.close();
        const { code, reason } = await socket.closed;
        if (!frames.every(isMessage)) {
          expect(expected.has(code), `${code} ${reason}`).toBe(true);
          if (code >= 4000) expect(reason).not.toMatch(/^(internal)?$/);
        }
        conversations += 1;
        if (conversations % 20 === 0) await isSteady();
      }),
      { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
    );
    const oversized = await server.openControl(evil.credential);
    oversized.socket.send('x'.repeat(LARGEST_MESSAGE + 1));
    expect((await oversized.closed).code).toBe(1009);
    // The other agent's connection never noticed, and the log holds no fault.
    await isSteady();
    expect((await server.request('GET', '/api/agents/good')).json).toMatchObject({ state: 'online' });
    expect(server.log).toEqual([]);
    steady.socket.close();
  } finally {
    await server.close();
  }
}
