import { describe, expect, test } from 'vitest';
import { defaultGateway } from './first-run.ts';

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
