import { describe, expect, test } from 'vitest';
import type { MachineSpeeds, SpeedSummary } from '../model/speed-summary.ts';
import { fleetText } from './fleet-text.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const machine = (machine_id: string, [avg_download_mbps, avg_upload_mbps, avg_ping_ms]: [number, number, number], last: string): MachineSpeeds => ({
  machine_id,
  agent_id: 1,
  test_count: 16,
  failed_count: 0,
  avg_download_mbps,
  avg_upload_mbps,
  avg_ping_ms,
  last_test: at(last),
});
const summary: SpeedSummary = {
  period_hours: 24,
  start_time: at('2025-11-18T23:45:00'),
  end_time: at('2025-11-19T23:45:00'),
  test_count: 48,
  failed_count: 0,
  machine_count: 3,
  avg_download_mbps: 245.67,
  avg_upload_mbps: 32.45,
  avg_ping_ms: 12.3,
  min_download_mbps: 180.5,
  max_download_mbps: 310.2,
  min_upload_mbps: 25,
  max_upload_mbps: 38.2,
  min_ping_ms: 8.5,
  max_ping_ms: 25.3,
  exact: true,
  machines: [
    machine('MacBook-Pro', [280.5, 35.2, 10.5], '2025-11-19T23:30:00'),
    machine('iMac-Office', [245, 32, 12], '2025-11-19T23:25:00'),
    machine('Mac-Mini', [211.5, 30.3, 14.5], '2025-11-19T23:20:00'),
  ],
};

const EXPECTED = `============================================================
FLEET SPEED TEST REPORT - Last 24 Hours
============================================================

Fleet Summary:
  Total Tests: 48
  Machines Tested: 3

Average Speeds:
  Download: 245.7 Mbps
  Upload: 32.5 Mbps
  Ping: 12.3 ms

Speed Range:
  Download: 180.5 - 310.2 Mbps
  Upload: 25.0 - 38.2 Mbps
  Ping: 8.5 - 25.3 ms

------------------------------------------------------------
Per-Machine Results:
------------------------------------------------------------

MacBook-Pro:
  Tests: 16
  Download: 280.5 Mbps
  Upload: 35.2 Mbps
  Ping: 10.5 ms
  Last Test: 2025-11-19T23:30:00

iMac-Office:
  Tests: 16
  Download: 245.0 Mbps
  Upload: 32.0 Mbps
  Ping: 12.0 ms
  Last Test: 2025-11-19T23:25:00

Mac-Mini:
  Tests: 16
  Download: 211.5 Mbps
  Upload: 30.3 Mbps
  Ping: 14.5 ms
  Last Test: 2025-11-19T23:20:00

============================================================
`;

describe('the fleet report as text', () => {
  test('has the layout that scripts read, to the character', () => {
    expect(fleetText(summary, { hours: 24, newest: null })).toBe(EXPECTED);
  });

  test('says a period of its own by its instants', () => {
    expect(fleetText(summary, { hours: null, newest: null }).split('\n')[1]).toBe(
      'FLEET SPEED TEST REPORT - 2025-11-18T23:45:00 to 2025-11-19T23:45:00',
    );
  });

  test('says what failed, and that a machine without a good test has no figures', () => {
    const [first] = summary.machines;
    if (first === undefined) throw new Error('no machine');
    const broken = { ...first, test_count: 0, failed_count: 2, avg_download_mbps: null, avg_upload_mbps: null, avg_ping_ms: null };
    const text = fleetText({ ...summary, failed_count: 2, machines: [broken] }, { hours: 24, newest: null });
    expect(text).toContain('  Total Tests: 48\n  Failed Tests: 2\n  Machines Tested: 3\n');
    expect(text).toContain('MacBook-Pro:\n  Tests: 0\n  Failed: 2\n  Download: n/a\n  Upload: n/a\n  Ping: n/a\n  Last Test:');
  });

  test('says that there are no tests', () => {
    const none = { ...summary, test_count: 0, machine_count: 0, machines: [], avg_download_mbps: null };
    expect(fleetText(none, { hours: 24, newest: null })).toContain(
      '  Total Tests: 0\n  Machines Tested: 0\n\nNo speed tests in this period.\nThere are none at all yet.\n',
    );
    expect(fleetText(none, { hours: 24, newest: at('2018-12-30T23:50:00') })).toContain(
      'No speed tests in this period.\nThe newest is from 2018-12-30 23:50 UTC: try --end or --hours.\n',
    );
  });
});
