import fc from 'fast-check';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../test/support/arbitraries.ts';
import { resultInput } from '../model/result.ts';
import type { ImportedRow, TextPieces } from './importer.ts';
import { speedtestCsv } from './speedtest-csv.ts';

const HEADER = 'datetimestart,datetimestop,provider,server,distance,ping,download,upload';
const ROW = '2017-10-13 23:30:01,2017-10-13 23:30:29,Telstra Internet,Internode (Brisbane),5.31,19.176,32.37,1.11';

async function read(text: TextPieces, timeZone = 'Australia/Brisbane'): Promise<ImportedRow[]> {
  const rows: ImportedRow[] = [];
  for await (const row of speedtestCsv(typeof text === 'string' ? [text] : text, { timeZone })) rows.push(row);
  return rows;
}
const refusals = (rows: ImportedRow[]) => rows.flatMap((row) => ('refused' in row ? [[row.line, row.refused]] : []));
const results = (rows: ImportedRow[]) => rows.flatMap((row) => ('result' in row ? [row.result] : []));

describe('speed tests from a CSV file', () => {
  test('a row becomes a result in our units and in UTC', async () => {
    expect(await read(`${HEADER}\n${ROW}\n`)).toEqual([
      {
        line: 2,
        result: {
          kind: 'speedtest',
          started_at: '2017-10-13T13:30:01.000Z',
          duration_ms: 28_000,
          status: 'success',
          failure: null,
          metrics: { download_mbps: 32.37, upload_mbps: 1.11, ping_ms: 19.176 },
          labels: { isp: 'Telstra Internet', server_name: 'Internode (Brisbane)', server_location: 'Brisbane' },
          details: { server_distance_km: 5.31 },
        },
      },
    ]);
  });

  test('zeros and the time of a latency that was never measured are a failed test, and no metric', async () => {
    const rows = await read(`Time,Ping,Download,Upload\n2019-01-01 00:00,1800000,0.0,0.0\n2019-01-01 00:30,17.8,33.1,0\n`);
    expect(results(rows)).toMatchObject([
      { status: 'failed', failure: { code: 'test_failed' }, metrics: {}, details: { raw: { ping_ms: 1_800_000, download_mbps: 0, upload_mbps: 0 } } },
      { status: 'failed', metrics: { ping_ms: 17.8, download_mbps: 33.1 }, details: { raw: { upload_mbps: 0 } } },
    ]);
    expect(Object.keys(results(rows)[1]?.metrics ?? {})).toEqual(['download_mbps', 'ping_ms']);
  });

  test('what is no test is refused with its line and reason', async () => {
    const lines = [
      'yesterday,1,2,3',
      '2019-01-01 00:00,x,2,3',
      '2019-01-01 00:00,1,-2,3',
      '2019-01-01 00:00,1,2',
      '2019-01-01 00:00,,,',
      '2019-01-01 00:00,1,32370000,3',
    ];
    const rows = await read(`time,ping,download,upload\n${lines.join('\n')}\n2019-01-01 00:00,1,2,3`);
    expect(refusals(rows)).toEqual([
      [2, 'invalid time: expected YYYY-MM-DD HH:MM:SS, got "yesterday"'],
      [3, 'invalid ping_ms: expected a number, got "x"'],
      [4, 'invalid download_mbps: expected a number of at least 0, got -2'],
      [5, 'expected 4 fields as in the header, got 3'],
      [6, 'no figures: expected download, upload or ping'],
      [7, 'invalid download_mbps: expected Mbit/s, at most 1000000, got 32370000; is it bits a second?'],
    ]);
    expect(rows).toHaveLength(7);
  });

  test('a time that clocks skipped is refused, and one with a zone of its own needs none', async () => {
    const rows = await read('time,ping\n2024-03-31 02:30,5\n2024-03-31T02:30:00+00:00,5\n2024-03-31T02:30:00Z,5\n', 'Europe/Berlin');
    expect(refusals(rows)).toEqual([[2, 'no such time in Europe/Berlin: clocks were put forward over 2024-03-31 02:30']]);
    expect(results(rows).map((result) => result.started_at)).toEqual(['2024-03-31T02:30:00.000Z', '2024-03-31T02:30:00.000Z']);
  });

  test.each([
    ['', 'the file is empty: expected a header'],
    ['a,b\n1,2\n', 'not a header of speed tests: expected a column for the time, one of'],
    ['time,b\n1,2\n', 'not a header of speed tests: expected a column download, upload or ping'],
    ['"time,ping\n1,2', 'not a header of speed tests: a quote is not closed'],
  ])('%j is no such file', async (text, message) => {
    const rows = await read(text);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ line: 1, fatal: true, refused: expect.stringContaining(message) as unknown });
  });

  test('whatever a file holds, every row is a valid result or refused, in order, and none is lost', async () => {
    const cell = fc.oneof(
      anyText(),
      fc.constantFrom('2019-01-01 00:00', '0', '-1', '1e999', '1800000', '12.5', 'NaN', '0x10', '"', ',', '2024-03-31 02:30'),
    );
    const line = fc.array(cell, { maxLength: 9 }).map((cells) => cells.join(','));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const rows = await read(`${HEADER}\n${lines.join('\n')}`, 'Europe/Berlin');
        let last = 1;
        for (const row of rows) {
          expect(row.line).toBeGreaterThan(last);
          last = row.line;
          if ('result' in row) expect(resultInput.safeParse({ ...row.result, agent: 'a' }).error).toBeUndefined();
          else expect(row.refused).not.toBe('');
        }
        if (!lines.some((text) => /["\r\n]/.test(text))) expect(rows).toHaveLength(lines.filter((text) => text !== '').length);
      }),
      { numRuns: 300 },
    );
  });
});

const file = join(process.env['TACHO_SHARED'] ?? '/nowhere', 'datasets/speedtests/telstra-brisbane.csv');

describe.skipIf(!existsSync(file))('18 months of real speed tests (skipped where TACHO_SHARED has none)', () => {
  test('every row is imported or a failed test, and the figures agree with the lines themselves', { timeout: 120_000 }, async () => {
    const rows = await read(createReadStream(file, { encoding: 'utf8' }) as AsyncIterable<string>);

    // By another way: the lines cut at commas, in hours that Brisbane is ahead of UTC all year.
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .filter((text) => text !== '')
      .map((text) => text.split(','));
    const isBroken = ([ping, download, upload]: number[]): boolean => Number(ping) >= 1_800_000 || download === 0 || upload === 0;
    const figures = lines.map((cells) => cells.slice(5).map(Number));
    const good = figures.filter((values) => !isBroken(values));
    expect([rows.length, refusals(rows).length]).toEqual([lines.length, 0]);
    const found = results(rows);
    expect(found.map(({ started_at }) => started_at)).toEqual(
      lines.map(([start = '']) => new Date(Date.parse(`${start.replace(' ', 'T')}+10:00`)).toISOString()),
    );
    const succeeded = found.filter(({ status }) => status === 'success');
    expect([succeeded.length, found.length - succeeded.length]).toEqual([good.length, figures.length - good.length]);
    expect(figures.length - good.length).toBeGreaterThan(0);
    expect(succeeded.map(({ metrics }) => [metrics?.['ping_ms'], metrics?.['download_mbps'], metrics?.['upload_mbps']])).toEqual(good);
  });
});
