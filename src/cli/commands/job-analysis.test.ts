import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, type Place } from '../../../test/support/command-line.ts';

const minute = (index: number): string => new Date(Date.UTC(2024, 0, 1, 9, index)).toISOString();

describe.each(Object.entries(places))('tacho jobs metrics, analytics and export, over %s', (_, open) => {
  let place: Place;
  let folder: string;
  beforeAll(async () => {
    place = await open();
    folder = mkdtempSync(join(tmpdir(), 'tacho-export-'));
    await place.request('POST', '/api/destinations', { name: 'example', host: 'example.org' });
    await place.request('POST', '/api/jobs', { name: 'edge', interval: 60, kinds: ['ping'], destinations: ['example'], enabled: false });
    const common = { agent: 'somebody', destination: 'example', job: 'edge', kind: 'ping' };
    const failure = { source: 'network', code: 'no_reply', message: 'no reply' };
    const results = Array.from({ length: 12 }, (__, index) => ({
      ...common,
      started_at: minute(index),
      status: 'success',
      metrics: { rtt_avg_ms: 10 + index },
    }));
    await place.request('POST', '/api/results', {
      results: [...results, { ...common, started_at: minute(12), status: 'failed', failure, metrics: {} }],
    });
  });
  afterAll(async () => {
    await place.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('metrics lists the newest results, oldest of them first', async () => {
    expect((await place.tacho('jobs', 'metrics', 'edge', '--limit', '2')).out).toBe(
      [
        'TIME                 AGENT     DESTINATION  METRIC  STATUS   RESPONSE  FAILURE',
        '2024-01-01 09:11:00  somebody  example      ping    success     21 ms  -',
        '2024-01-01 09:12:00  somebody  example      ping    failed          -  no reply',
        '',
      ].join('\n'),
    );
    expect(await place.json('jobs', 'metrics', 'edge', '--status', 'failed')).toMatchObject([{ failure_code: 'no_reply', response_time_ms: null }]);
    expect(await place.tacho('jobs', 'metrics', 'edge', '--hours', '1')).toEqual({ code: 0, out: '', err: 'no results\n' });
  });

  test('analytics says figures, trend and success rate', async () => {
    expect(await place.tacho('jobs', 'analytics', 'edge', '--from', '2024-01-01', '--to', '2024-01-02')).toEqual({
      code: 0,
      out: [
        'DESTINATION  AGENT  KIND  METRIC      COUNT      MEAN    MEDIAN       P95    MAX  SUCCESS  TREND',
        'example      all    ping  rtt_avg_ms     12  15.50 ms  15.50 ms  20.45 ms  21 ms   92.3 %  increasing 110.0 %',
        '',
      ].join('\n'),
      err: 'edge, 2024-01-01 00:00:00 to 2024-01-02 00:00:00: 13 results, 92.3 % of those measured succeeded\n',
    });
    expect(await place.json('jobs', 'analytics', 'edge', '--from', '2024-01-01', '--by-agent')).toMatchObject({ items: [{ agent: 'somebody' }] });
  });

  test('export writes a file, whole or not at all, and never over another', async () => {
    const file = join(folder, 'edge.csv');
    expect(await place.tacho('jobs', 'export', 'edge', '--output', file)).toEqual({
      code: 0,
      out: expect.stringMatching(/: \d+(\.\d)? (bytes|kB)\n$/),
      err: '',
    });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(15);
    const again = await place.tacho('jobs', 'export', 'edge', '--output', file, '--from', minute(10));
    expect(again).toEqual({ code: 1, out: '', err: `tacho: ${file} exists: --force replaces it\n` });
    expect(await place.json('jobs', 'export', 'edge', '--output', file, '--from', minute(10), '--force')).toMatchObject({ format: 'csv', file });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(5);

    const workbook = join(folder, 'edge.data');
    await place.json('jobs', 'export', 'edge', '--format', 'xlsx', '--output', workbook);
    // A zip archive begins so: the bytes came through as they are.
    expect(readFileSync(workbook).subarray(0, 4)).toEqual(Buffer.from([0x50, 0x4b, 3, 4]));
  });

  test('export says what is wrong, and leaves nothing behind', async () => {
    const missing = join(folder, 'nobody.csv');
    expect(await place.tacho('jobs', 'export', 'nobody', '--output', missing)).toEqual({
      code: 1,
      out: '',
      err: 'tacho: no job is called or numbered "nobody"; tacho jobs list shows what there is\n',
    });
    expect((await place.tacho('jobs', 'export', 'edge', '--output', join(folder, 'edge.docx'))).err).toBe(
      'tacho: invalid --format: expected one of xlsx, csv, json, ndjson, got "docx"\n',
    );
    expect((await place.tacho('jobs', 'export', 'edge')).err).toContain('missing --output');
    writeFileSync(join(folder, 'file'), '');
    expect((await place.tacho('jobs', 'export', 'edge', '--output', join(folder, 'file', 'x.csv'))).err).toContain('cannot write');
    expect(() => readFileSync(`${missing}.part`)).toThrow('ENOENT');
  });
});
