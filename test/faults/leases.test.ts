import { spawnSync } from 'node:child_process';
import { describe, test } from 'vitest';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { killAnEnd, soakLeases } from './leases.ts';

const RUNS = 18;
const unavailable = namespacesUnavailable() ?? (spawnSync('iperf3', ['--version']).error === undefined ? null : 'this needs the program iperf3');
if (unavailable !== null) console.info(`skipped: agents that measure each other under leases: ${unavailable}`);

describe.skipIf(unavailable !== null)('agents that measure each other', () => {
  test(`${RUNS} runs of 1 MB over three agents: no two overlap, none fails, nothing is left behind`, { timeout: 300_000 }, async () => {
    await soakLeases(RUNS);
  });

  test('leave nothing running when the one that measures is killed', { timeout: 120_000 }, async () => {
    await killAnEnd('measuring');
  });
});
