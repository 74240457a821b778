import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgentProgram } from '../support/agent-program.ts';
import { Api, overSocket } from '../support/api.ts';
import { createNetwork, type Namespace, type Network } from '../support/namespaces.ts';
import { startProgram, until, type Program } from '../support/program.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../support/server-program.ts';

const PORT = 8080;

export interface FleetAgent {
  readonly name: string;
  readonly id: number;
  readonly namespace: Namespace;
  readonly dir: string;
  readonly program: Program;
  /** The destination that stands for this agent's machine. */
  readonly destinationId: number;
}

/** A server and agents, each in a network namespace, joined by a bridge; every agent's machine is a destination. */
export interface Fleet extends AsyncDisposable {
  readonly server: ServerProgram;
  readonly serverNamespace: Namespace;
  readonly data: string;
  readonly agents: readonly FleetAgent[];
  readonly api: Api;
  /** One job for each agent: it pings all the others. */
  pingEachOther(options: Readonly<Record<string, number>>): Promise<PingJob[]>;
}

export interface PingJob {
  readonly id: number;
  readonly revision: number;
  readonly since: number;
  readonly from: FleetAgent;
  readonly to: readonly FleetAgent[];
}

export const INTERVAL_S = 60;

/** Starts the fleet with this environment in every program. Dispose of it (`await using`); what was started before a failure is ended too. */
export async function startFleet(count: number, env: Readonly<Record<string, string>> = {}): Promise<Fleet> {
  const ending = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), 'tacho-fleet-'));
    ending.defer(() => rm(directory, { recursive: true, force: true }));
    const network: Network = createNetwork(count + 1);
    ending.use(network);
    const namespaces = network.namespaces.slice(0, count);
    const serverNamespace = network.namespaces.at(-1);
    if (serverNamespace === undefined) throw new Error('expected a namespace for the server');

    const data = join(directory, 'server');
    const server = startServerProgram({ data, port: PORT, host: '0.0.0.0', env, wrap: (file, args) => serverNamespace.command(file, args) });
    ending.defer(() => server.end());
    await server.ready;
    const socket = join(directory, 'relay.sock');
    const relay = startProgram(
      serverNamespace.command(process.execPath, [join(import.meta.dirname, '../support/relay-child.ts'), socket, String(PORT)]),
    );
    ending.defer(() => relay.end());
    await relay.printed(/relaying/);
    const api = new Api('http://server', tokenOf(data), overSocket(socket));

    const token = await api.enrolmentToken('fleet');
    const url = `http://${serverNamespace.address}:${PORT}`;
    const started = namespaces.map((namespace, i) => {
      const [name, dir] = [`agent-${i + 1}`, join(directory, `agent-${i + 1}`)];
      const wrap = (file: string, args: readonly string[]) => namespace.command(file, args);
      const program = startAgentProgram({ server: url, dir, name, token, flags: ['--allow-plain-http'], env, wrap });
      ending.defer(() => program.end());
      return { name, dir, namespace, program };
    });
    await until('every agent is online', async () => {
      const agents = await api.all('/api/agents');
      return agents.length === count && agents.every(({ state }) => state === 'online');
    });
    const ids = new Map((await api.all('/api/agents')).map(({ name, id }) => [name, id as number]));
    const agents: FleetAgent[] = [];
    for (const one of started) {
      const destination = await api.created('/api/destinations', { name: `host of ${one.name}`, host: one.namespace.address });
      agents.push({ ...one, id: ids.get(one.name) ?? 0, destinationId: destination.id });
    }

    const pingEachOther = async (options: Readonly<Record<string, number>>): Promise<PingJob[]> => {
      const jobs: PingJob[] = [];
      for (const from of agents) {
        const to = agents.filter((other) => other !== from);
        const { id, revision, since } = await api.created('/api/jobs', {
          name: `others of ${from.name}`,
          interval: INTERVAL_S,
          kinds: ['ping'],
          agents: [from.name],
          destinations: to.map(({ name }) => `host of ${name}`),
          options: { ping: options },
        });
        jobs.push({ id, revision, since: Date.parse(since), from, to });
      }
      return jobs;
    };
    const disposal = ending.move();
    return { server, serverNamespace, data, agents, api, pingEachOther, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
  } catch (error) {
    await ending.disposeAsync();
    throw error;
  }
}
