import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { readSpool } from '../support/agent-program.ts';
import { Api, overSocket, type ApiAnswer } from '../support/api.ts';
import { keptIds, startChildAgent } from '../support/child-agent.ts';
import { createNetwork, type Loss, type LossBeginning, type Namespace } from '../support/namespaces.ts';
import { startProgram, until, type Program } from '../support/program.ts';
import { startServerProgram, tokenOf } from '../support/server-program.ts';

const PORT = 8080;
const HEARTBEAT_MS = 1000;
/** Results of one run of the job: a body of several packets, because of the noise in each. */
const DESTINATIONS = 40;
const NOISE_BYTES = 1000;

/** Where each agent's network is cut: `up` is lost on its way to the server, `down` on its way to the agent. */
const CUTS = [
  { name: 'half a batch', direction: 'up', beginning: { afterBytes: 9000 } },
  { name: 'lost answer', direction: 'down', beginning: { atPayload: 'HTTP/1.1' } },
  { name: 'half a schedule', direction: 'down', beginning: { afterBytes: 6000 } },
  { name: 'lost heartbeat', direction: 'up', beginning: { afterBytes: 1 } },
] as const satisfies readonly { name: string; direction: 'up' | 'down'; beginning: LossBeginning }[];
type CutName = (typeof CUTS)[number]['name'];
/** One that is not cut, to prove that the server works all the time. */
const SPARED = 'spared';

interface Machine {
  readonly name: string;
  readonly dir: string;
  readonly namespace: Namespace;
  readonly program: Program;
}

/**
 * Cuts the networks of agents in one direction each for so long, in the middle of what they say to the server or hear
 * from it, heals them, and compares what each agent kept with what is stored. Answers what came to the server twice.
 */
