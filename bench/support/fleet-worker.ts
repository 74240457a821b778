import { randomBytes } from 'node:crypto';
import { enrol } from '../../src/agent/enrol.ts';
import { HttpClient } from '../../src/agent/http-client.ts';
import { systemClock } from '../../src/util/clock.ts';
import { SimulatedAgent } from './simulated-agent.ts';

/** What the bench says to a process that carries simulated agents. */
export type ToWorker =
  | { readonly type: 'enrol'; readonly url: string; readonly token: string; readonly names: readonly string[] }
  | { readonly type: 'connect' | 'mark' | 'stop' };

/** One process's agents, counted: what has come since the last mark, and what waits now. */
export interface FleetCount {
  readonly agents: number;
  readonly welcomed: number;
  readonly heartbeatAnswered: number;
  /** Agents of which no result waits longer than a moment. */
  readonly current: number;
  readonly pending: number;
  readonly measured: number;
}

export interface AgentLedger {
  readonly id: number;
  readonly name: string;
  readonly lastSeq: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly ids: readonly string[];
}

export type FromWorker =
  | { readonly type: 'enrolled' | 'marked' }
  | { readonly type: 'count'; readonly count: FleetCount }
  | { readonly type: 'ledger'; readonly agents: readonly AgentLedger[] };

/** Enrolments under way at once in one process. */
const AT_ONCE = 16;
const COUNT_EVERY_MS = 250;
/** A result is on its way this long without being a backlog: runs that end together travel together, 100 ms. */
const MOMENT_MS = 2000;

const agents: SimulatedAgent[] = [];
const say = (message: FromWorker): void => void process.send?.(message);

process.on('message', (message: ToWorker) => {
  act(message).catch((error: unknown) => {
    throw error;
  });
});
process.on('disconnect', () => process.exit());

async function act(message: ToWorker): Promise<void> {
  if (message.type === 'enrol') {
    await enrolAll(message);
    say({ type: 'enrolled' });
  } else if (message.type === 'connect') {
    for (const agent of agents) agent.start();
    setInterval(() => say({ type: 'count', count: countAll() }), COUNT_EVERY_MS).unref();
  } else if (message.type === 'mark') {
    for (const agent of agents) agent.mark();
    say({ type: 'marked' });
  } else {
    await Promise.all(agents.map((agent) => agent.stopMeasuring()));
    while (agents.some((agent) => agent.view(0).pending > 0)) await systemClock.sleep(50);
    const ledger: FromWorker = {
      type: 'ledger',
      agents: agents.map((agent) => ({ id: agent.identity.agentId, name: agent.identity.name, ...agent.ledger(), ids: agent.ids })),
    };
    // A few megabytes: whoever disconnects before they are written loses them.
    await new Promise((resolve) => process.send?.(ledger, undefined, {}, resolve));
    await Promise.all(agents.map((agent) => agent.stop()));
    process.disconnect();
  }
}

async function enrolAll({ url, token, names }: Extract<ToWorker, { type: 'enrol' }>): Promise<void> {
  const http = new HttpClient();
  const waiting = [...names];
  const never = new AbortController().signal;
  const enrolNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const nonce = randomBytes(32).toString('base64url');
      const facts = { name, hostName: name, labels: {}, version: '0.0.0', platform: 'bench' };
      agents.push(new SimulatedAgent(await enrol({ http, server: new URL(url), token, nonce, ...facts }, never)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, enrolNext));
  http.close();
}

function countAll(): FleetCount {
  const now = systemClock.now();
  const views = agents.map((agent) => agent.view(now));
  const count = (holds: (view: (typeof views)[number]) => boolean): number => views.filter(holds).length;
  return {
    agents: agents.length,
    welcomed: count(({ welcomed }) => welcomed),
    heartbeatAnswered: count(({ heartbeatAnswered }) => heartbeatAnswered),
    current: count(({ waitingMs }) => waitingMs < MOMENT_MS),
    pending: views.reduce((sum, { pending }) => sum + pending, 0),
    measured: agents.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}
