import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../src/util/files.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let folder = '';

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'tacho-import-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as its user would, against the server of this test. */
function tacho(...args: string[]): Promise<Ended> {
  const env = { ...process.env, TACHO_URL: server.url, TACHO_TOKEN: server.adminToken };
  return new Promise((resolve) => {
    execFile(process.execPath, [packageFile('bin/tacho.js'), ...args], { env, maxBuffer: 32 * 1_048_576 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

const FILE = `datetimestart,datetimestop,provider,server,distance,ping,download,upload
2017-10-13 23:30:01,2017-10-13 23:30:29,ExampleNet,Example (Brisbane),5.31,20,30,1
2017-10-14 00:30:01,2017-10-14 00:30:39,ExampleNet,"Example, Two (Brisbane)",5.31,10,20,3
2017-10-14 01:00:01,2017-10-14 01:00:39,ExampleNet,Example (Brisbane),5.31,1800000,0,0
2017-10-14 01:30:01,2017-10-14 01:30:25,ExampleNet,Example (Brisbane),5.31,fast,34.32,1.36
not a time,2017-10-14 01:30:25,ExampleNet,Example (Brisbane),5.31,15,34.32,1.36
`;

describe('tacho import speedtest and tacho report', () => {
  const importing = (...more: string[]): Promise<Ended> =>
    tacho('import', 'speedtest', join(folder, 'tests.csv'), '--agent', 'brisbane', '--timezone', 'Australia/Brisbane', ...more);
  const counts = { rows: 5, imported: 2, failed_tests: 1, refused: 2 };

  beforeAll(() => {
    writeFileSync(join(folder, 'tests.csv'), FILE);
  });

  test('a dry run says what would come of the file and stores nothing', async () => {
    const { code, stdout } = await importing('--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ...counts, dry_run: true, stored: 0, duplicates: 0 });
    expect((await server.request('GET', '/api/results?kind=speedtest')).json.items).toEqual([]);
  });

  test('every row is stored, or refused with its line and reason; twice stores once', async () => {
    const first = await importing();
    expect(first.stderr).toBe('');
    expect(first.stdout.split('\n').slice(1)).toEqual([
      '  2 tests',
      '  1 tests that failed',
      '  2 rows refused',
      'Imported for brisbane: 3 new',
      '  line 5: invalid ping_ms: expected a number, got "fast"',
      '  line 6: invalid time: expected YYYY-MM-DD HH:MM:SS, got "not a time"',
      '',
    ]);
    expect((await importing()).stdout).toContain('Imported for brisbane: nothing new: all 3 were there before\n');
    expect(JSON.parse((await importing('--json')).stdout)).toMatchObject({ ...counts, stored: 0, duplicates: 3 });
    expect((await server.request('GET', '/api/results?kind=speedtest')).json.items).toHaveLength(3);
  });

  test('rows that are long beyond reason go in several requests, and are judged like any other', { timeout: 120_000 }, async () => {
    const url = 'x'.repeat(120_000);
    const lines = Array.from({ length: 150 }, (_, i) => `2016-01-01 00:${String(i % 60).padStart(2, '0')},${i + 1},${url}`);
    writeFileSync(join(folder, 'long.csv'), ['time,ping,result_url', ...lines, `2016-01-01 00:00,1,${url}${url}`].join('\n'));
    const { stdout, stderr } = await tacho('import', 'speedtest', join(folder, 'long.csv'), '--agent', 'long', '--timezone', 'UTC', '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ rows: 151, imported: 150, stored: 150, refused: 1, refusals: [{ line: 152 }] });
  });

  test('the report has the figures of the rows, as text, as JSON, and in a file', async () => {
    const period = ['--start', '2017-10-13', '--end', '2017-10-15'];
    const text = await tacho('report', ...period);
    expect(text.stdout).toBe(`${'='.repeat(60)}
FLEET SPEED TEST REPORT - 2017-10-13T00:00:00 to 2017-10-15T00:00:00
${'='.repeat(60)}

Fleet Summary:
  Total Tests: 2
  Failed Tests: 1
  Machines Tested: 1

Average Speeds:
  Download: 25.0 Mbps
  Upload: 2.0 Mbps
  Ping: 15.0 ms

Speed Range:
  Download: 20.0 - 30.0 Mbps
  Upload: 1.0 - 3.0 Mbps
  Ping: 10.0 - 20.0 ms

${'-'.repeat(60)}
Per-Machine Results:
${'-'.repeat(60)}

brisbane:
  Tests: 2
  Failed: 1
  Download: 25.0 Mbps
  Upload: 2.0 Mbps
  Ping: 15.0 ms
  Last Test: 2017-10-13T15:00:01

${'='.repeat(60)}
`);
    const json = await tacho('report', '--type', 'fleet', ...period, '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ test_count: 2, failed_count: 1, avg_download_mbps: 25, min_ping_ms: 10 });
    const output = join(folder, 'report.txt');
    expect(await tacho('report', ...period, '--output', output)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(output, 'utf8')).toBe(text.stdout);
  });

  test('of the last hours says so', async () => {
    expect((await tacho('report')).stdout).toContain('FLEET SPEED TEST REPORT - Last 24 Hours\n');
    expect((await tacho('report', '--hours', '168')).stdout).toContain('Last 168 Hours\n');
  });

  test.each([
    [['report', '--hours', '0'], 2, 'hours'],
    [['report', '--hours', '5', '--start', '2017-01-01'], 2, 'either hours or start_time'],
    [['report', '--type', 'weather'], 2, 'weather'],
    [['report', '--output', '/nowhere/at/all'], 1, 'cannot write the report'],
    [['import', 'speedtest', '/nowhere.csv', '--agent', 'a', '--timezone', 'UTC'], 1, 'there is no file /nowhere.csv'],
    [['import', 'speedtest', '/nowhere.csv', '--agent', 'a', '--timezone', 'Mars'], 2, 'unknown time zone'],
    [['import', 'speedtest', packageFile('package.json'), '--agent', 'a', '--timezone', 'UTC'], 2, 'not a header of speed tests'],
    [['import', 'speedtest', 'x.csv'], 2, '--agent'],
  ])('%j ends with %i and one clear line', async (args, code, message) => {
    const ended = await tacho(...args);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });
});

const telstra = join(process.env['TACHO_SHARED'] ?? '/nowhere', 'datasets/speedtests/telstra-brisbane.csv');

describe.skipIf(!existsSync(telstra))('18 months of real speed tests (skipped where TACHO_SHARED has none)', () => {
  test('import once, and report what the lines themselves say', { timeout: 180_000 }, async () => {
    const args = ['import', 'speedtest', telstra, '--agent', 'telstra', '--timezone', 'Australia/Brisbane', '--json'];
    const lines = readFileSync(telstra, 'utf8').trim().split('\n').slice(1);
    const first = JSON.parse((await tacho(...args)).stdout) as Record<string, number>;
    expect(first).toMatchObject({ rows: lines.length, stored: lines.length, duplicates: 0, refused: 0 });
    expect((first['imported'] ?? 0) + (first['failed_tests'] ?? 0)).toBe(lines.length);
    expect(JSON.parse((await tacho(...args)).stdout)).toMatchObject({ stored: 0, duplicates: lines.length });

    const [from, to] = [Date.UTC(2018, 0, 1), Date.UTC(2019, 0, 1)];
    const sums = { tests: 0, failed: 0, download: 0, upload: 0, ping: 0 };
    for (const line of lines) {
      const [start = '', , , , , ...cells] = line.split(',');
      const at = Date.parse(`${start.replace(' ', 'T')}+10:00`);
      if (at < from || at >= to) continue;
      const [ping = 0, download = 0, upload = 0] = cells.map(Number);
      if (download === 0 || upload === 0 || ping === 1_800_000) {
        sums.failed++;
        continue;
      }
      sums.tests++;
      sums.download += download;
      sums.upload += upload;
      sums.ping += ping;
    }
    const { stdout } = await tacho('report', '--start', '2018-01-01', '--end', '2019-01-01', '--json');
    const report = JSON.parse(stdout) as Record<string, number>;
    expect(report).toMatchObject({ test_count: sums.tests, failed_count: sums.failed, machine_count: 1 });
    expect(report['avg_download_mbps']).toBeCloseTo(sums.download / sums.tests, 8);
    expect(report['avg_upload_mbps']).toBeCloseTo(sums.upload / sums.tests, 8);
    expect(report['avg_ping_ms']).toBeCloseTo(sums.ping / sums.tests, 8);
  });
});
