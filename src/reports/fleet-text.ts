import type { MachineSpeeds, SpeedSummary } from '../model/speed-summary.ts';

const WIDTH = 60;
const DOUBLE = '='.repeat(WIDTH);
const SINGLE = '-'.repeat(WIDTH);

export interface FleetTextOptions {
  /** The period is the last so many hours; null where it is told by its ends. */
  readonly hours: number | null;
  /** When the newest speed test of all was; null where there is none. Needed only where the period holds none. */
  readonly newest: number | null;
}

/** The speed tests of a fleet as a text of 60 columns. */
export function fleetText(summary: SpeedSummary, { hours, newest }: FleetTextOptions): string {
  const lines = [DOUBLE, `FLEET SPEED TEST REPORT - ${periodText(summary, hours)}`, DOUBLE, ''];
  lines.push('Fleet Summary:', `  Total Tests: ${summary.test_count}`);
  // Said only where there is something to say: the layout is one that scripts read.
  if (summary.failed_count > 0) lines.push(`  Failed Tests: ${summary.failed_count}`);
  lines.push(`  Machines Tested: ${summary.machine_count}`, '');
  if (summary.machines.length === 0) return [...lines, 'No speed tests in this period.', newestText(newest), '', DOUBLE, ''].join('\n');
  lines.push(
    'Average Speeds:',
    `  Download: ${mbps(summary.avg_download_mbps)}`,
    `  Upload: ${mbps(summary.avg_upload_mbps)}`,
    `  Ping: ${ms(summary.avg_ping_ms)}`,
    '',
    'Speed Range:',
    `  Download: ${range(summary.min_download_mbps, summary.max_download_mbps, 'Mbps')}`,
    `  Upload: ${range(summary.min_upload_mbps, summary.max_upload_mbps, 'Mbps')}`,
    `  Ping: ${range(summary.min_ping_ms, summary.max_ping_ms, 'ms')}`,
    '',
    SINGLE,
    'Per-Machine Results:',
    SINGLE,
    '',
    ...summary.machines.flatMap(machineLines),
    DOUBLE,
    '',
  );
  return lines.join('\n');
}

function machineLines(machine: MachineSpeeds): string[] {
  return [
    `${machine.machine_id}:`,
    `  Tests: ${machine.test_count}`,
    ...(machine.failed_count > 0 ? [`  Failed: ${machine.failed_count}`] : []),
    `  Download: ${mbps(machine.avg_download_mbps)}`,
    `  Upload: ${mbps(machine.avg_upload_mbps)}`,
    `  Ping: ${ms(machine.avg_ping_ms)}`,
    `  Last Test: ${utcText(machine.last_test)}`,
    '',
  ];
}

function periodText({ start_time, end_time }: SpeedSummary, hours: number | null): string {
  return hours === null ? `${utcText(start_time)} to ${utcText(end_time)}` : `Last ${hours} Hours`;
}

/** Where to look instead of a period that holds nothing. */
function newestText(newest: number | null): string {
  if (newest === null) return 'There are none at all yet.';
  return `The newest is from ${utcText(newest).slice(0, 16).replace('T', ' ')} UTC: try --end or --hours.`;
}

/** Texts print UTC to the second, without a zone. */
function utcText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19);
}

function mbps(value: number | null): string {
  return value === null ? 'n/a' : `${value.toFixed(1)} Mbps`;
}

function ms(value: number | null): string {
  return value === null ? 'n/a' : `${value.toFixed(1)} ms`;
}

function range(min: number | null, max: number | null, unit: string): string {
  return min === null || max === null ? 'n/a' : `${min.toFixed(1)} - ${max.toFixed(1)} ${unit}`;
}