export async function cutOneWay(cutMs: number): Promise<{ repeated: number }> {
  await using ending = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'tacho-half-open-'));
  ending.defer(() => rm(directory, { recursive: true, force: true }));
  const network = createNetwork(CUTS.length + 2);
  ending.use(network);
  const [serverSpace, ...spaces] = network.namespaces;
  if (serverSpace === undefined) throw new Error('expected a namespace for the server');
  // Packets as a real cable carries them: one of 64 KB would be lost or passed whole.
  for (const { exec } of network.namespaces) exec('ip', ['link', 'set', 'eth0', 'gso_max_segs', '1']);
  const keep = <P extends Program>(program: P): P => {
    ending.defer(() => program.end());
    return program;
  };
  const data = join(directory, 'server');
  const inServerSpace = (file: string, args: readonly string[]) => serverSpace.command(file, args);
  const env = { TACHO_HEARTBEAT_MS: String(HEARTBEAT_MS) };
  const server = keep(startServerProgram({ data, port: PORT, args: ['--host', '0.0.0.0'], env, wrap: inServerSpace }));
  await server.ready;
  const socket = join(directory, 'relay.sock');
  const relay = keep(startProgram(inServerSpace(process.execPath, [join(import.meta.dirname, '../support/relay-child.ts'), socket, String(PORT)])));
  await relay.printed(/relaying/);
  const api = new Api('http://server', tokenOf(data), overSocket(socket));
  const token = await api.enrolmentToken('fleet');

  const names = [...CUTS.map(({ name }) => name), SPARED];
  const machines = spaces.map((namespace, i): Machine => {
    const [name, dir] = [names[i] ?? '', join(directory, `agent-${i}`)];
    const flags = ['--allow-plain-http', '--noise', String(NOISE_BYTES)];
    const wrap = (file: string, args: readonly string[]) => namespace.command(file, args);
    return {
      name,
      dir,
      namespace,
      program: keep(startChildAgent({ server: `http://${serverSpace.address}:${PORT}`, dir, name, token, flags, wrap })),
    };
  });
  const machine = (name: CutName | typeof SPARED): Machine => {
    const found = machines.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found;
  };
  const agents = (): Promise<ApiAnswer['body'][]> => api.all('/api/agents');
  const allOnline = async (): Promise<boolean> => {
    const known = await agents();
    return known.length === machines.length && known.every(({ state, spool }) => state === 'online' && spool.pending === 0);
  };
  const stored = async (name: string): Promise<string[]> => (await api.all('/api/results', { agent: name })).map(({ id }) => id as string);

  await until('every agent', allOnline);
  const destinations = Array.from({ length: DESTINATIONS }, (_, i) => `target-${i + 1}`);
  for (const name of destinations) await api.created('/api/destinations', { name, host: '127.0.0.1' });
  await api.created('/api/jobs', { name: 'all', interval: 3600, kinds: ['ping'], destinations, agents: ['*'] });
  const runAll = async (): Promise<string[]> => (await api.post('/api/jobs/all/run', {})).body.agents;
  for (const { name } of machines) await until(`first results of ${name}`, async () => (await stored(name)).length === DESTINATIONS);

  // States are looked at all the time: what lasts a second must not be missed.
  const states = new Map<string, string[]>(names.map((name) => [name, []]));
  let watching = true;
  const watch = async (): Promise<void> => {
    while (watching) {
      for (const { name, state } of await agents()) {
        const seen = states.get(name);
        if (seen?.at(-1) !== state) seen?.push(state);
      }
      await sleep(50);
    }
  };
  const watched = watch();
  ending.defer(async () => {
    watching = false;
    await watched;
  });

  const losses = new Map<CutName, Loss>(
    CUTS.map(({ name, direction, beginning }) => {
      const { namespace } = machine(name);
      return [name, direction === 'up' ? serverSpace.loseFrom(namespace.address, beginning) : namespace.loseFrom(serverSpace.address, beginning)];
    }),
  );
  const cutAt = performance.now();
  await runAll();
  await api.created('/api/jobs', { name: 'more', interval: 3600, kinds: ['ping'], destinations, agents: ['half a schedule'] });
  for (const { name, program } of machines) await until(`runs of ${name}`, () => keptIds(program).length >= 2 * DESTINATIONS);
  await until('what can still arrive', async () => (await stored(SPARED)).length === 2 * DESTINATIONS);
  await until('the answer that is lost', async () => (await stored('lost answer')).length > DESTINATIONS);
  await until('all of the cut to be offline', async () =>
    (await agents()).every(({ name, state }) => state === (name === SPARED ? 'online' : 'offline')),
  );
  expect(await runAll(), 'who is told while the others are cut off').toEqual([SPARED]);
  await sleep(Math.max(0, cutMs - (performance.now() - cutAt)));
  // Where each was cut shows in what the server has of the two rounds that every agent kept.
  const atServer = new Map(await Promise.all(names.map(async (name) => [name, (await stored(name)).length] as const)));
  expect(atServer.get('half a batch')).toBe(DESTINATIONS);
  expect(atServer.get('lost heartbeat')).toBe(DESTINATIONS);
  expect(atServer.get('half a schedule')).toBe(2 * DESTINATIONS);
  // As many as were in the batch whose answer was lost.
  expect(atServer.get('lost answer')).toBeGreaterThan(DESTINATIONS);
  expect(atServer.get(SPARED)).toBe(3 * DESTINATIONS);
  expect(schedulesOf(machine('half a schedule').program), 'the half of a schedule is none').not.toContain(2 * DESTINATIONS);
  const seen = new Map([...losses].map(([name, loss]) => [name, loss.seen()]));
  for (const [name, { lostPackets }] of seen) expect(lostPackets, `packets lost: ${name}`).toBeGreaterThan(0);
  // In the middle: something of the body came through, and not all of it.
  for (const name of ['half a batch', 'half a schedule'] as const) expect(seen.get(name)?.passedBytes, name).toBeGreaterThan(2000);
  for (const loss of losses.values()) loss.heal();
  const healedAt = performance.now();

  await until('everybody to be back and every spool to be empty', allOnline, 90_000);
  const half = machine('half a schedule').program;
  await until('the whole schedule, and its runs', () => schedulesOf(half).includes(2 * DESTINATIONS) && keptIds(half).length === 3 * DESTINATIONS);
  for (const { name, program } of machines) await until(`all of ${name}`, async () => (await stored(name)).length === keptIds(program).length);
  const backMs = performance.now() - healedAt;
  await until('no connection that only one end knows', () => {
    const ours = connectionsOf(serverSpace, 'peer');
    return (
      ours.join() ===
      machines
        .flatMap(({ namespace }) => connectionsOf(namespace, 'local'))
        .sort()
        .join()
    );
  });
  const connections = connectionsOf(serverSpace, 'peer');
  for (const { name, namespace } of machines) {
    const own = connections.filter((peer) => peer.startsWith(`${namespace.address}:`));
    // One to be told on, and one on which results went.
    expect(own.length, `connections of ${name}: ${own.join(', ')}`).toBeLessThanOrEqual(2);
  }

  watching = false;
  await watched;
  await Promise.all(machines.map(({ program }) => program.end('SIGTERM')));
  // Each acknowledgement says how many of its batch the server had before.
  const repeated = machines
    .flatMap(({ program }) => [...program.stdout().matchAll(/"duplicates":(\d+)/g)])
    .reduce((sum, [, duplicates]) => sum + Number(duplicates), 0);
  for (const { name, dir, program } of machines) {
    const ids = await stored(name);
    expect(new Set(ids).size, `distinct results of ${name}`).toBe(ids.length);
    expect(ids.sort(), `exactly what ${name} kept`).toEqual(keptIds(program).sort());
    const { pending, dropped, dead, lastSeq } = await readSpool(dir);
    expect({ pending: pending.size, dropped, dead, lastSeq }).toEqual({ pending: 0, dropped: 0, dead: 0, lastSeq: ids.length });
  }
  for (const { name, direction } of CUTS) {
    const run = states.get(name)?.join(' ');
    // Who is not heard is late first; who does not hear may give the connection up himself.
    expect(run, name).toMatch(direction === 'up' ? /^online late offline online$/ : /^online (late )?offline online$/);
  }
  const losing = [...seen].map(
    ([name, { passedBytes, lostPackets }]) => `${name}: ${lostPackets} packets after ${passedBytes} bytes, ${states.get(name)?.join(' ')}`,
  );
  console.info(
    `cut for ${cutMs / 1000} s; lost: ${losing.join('; ')}; all was back after ${Math.round(backMs)} ms, ${repeated} results came again; ` +
      `${connections.length} connections of ${machines.length} agents`,
  );
  return { repeated };
}

/** How many assignments each schedule had that an agent says it got. */
function schedulesOf(program: Program): number[] {
  return [...program.stdout().matchAll(/"assignments":(\d+),"msg":"new schedule"/g)].map(([, count]) => Number(count));
}

/** The agents' ends of the connections to the server that are open for one side. */
function connectionsOf(namespace: Namespace, agentIs: 'local' | 'peer'): string[] {
  const port = agentIs === 'local' ? 'dport' : 'sport';
  const lines = namespace
    .exec('ss', ['-Htn', 'state', 'established', 'state', 'close-wait', 'state', 'syn-sent', `( ${port} = :${PORT} )`])
    .trim()
    .split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/)[agentIs === 'local' ? 3 : 4]?.replace('[::ffff:', '').replace(']', '') ?? '')
    .filter((address) => address.startsWith('10.'))
    .sort();
}
