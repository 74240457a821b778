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

interface Machine {
  readonly name: string;
  readonly dir: string;
  /** The agent's processes, one after the other. */
  readonly lives: Program[];
}

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
    const start = ({ name, dir }: Pick<Machine, 'name' | 'dir'>): Program => {
      const program = startChildAgent({ server: url, dir, name, token, flags: ['--noise', String(NOISE_BYTES)] });
      ending.defer(() => program.end());
      return program;
    };
    const machines = Array.from({ length: AGENTS }, (_, i): Machine => {
      const where = { name: `agent-${i + 1}`, dir: join(directory, `agent-${i + 1}`) };
      return { ...where, lives: [start(where)] };
    });
    const keptBy = ({ lives }: Machine): string[] => lives.flatMap((program) => keptIds(program));
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
      const kept = machines.map((machine) => keptBy(machine).length);
      const { body } = await api.post('/api/jobs/all/run', {});
      // Who is not connected is not told.
      const told = machines.filter(({ name }) => (body.agents as string[]).includes(name));
      for (const machine of told) {
        await until(`a round of ${machine.name}`, () => keptBy(machine).length >= (kept[machines.indexOf(machine)] ?? 0) + DESTINATIONS);
      }
    };
    const refusals = (): number =>
      machines.filter(({ lives }) => /"status":503,[^\n]*the server cannot take results/.test(lives.map((program) => program.stdout()).join('')))
        .length;

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
    // One comes anew meanwhile: what it says of itself cannot be written down either.
    const [anew, other] = machines;
    if (anew === undefined || other === undefined) throw new Error('expected two agents');
    await anew.lives[0]?.end('SIGTERM');
    const second = start(anew);
    anew.lives.push(second);
    // It is served where what it said need not be on disk at once, or told why not.
    await second.printed(/"msg":"connected"|"code":4500,"reason":"cannot use the control store: database or disk is full"/);
    // It lives, answers what is asked of it, and has nothing more than before.
    expect((await api.get('/api/health')).status).toBe(200);
    const waiting = machines.map((machine) => keptBy(machine).length).reduce((a, b) => a + b) - fitted;
    expect(waiting).toBeGreaterThanOrEqual(WAITING_ROUNDS * AGENTS * DESTINATIONS);
    expect(await storedInAll(), 'nothing by halves').toBe(fitted);
    const otherWaits = keptBy(other).length - (await stored(other.name)).length;
    await until('an agent that says what waits', async () =>
      (await agents()).some(({ name, spool }) => name === other.name && spool.pending === otherWaits),
    );

    await unlink(ballast);
    const freedAt = performance.now();
    await until('everything that waited', allOnline, 90_000);
    for (const machine of machines) {
      await until(`all of ${machine.name}`, async () => (await stored(machine.name)).length === keptBy(machine).length);
    }
    const backMs = performance.now() - freedAt;
    expect(server.running, 'the same server').toBe(true);
    await api.created('/api/destinations', { name: 'with room again', host: '127.0.0.1' });
    await Promise.all(machines.flatMap(({ lives }) => lives.map((program) => program.end('SIGTERM'))));
    let total = 0;
    for (const machine of machines) {
      const { name, dir } = machine;
      const ids = await stored(name);
      total += ids.length;
      expect(new Set(ids).size, `distinct results of ${name}`).toBe(ids.length);
      expect(ids.sort(), `exactly what ${name} kept`).toEqual(keptBy(machine).sort());
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
