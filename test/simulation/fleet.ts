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
  /** The process at present: another after a restart. */
  program: Program;
  /** The destination that stands for this agent's machine. */
  readonly destinationId: number;
}

/** A server and agents, each in a network namespace, joined by a bridge; every agent's machine is a destination. */
export interface Fleet extends AsyncDisposable {
  /** The process at present: another after a restart. */
  server: ServerProgram;
  readonly serverNamespace: Namespace;
  readonly data: string;
  readonly agents: readonly FleetAgent[];
  readonly api: Api;
  /** Ends every program politely and starts it again, with this in its environment. */
  restart(env: Readonly<Record<string, string>>): Promise<void>;
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

/** Starts the fleet. Dispose of it (`await using`); what was started before a failure is ended too. */
export async function startFleet(count: number, { agentFlags = [] }: { readonly agentFlags?: readonly string[] } = {}): Promise<Fleet> {
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
    const programs = new Set<Program>();
    ending.defer(async () => {
      await Promise.all([...programs].map((program) => program.end()));
    });
    const keep = <P extends Program>(program: P): P => {
      programs.add(program);
      return program;
    };
    const startServer = (env: Readonly<Record<string, string>> = {}): ServerProgram =>
      keep(startServerProgram({ data, port: PORT, args: ['--host', '0.0.0.0'], env, wrap: (file, args) => serverNamespace.command(file, args) }));
    const server = startServer();
    await server.ready;
    const socket = join(directory, 'relay.sock');
    const script = join(import.meta.dirname, '../support/relay-child.ts');
    const relay = keep(startProgram(serverNamespace.command(process.execPath, [script, socket, String(PORT)])));
    await relay.printed(/relaying/);
    const api = new Api('http://server', tokenOf(data), overSocket(socket));

    const token = await api.enrolmentToken('fleet');
    const url = `http://${serverNamespace.address}:${PORT}`;
    const startAgent = (agent: Pick<FleetAgent, 'name' | 'dir' | 'namespace'>, env: Readonly<Record<string, string>> = {}): Program => {
      const wrap = (file: string, args: readonly string[]) => agent.namespace.command(file, args);
      return keep(startAgentProgram({ server: url, ...agent, token, flags: ['--allow-plain-http', ...agentFlags], env, wrap }));
    };
    const machines = namespaces.map((namespace, i) => ({ name: `agent-${i + 1}`, dir: join(directory, `agent-${i + 1}`), namespace }));
    const started = machines.map((machine) => ({ ...machine, program: startAgent(machine) }));
    const allOnline = (): Promise<void> =>
      until('every agent is online', async () => {
        const known = await api.all('/api/agents');
        return known.length === count && known.every(({ state }) => state === 'online');
      });
    await allOnline();
    const ids = new Map((await api.all('/api/agents')).map(({ name, id }) => [name, id as number]));
    const agents: FleetAgent[] = [];
    for (const one of started) {
      const destination = await api.created('/api/destinations', { name: `host of ${one.name}`, host: one.namespace.address });
      agents.push({ ...one, id: ids.get(one.name) ?? 0, destinationId: destination.id });
    }

    const disposal = ending.move();
    const fleet: Fleet = {
      ...{ server, serverNamespace, data, agents, api },
      restart: async (env) => {
        await Promise.all(agents.map(({ program }) => program.end('SIGTERM')));
        await fleet.server.end('SIGTERM');
        fleet.server = startServer(env);
        await fleet.server.ready;
        for (const agent of agents) agent.program = startAgent(agent, env);
        await allOnline();
      },
      pingEachOther: (options) => Promise.all(agents.map((from) => pingOthers(api, from, { agents, options }))),
      [Symbol.asyncDispose]: () => disposal.disposeAsync(),
    };
    return fleet;
  } catch (error) {
    await ending.disposeAsync();
    throw error;
  }
}

async function pingOthers(
  api: Api,
  from: FleetAgent,
  { agents, options }: { agents: readonly FleetAgent[]; options: Readonly<Record<string, number>> },
): Promise<PingJob> {
  const to = agents.filter((other) => other !== from);
  const { id, revision, since } = await api.created('/api/jobs', {
    name: `others of ${from.name}`,
    interval: INTERVAL_S,
    kinds: ['ping'],
    agents: [from.name],
    destinations: to.map(({ name }) => `host of ${name}`),
    options: { ping: options },
  });
  return { id, revision, since: Date.parse(since), from, to };
}
