import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { places, tacho } from '../../../test/support/command-line.ts';
import { startTestServer } from '../../../test/support/server.ts';

test('says that a running server is well, where it is and since when', async () => {
  const server = await startTestServer();
  try {
    const { code, out, err } = await tacho(['health', '--data', server.data]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^ok: Tachograph 0\\.0\\.0-test at ${server.url}, up [\\d.]+ s\n$`));
    // Needs no token, wherever the server is.
    const json = await tacho(['health', '--url', server.url, '--json'], { env: { TACHO_DATA: join(server.data, 'none') } });
    expect(JSON.parse(json.out)).toMatchObject({ url: server.url, status: 'ok', version: '0.0.0-test' });
  } finally {
    await server.close();
  }
});

test('fails where no server runs, whether there is data or not', async () => {
  const open = places['data on which no server runs'];
  const place = await open?.();
  const empty = mkdtempSync(join(tmpdir(), 'tacho-none-'));
  try {
    for (const data of [place?.data ?? '', empty]) {
      const expected = `tacho: no server is running on ${data}: start one with tacho server, or name it with --data or --url\n`;
      expect(await tacho(['health', '--data', data])).toEqual({ code: 1, out: '', err: expected });
    }
  } finally {
    await place?.close();
    rmSync(empty, { recursive: true });
  }
});
