import { spawnSync } from 'node:child_process';
import { describe, test } from 'vitest';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { cutOff, killAnEnd, soakLeases } from './leases.ts';

const RUNS = 1000;
const unavailable = namespacesUnavailable() ?? (spawnSync('iperf3', ['--version']).error === undefined ? null : 'this needs the program iperf3');
if (unavailable !== null) console.info(`skipped: agents that measure each other under leases: ${unavailable}`);

describe.skipIf(unavailable !== null)('agents that measure each other', () => {
  test(`${RUNS} runs of 1 MB over three agents: no two overlap, none fails, nothing is left behind`, { timeout: 1_500_000 }, async () => {
    await soakLeases(RUNS);
  });

  test.each(['measuring', 'listening'] as const)('leave nothing running when the one that is %s is killed', { timeout: 120_000 }, async (which) => {
    await killAnEnd(which);
  });

  test('end a run whose agent is cut off before its lease is given away', { timeout: 240_000 }, async () => {
    await cutOff();
  });
});
