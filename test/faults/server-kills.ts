import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { seededRandom } from '../../src/util/random.ts';
import { Api, type ApiAnswer } from '../support/api.ts';
import { freePort, until } from '../support/program.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../support/server-program.ts';
import { SpoolSender } from '../support/spool-sender.ts';

const AGENTS = 3;
/** Longest time between the first acknowledgement of a life and its end. */
const LONGEST_LIFE_MS = 600;
/** A start takes about a second: kills in this span hit opening, recovery and the first requests. */
const LONGEST_START_MS = 1500;

/**
 * Kills the server so many times under the ingest of three agents, and compares what it holds in the end with the
 * senders' ledger: every acknowledged result once and whole, nothing twice, nothing that was never sent.
 */
export async function killServerUnderIngest(kills: number): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const data = await mkdtemp(join(tmpdir(), 'tacho-kills-'));
  const port = await freePort(random);
  const url = `http://127.0.0.1:${port}`;
  const stopping = new AbortController();
  let sending: Promise<unknown> = Promise.resolve();
  let server: ServerProgram = startServerProgram({ data, port });
  try {
    await server.ready;
    const api = new Api(url, tokenOf(data));
    const token = await api.enrolmentToken('fault test');
    const senders: SpoolSender[] = [];
    for (let i = 1; i <= AGENTS; i++) {
      const { id, credential } = await api.enrol(`agent-${i}`, token);
      senders.push(new SpoolSender({ url, agentId: id, credential, startedAt: Date.now() - 86_400_000, random }));
    }
    sending = Promise.all(senders.map((sender) => sender.run(stopping.signal)));

    let whileSending = 0;
    let whileStarting = 0;
    for (let kill = 1; kill <= kills; kill++) {
      if (kill % 4 === 0) {
        await sleep(random() * LONGEST_START_MS);
        if (!server.output().includes('is ready at')) whileStarting += 1;
      } else {
        await server.ready;
        const before = senders.map(({ acknowledged }) => acknowledged);
        await until('an acknowledgement for every agent', () => senders.every((sender, i) => sender.acknowledged > (before[i] ?? 0)));
        await sleep(random() * LONGEST_LIFE_MS);
      }
      expect(server.running, `the server ended by itself (seed ${seed}):\n${server.output()}`).toBe(true);
      if (senders.some(({ inFlight }) => inFlight)) whileSending += 1;
      await server.end('SIGKILL');
      if (kill === kills) stopping.abort();
      server = startServerProgram({ data, port });
    }
    await sending;
    await server.ready;

    const stored = Map.groupBy(await api.all('/api/results'), ({ agent_id }) => agent_id as number);
    expect([...stored.keys()].sort()).toEqual(senders.map(({ agentId }) => agentId).sort());
    const found = senders.map((sender) => compare(stored.get(sender.agentId) ?? [], sender));
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    console.info(
      `seed ${seed}: ${kills} kills (${whileSending} with a batch on its way, ${whileStarting} while starting); ` +
        `${sum(senders.map(({ sent }) => sent))} results sent, ${sum(senders.map(({ acknowledged }) => acknowledged))} acknowledged, ` +
        `${sum(found)} found once, 0 twice; ${sum(senders.map(({ repeated }) => repeated))} came again and were not stored again`,
    );
  } finally {
    stopping.abort();
    await server.end('SIGKILL');
    await sending.catch(() => undefined);
    await rm(data, { recursive: true, force: true });
  }
}

/** Answers how many results of the sender are stored. */
function compare(stored: readonly ApiAnswer['body'][], sender: SpoolSender): number {
  const { acknowledged, sent, surprises } = sender;
  expect(surprises).toEqual([]);
  expect(acknowledged).toBeGreaterThan(0);
  const times = new Map<string, number>();
  for (const { id } of stored) times.set(id, (times.get(id) ?? 0) + 1);
  const numbers = Array.from({ length: acknowledged }, (_, i) => i + 1);
  expect(
    numbers.filter((number) => !times.has(sender.idOf(number))),
    'acknowledged and not found',
  ).toEqual([]);
  expect(
    [...times].filter(([, count]) => count > 1),
    'stored more than once',
  ).toEqual([]);
  // In order and without gaps: what was stored but not acknowledged follows what was.
  expect(stored.map(({ details }) => details.number).sort((a, b) => a - b)).toEqual(Array.from({ length: stored.length }, (_, i) => i + 1));
  expect(stored.length).toBeLessThanOrEqual(sent);
  for (const result of stored) {
    const { id, started_at, duration_ms, metrics, labels } = result;
    expect({ id, started_at, duration_ms, metrics, labels }).toEqual(
      Object.fromEntries(Object.entries(sender.resultOf(result.details.number)).filter(([key]) => !['kind', 'status', 'details'].includes(key))),
    );
  }
  return stored.length;
}
