import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { seededRandom, type Random } from '../../src/util/random.ts';
import { readSpool, startAgentProgram, type SpoolContent } from '../support/agent-program.ts';
import { Api } from '../support/api.ts';
import { freePort, until, type Program } from '../support/program.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../support/server-program.ts';

const AGENTS = 3;
const DESTINATIONS = 5;
/** A new job's first runs are at once: one a moment keeps every agent measuring, and the older ones go on by their interval. */
const NEW_JOB_EVERY_MS = 100;
const MOST_JOBS = 100;
const LONGEST_LIFE_MS = 900;
/** Of so many kills, one is the server's. */
const SERVER_EVERY = 3;

/** An agent under test, and what the test knows of its spool. */
interface Subject {
  readonly name: string;
  readonly dir: string;
  program: Program;
  /** Ids of results seen in the spool of the dead agent, by number: measured, flushed, and not to be lost. */
  readonly seen: Map<number, string>;
  epoch: string | null;
  lastSeq: number;
}

/**
 * Kills agents, and the server in between, at random moments while the agents measure. In the end the server holds every
 * result that got a number in an agent's spool, once.
 */
export async function killAgents(kills: number): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const directory = await mkdtemp(join(tmpdir(), 'tacho-agents-'));
  const data = join(directory, 'server');
  const port = await freePort(random);
  const url = `http://127.0.0.1:${port}`;
  const target = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const startServer = (): ServerProgram => startServerProgram({ data, port, env: { TACHO_HEARTBEAT_MS: '500' } });
  const stopping = new AbortController();
  const subjects: Subject[] = [];
  let server = startServer();
  let planning: Promise<void> = Promise.resolve();
  try {
    await server.ready;
    const api = new Api(url, tokenOf(data));
    const token = await api.enrolmentToken('fault test');
    for (let i = 1; i <= DESTINATIONS; i++) {
      await api.created('/api/destinations', { name: `target-${i}`, host: `http://127.0.0.1:${(target.address() as AddressInfo).port}/${i}` });
    }
    for (let i = 1; i <= AGENTS; i++) {
      const dir = join(directory, `agent-${i}`);
      const program = startAgentProgram({ server: url, dir, name: `agent-${i}`, token });
      subjects.push({ name: `agent-${i}`, dir, program, seen: new Map(), epoch: null, lastSeq: 0 });
    }
    const restart = (subject: Subject): void => {
      subject.program = startAgentProgram({ server: url, dir: subject.dir, name: subject.name });
    };
    await until('every agent is enrolled and has a spool', () => subjects.every(({ dir }) => existsSync(join(dir, 'spool.sqlite'))));
    planning = addJobs(api, stopping.signal);
    await until('a result of every agent', async () => new Set((await api.all('/api/results')).map(({ agent }) => agent)).size === AGENTS);

    let serverKills = 0;
    let waited = 0;
    for (let kill = 1; kill <= kills; kill++) {
      await sleep(random() * LONGEST_LIFE_MS);
      if (kill % SERVER_EVERY === 0) {
        await server.end('SIGKILL');
        serverKills += 1;
        // Some results wait in the spools before it is back.
        await sleep(random() * LONGEST_LIFE_MS);
        server = startServer();
      } else {
        const subject = oneOf(subjects, random);
        expect(subject.program.running, `${subject.name} ended by itself (seed ${seed}):\n${subject.program.output()}`).toBe(true);
        await subject.program.end('SIGKILL');
        waited += note(subject, await readSpool(subject.dir)).pending.size;
        restart(subject);
      }
    }
    stopping.abort();
    await planning;
    await Promise.all(subjects.map(({ program }) => program.end('SIGKILL')));
    for (const subject of subjects) waited += note(subject, await readSpool(subject.dir)).pending.size;
    await server.ready;
    await stopJobs(api);
    subjects.forEach(restart);
    await until('every spool is empty', async () =>
      (await api.all('/api/agents')).every(({ state, spool }) => state === 'online' && spool.pending === 0),
    );
    await Promise.all(subjects.map(({ program }) => program.end('SIGTERM')));

    const stored = Map.groupBy(await api.all('/api/results'), ({ agent }) => agent as string);
    let found = 0;
    for (const subject of subjects) {
      const { pending, dropped, dead } = note(subject, await readSpool(subject.dir));
      expect({ dropped, dead }).toEqual({ dropped: 0, dead: 0 });
      const ids = (stored.get(subject.name) ?? []).map(({ id }) => id as string);
      const distinct = new Set(ids);
      expect(ids.length, `${subject.name}: results stored, against distinct ones`).toBe(distinct.size);
      const everywhere = new Set([...distinct, ...pending.values()]);
      expect([...subject.seen].filter(([, id]) => !everywhere.has(id))).toEqual([]);
      // Each number stands for one result: as many results as numbers means none is missing, also of those never seen here.
      expect(everywhere.size).toBe(subject.lastSeq);
      found += distinct.size;
    }
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    console.info(
      `seed ${seed}: ${(await api.all('/api/jobs')).length} jobs; ${kills - serverKills + AGENTS} agents and ${serverKills} servers killed; ${sum(subjects.map(({ lastSeq }) => lastSeq))} results ` +
        `flushed (${waited} waited in spools of killed agents), ${found} found once, 0 twice, 0 missing`,
    );
  } finally {
    stopping.abort();
    await Promise.all([server, ...subjects.map(({ program }) => program)].map((program) => program.end('SIGKILL')));
    await planning.catch(() => undefined);
    await new Promise((resolve) => target.close(resolve));
    await rm(directory, { recursive: true, force: true });
  }
}

/** Takes the content of a dead agent's spool into what is known of it. */
function note(subject: Subject, content: SpoolContent): SpoolContent {
  // A new epoch would mean that the old file was given up.
  expect(content.epoch).toBe((subject.epoch ??= content.epoch));
  expect(content.lastSeq, 'numbers never go back').toBeGreaterThanOrEqual(subject.lastSeq);
  subject.lastSeq = content.lastSeq;
  for (const [seq, id] of content.pending) {
    expect(id, `number ${seq} keeps its result`).toBe(subject.seen.get(seq) ?? id);
    subject.seen.set(seq, id);
  }
  return content;
}

/** Adds jobs until told to stop. One that a dying server added without an answer is found to be there. */
async function addJobs(api: Api, signal: AbortSignal): Promise<void> {
  const destinations = Array.from({ length: DESTINATIONS }, (_, i) => `target-${i + 1}`);
  for (let job = 1; job <= MOST_JOBS && !signal.aborted;) {
    const adding = api.post('/api/jobs', { name: `job-${job}`, interval: 60, kinds: ['http'], destinations });
    const status = await adding.then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 201 || status === 409) job += 1;
    await sleep(NEW_JOB_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function stopJobs(api: Api): Promise<void> {
  for (const { id } of await api.all('/api/jobs')) expect((await api.post(`/api/jobs/${id}/stop`, {})).status).toBe(200);
}

function oneOf<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('expected at least one');
  return item;
}
