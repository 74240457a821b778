import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { restoreBackup } from '../../../src/server/backup/restore.ts';
import { openDataDirectory } from '../../../src/server/data-directory.ts';
import { posted, startTestServer, type EnrolledAgent, type TestServer } from '../../support/server.ts';

const root = mkdtempSync(join(tmpdir(), 'tacho-backup-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(root, `backup-${(count += 1)}`);

let server: TestServer;
let agent: EnrolledAgent;
const START = Date.now() - 3_600_000;

beforeEach(async () => {
  server = await startTestServer();
  agent = await server.agent('sender');
});
afterEach(async () => server.close());

/** Sends results `from` to `to` of the agent's spool, one a second since an hour ago. */
const send = async (from: number, to: number): Promise<number> => {
  const results = Array.from({ length: to - from + 1 }, (_, i) => ({
    ...posted({ started_at: new Date(START + (from + i) * 1000).toISOString(), destination: undefined }),
    seq: from + i,
  }));
  const { status, json } = await server.request('POST', '/api/results', { token: agent.credential, json: { epoch: 'e1', results } });
  expect(status).toBe(200);
  return json.stored as number;
};
const stored = async (): Promise<number> => {
  const text = (await server.request('GET', '/metrics')).text;
  return Number(/^tacho_store_results (\d+)$/m.exec(text)?.[1]);
};
const backUp = (directory: string) => server.request('POST', '/api/backup', { json: { directory } });
/** Stops the server, restores, and starts it on the same directory. */
const restore = async (from: string): Promise<string | null> => {
  let aside: string | null = null;
  server = await server.restart({}, async (data) => {
    const directory = openDataDirectory(data);
    ({ aside } = await restoreBackup({ from, directory, replace: true, now: Date.now() }));
    directory.release();
  });
  return aside;
};

describe('a backup', () => {
  test('made while results arrive holds everything acknowledged before it, and becomes a server again', async () => {
    await send(1, 500);
    const directory = freshPath();
    let backup: ReturnType<typeof backUp> | undefined;
    let before = 0;
    for (let batch = 0; batch < 40; batch++) {
      const sending = send(501 + batch * 50, 550 + batch * 50);
      if (batch === 10) {
        before = 500 + batch * 50;
        backup = backUp(directory);
      }
      await sending;
    }
    const answer = await backup;
    expect(answer?.status).toBe(201);
    expect(answer?.json).toMatchObject({ control: 'sqlite', files: { 'results.duckdb': {}, 'control.sqlite': {}, token: {} } });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of ['results.duckdb', 'control.sqlite', 'token', 'backup.json']) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);

    const aside = await restore(directory);
    expect(aside).toContain('before-restore-');
    const kept = await stored();
    expect(kept).toBeGreaterThanOrEqual(before);
    expect(kept % 50).toBe(0);
    expect((await server.request('GET', '/api/agents/sender')).json).toMatchObject({ id: agent.id });
  });

  test('that is older than the agents loses what came since, doubles nothing, and shows the gap', async () => {
    expect(await send(1, 100)).toBe(100);
    const directory = freshPath();
    await backUp(directory);
    expect(await send(101, 200)).toBe(100);
    await restore(directory);
    // The agent was told that 200 are durable, so it goes on after them.
    expect(await send(201, 300)).toBe(100);
    expect(await send(201, 300)).toBe(0);
    expect(await stored()).toBe(200);
    const query = `?metric=rtt_avg_ms&kind=ping&bucket_s=1&from=${new Date(START).toISOString()}&to=${new Date(START + 400_000).toISOString()}`;
    const [line] = (await server.request('GET', `/api/series${query}`)).json.items as { at: string[] }[];
    const seconds = line?.at.map((at) => Math.floor(Date.parse(at) / 1000) - Math.floor(START / 1000)) ?? [];
    expect(seconds.filter((second) => second > 102 && second < 199)).toEqual([]);
    expect(seconds).toHaveLength(200);
    const control = await server.control(agent.credential);
    control.socket.close();
  });

  test('goes into an empty directory only, and by an absolute path', async () => {
    const directory = freshPath();
    expect((await backUp(directory)).status).toBe(201);
    expect((await backUp(directory)).json.error.code).toBe('conflict');
    expect((await backUp('here')).json.error.code).toBe('invalid_request');
    expect((await backUp('/dev/null/x')).json.error.code).toBe('unavailable');
  });

  test('that is damaged or was cut short is not restored, and nothing is moved for it', async () => {
    const directory = freshPath();
    await backUp(directory);
    const file = join(directory, 'control.sqlite');
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(restore(directory)).rejects.toThrow('control.sqlite is not as it was written');
    rmSync(join(directory, 'backup.json'));
    server = await startTestServer();
    await expect(restore(directory)).rejects.toThrow('no backup in');
    server = await startTestServer();
  });
});
