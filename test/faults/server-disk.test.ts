import { statfsSync } from 'node:fs';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSpool } from '../support/agent-program.ts';
import { Api, type ApiAnswer } from '../support/api.ts';
import { keptIds, startChildAgent } from '../support/child-agent.ts';
import { until, type Program } from '../support/program.ts';
import { startServerProgram, tokenOf } from '../support/server-program.ts';
import { fillDisk, mountSmallDisk, smallDiskUnavailable } from '../support/small-disk.ts';

const unavailable = smallDiskUnavailable();
if (unavailable !== null) console.info(`skipped: a server whose disk is full while agents measure: ${unavailable}`);

const DISK_MB = 64;
/** What the results may still fill. */
const ROOM_BYTES = 2 * 1_048_576;
const AGENTS = 2;
const DESTINATIONS = 40;
/** Does not compress, or the disk would hold it all. */
const NOISE_BYTES = 3000;
/** Far more rounds than the room can hold. */
const MOST_ROUNDS = 100;
/** More rounds while nothing can be stored: these wait. */
const WAITING_ROUNDS = 3;

test.skipIf(unavailable !== null)(
  "a server whose disk fills up refuses what it cannot keep; agents' results wait, and arrive once when there is room, without a restart",
  { timeout: 180_000 },
  async () => {
    await using ending = new AsyncDisposableStack();
    const disk = mountSmallDisk(DISK_MB);
    ending.use(disk);
    const directory = await mkdtemp(join(tmpdir(), 'tacho-server-disk-'));
    ending.defer(() => rm(directory, { recursive: true, force: true }));
    const data = join(disk.path, 'data');
    const server = startServerProgram({ data, env: { TACHO_HEARTBEAT_MS: '500' } });
    ending.defer(() => server.end());
    const url = await server.ready;
    const api = new Api(url, tokenOf(data));
    const token = await api.enrolmentToken('fleet');
    const machines = Array.from({ length: AGENTS }, (_, i): { name: string; dir: string; program: Program } => {
      const [name, dir] = [`agent-${i + 1}`, join(directory, `agent-${i + 1}`)];
      const program = startChildAgent({ server: url, dir, name, token, flags: ['--noise', String(NOISE_BYTES)] });
      ending.defer(() => program.end());
      return { name, dir, program };
    });
    const stored = async (name: string): Promise<string[]> => (await api.all('/api/results', { agent: name })).map(({ id }) => id as string);
    const storedInAll = async (): Promise<number> => (await Promise.all(machines.map(({ name }) => stored(name)))).flat().length;
    const agents = (): Promise<ApiAnswer['body'][]> => api.all('/api/agents');
    const allOnline = async (): Promise<boolean> => {
      const known = await agents();
      return known.length === AGENTS && known.every(({ state, spool }) => state === 'online' && spool.pending === 0);
    };
    await until('every agent', allOnline);
    const destinations = Array.from({ length: DESTINATIONS }, (_, i) => `target-${i + 1}`);
    for (const name of destinations) await api.created('/api/destinations', { name, host: '127.0.0.1' });
    await api.created('/api/jobs', { name: 'all', interval: 3600, kinds: ['ping'], destinations, agents: ['*'] });
    for (const { name } of machines) await until(`first results of ${name}`, async () => (await stored(name)).length === DESTINATIONS);
    const free = (): number => {
      const { bavail, bsize } = statfsSync(disk.path);
      return bavail * bsize;
    };
    const round = async (): Promise<void> => {
      const kept = machines.map(({ program }) => keptIds(program).length);
      const { body } = await api.post('/api/jobs/all/run', {});
      // Who is not connected is not told.
      const told = machines.filter(({ name }) => (body.agents as string[]).includes(name));
      for (const machine of told) {
        await until(`a round of ${machine.name}`, () => keptIds(machine.program).length >= (kept[machines.indexOf(machine)] ?? 0) + DESTINATIONS);
      }
    };
    const refusals = (): number =>
      machines.filter(({ program }) => /"status":503,[^\n]*the server cannot take results/.test(program.stdout())).length;

    const ballast = join(disk.path, 'ballast');
    await writeFile(ballast, Buffer.alloc(free() - ROOM_BYTES));
    let rounds = 0;
    while (refusals() === 0 && rounds < MOST_ROUNDS) {
      await round();
      rounds += 1;
    }
    await until('a refusal of both', () => refusals() === AGENTS);
    // Not a page for the control store either.
    await fillDisk(ballast);
    expect(free()).toBe(0);
    const fitted = await storedInAll();
    let refused: ApiAnswer | null = null;
    for (let i = 0; refused === null && i < 1000; i++) {
      const answer = await api.post('/api/destinations', { name: `one more ${i}`, host: '127.0.0.1', description: 'x'.repeat(500) });
      if (answer.status !== 201) refused = answer;
    }
    expect({ status: refused?.status, code: refused?.body.error.code }, JSON.stringify(refused?.body)).toEqual({ status: 503, code: 'unavailable' });
    for (let i = 0; i < WAITING_ROUNDS; i++) await round();
    // It lives, answers what is asked of it, and has nothing more than before.
    expect((await api.get('/api/health')).status).toBe(200);
    const waiting = machines.map(({ program }) => keptIds(program).length).reduce((a, b) => a + b) - fitted;
    expect(waiting).toBeGreaterThanOrEqual(WAITING_ROUNDS * AGENTS * DESTINATIONS);
    expect(await storedInAll(), 'nothing by halves').toBe(fitted);
    await until('agents that say what waits', async () => {
      const said = (await agents()).map(({ spool }) => spool.pending as number);
      return said.reduce((a, b) => a + b) === waiting;
    });

    await unlink(ballast);
    const freedAt = performance.now();
    await until('everything that waited', allOnline, 90_000);
    for (const { name, program } of machines) {
      await until(`all of ${name}`, async () => (await stored(name)).length === keptIds(program).length);
    }
    const backMs = performance.now() - freedAt;
    expect(server.running, 'the same server').toBe(true);
    await api.created('/api/destinations', { name: 'with room again', host: '127.0.0.1' });
    await Promise.all(machines.map(({ program }) => program.end('SIGTERM')));
    let total = 0;
    for (const { name, dir, program } of machines) {
      const ids = await stored(name);
      total += ids.length;
      expect(new Set(ids).size, `distinct results of ${name}`).toBe(ids.length);
      expect(ids.sort(), `exactly what ${name} kept`).toEqual(keptIds(program).sort());
      const { pending, dropped, dead, lastSeq } = await readSpool(dir);
      expect({ pending: pending.size, dropped, dead, lastSeq }).toEqual({ pending: 0, dropped: 0, dead: 0, lastSeq: ids.length });
    }
    console.info(
      `${rounds} rounds until the disk was full, ${fitted} results stored, ${waiting} waiting; all ${total} stored once after ${Math.round(backMs)} ms with room`,
    );
    // Each said once, however often it was asked for.
    for (const said of ['cannot write results: the store failed', 'cannot use the control store: database or disk is full']) {
      expect(server.output().split(`"msg":"${said}"`), said).toHaveLength(2);
    }
  },
);
