import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startFleet, type FleetAgent } from '../simulation/fleet.ts';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { until } from '../support/program.ts';

const unavailable = namespacesUnavailable() ?? (spawnSync('iperf3', ['--version']).error === undefined ? null : 'this needs the program iperf3');
if (unavailable !== null) console.info(`skipped: whom an agent listens for: ${unavailable}`);

describe.skipIf(unavailable !== null)('whom an agent listens for', () => {
  test('a hangup signal reads the policy again, and only whom it names is served', { timeout: 180_000 }, async () => {
    await using fleet = await startFleet(3);
    const { api, agents } = fleet;
    const [named, other, listener] = agents as [FleetAgent, FleetAgent, FleetAgent];
    const listening = async () => (await api.get(`/api/agents/${listener.id}`)).body.listening as { port_from: number } | null;
    expect(await listening()).toBeNull();
    await api.created('/api/destinations', { name: 'listener', agent: listener.name });

    /** The policy of the agent that listens, from now on; with ports of its own, so that the server shows which one it has heard of. */
    const rule = async (ports: [number, number], from: string): Promise<void> => {
      await writeFile(join(listener.dir, 'policy.json'), JSON.stringify({ listening: { ports: ports.join('-'), from: [from] } }));
      process.kill(listener.program.pid, 'SIGHUP');
      await until(`the server knows of ports ${ports.join('-')}`, async () => (await listening())?.port_from === ports[0]);
    };
    let runs = 0;
    const run = async ({ name }: FleetAgent, durationS = 1) => {
      runs += 1;
      const job = `run ${runs}`;
      await api.created('/api/jobs', {
        ...{ name: job, interval: 31 * 86_400, kinds: ['throughput'], agents: [name], destinations: ['listener'] },
        options: { throughput: { duration_s: durationS } },
      });
      const found = async () => (await api.all('/api/results', { kind: 'throughput' })).find((one) => one.job === job);
      await until(`the result of ${job}`, async () => (await found()) !== undefined, 60_000);
      return found();
    };

    // Long before its end. What it sees of the other end's end, and so what it says of it, depends on how far it had come.
    const turnedAway = { status: 'failed', metrics: {} };
    expect(await run(named)).toMatchObject({ status: 'skipped', failure: { code: 'lease_peer_refused' } });
    await rule([5201, 5204], named.namespace.address);
    expect(await run(named)).toMatchObject({ status: 'success', details: { port: 5201 } });
    expect(await run(other, 20)).toMatchObject(turnedAway);
    // Again within the minute, and the other way round.
    await rule([5301, 5304], other.namespace.address);
    // Ports are taken in turn: two of a range of four were, so it begins with the third.
    expect(await run(other)).toMatchObject({ status: 'success', details: { port: 5303 } });
    expect(await run(named, 20)).toMatchObject(turnedAway);
    expect(await api.all('/api/leases')).toEqual([]);
  });
});
