import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteControlStore } from '../store/control/open.ts';
import { createDefaultPlan, defaultGateway } from './first-run.ts';

const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

describe('the default gateway', () => {
  test('is read from the routing table, whose addresses are little-endian', () => {
    const routes = `${header}eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\neth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`;
    expect(defaultGateway(routes)).toBe('192.168.0.1');
  });

  test.each(['', header, `${header}tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n`, 'garbage\n\n'])('is unknown in %j', (routes) => {
    expect(defaultGateway(routes)).toBeNull();
  });
});

test('two first starts on one database at once make one plan', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tacho-first-run-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const control = await openSqliteControlStore({ path: join(directory, 'control.sqlite'), clock: { now: () => 0 } });
  const options = { scope: 'host', surroundings: { gateway: '192.0.2.1', resolver: '192.0.2.2' }, serverUrl: 'http://127.0.0.1:8080' } as const;
  await Promise.all([createDefaultPlan(control, options), createDefaultPlan(control, options)]);
  expect((await control.destinations.list()).map(({ name }) => name).sort()).toEqual(['gateway', 'resolver', 'tachograph-server', 'this-host']);
  expect(await control.jobs.list()).toHaveLength(4);
  await control.close();
});
