import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPostgresCluster, postgresMissing, type PostgresCluster } from '../../../test/support/postgres-cluster.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../../../test/support/server-program.ts';
import { packageFile } from '../../util/files.ts';
import { runProcess, type ProcessOutcome } from '../../util/process.ts';

if (postgresMissing !== null) console.warn(`skipped: tacho migrate-control, because ${postgresMissing}`);

describe.skipIf(postgresMissing !== null)('tacho migrate-control', () => {
  let cluster: PostgresCluster;
  let data: string;
  let url: string;
  let config: string;
  let running: { readonly command: ServerProgram; readonly url: string } | null = null;

  beforeAll(async () => {
    cluster = await createPostgresCluster();
    url = await cluster.createDatabase();
    data = mkdtempSync(join(tmpdir(), 'tacho-migrate-'));
    config = join(data, 'postgres.yaml');
    writeFileSync(config, `database_url: ${JSON.stringify(url)}\n`);
  });

  afterAll(async () => {
    await stop();
    await cluster.remove();
    rmSync(data, { recursive: true, force: true });
  });

  const start = async (...args: string[]): Promise<void> => {
    const command = startServerProgram({ data, args, env: { TACHO_DEFAULT_DESTINATIONS: 'loopback', TACHO_LOG_LEVEL: 'error' } });
    running = { command, url: await command.ready };
  };
  const stop = async (): Promise<void> => {
    running?.command.kill('SIGTERM');
    await running?.command.ended;
    running = null;
  };
  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, running?.url), {
      method,
      headers: { authorization: `Bearer ${tokenOf(data)}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    expect(response.ok).toBe(true);
    return response.json();
  };
  const everything = () => Promise.all(['/api/agents', '/api/destinations', '/api/jobs', '/api/enrollment-tokens'].map((path) => api('GET', path)));
  const tacho = (...args: string[]): Promise<ProcessOutcome> =>
    runProcess(process.execPath, [packageFile('bin/tacho.js'), 'migrate-control', '--data', data, ...args], {
      // A database of whoever runs the tests is none of theirs.
      env: { DATABASE_URL: '', TACHO_DATABASE_URL: '' },
    });

  test('moves a server from SQLite to PostgreSQL, and it goes on as before', async () => {
    await start();
    await api('POST', '/api/enrollment-tokens', { name: 'rack "1"', max_uses: 5, expires_at: null });
    await api('POST', '/api/destinations', { name: '名前', host: '127.0.0.1' });
    const before = await everything();
    expect(JSON.stringify(before)).toContain('名前');

    const refused = await tacho('--config', config);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`tacho: another server is using ${data} (${running?.url ?? ''}, process `);
    await stop();

    const moved = await tacho('--config', config, '--json');
    expect(moved.stderr).toBe('');
    const answer = JSON.parse(moved.stdout) as { from: string; to: string; tables: { table: string; rows: number }[] };
    expect(answer.from).toBe(join(data, 'control.sqlite'));
    expect(answer.to).toMatch(/^postgresql:\/\/tacho@\/test_1 /);
    expect(answer.tables).toContainEqual({ table: 'enrolment_tokens', rows: 1 });

    await start('--config', config);
    expect(await everything()).toEqual(before);
    const ids = ((await api('GET', '/api/destinations')) as { items: { id: number }[] }).items.map(({ id }) => id);
    const next = (await api('POST', '/api/destinations', { name: 'next', host: '127.0.0.1' })) as { id: number };
    expect(next.id).toBe(Math.max(...ids) + 1);
    expect(await cluster.query(url, `select name from destinations where id = ${next.id}`)).toEqual([{ name: 'next' }]);
    await stop();

    const again = await tacho('--to', url);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toMatch(/^tacho: postgresql:\/\/tacho@\/test_1 .* is not empty: expected no row in destinations, got \d+\n$/);
  });

  test('says what it copied, for people', async () => {
    const other = await cluster.createDatabase();
    const { exitCode, stdout } = await tacho('--from', `sqlite:///${join(data, 'control.sqlite')}`, '--to', other);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`Copied ${join(data, 'control.sqlite')} to postgresql://tacho@/test_2 (socket in ${cluster.socket}):`);
    expect(lines.at(-2)).toBe('Start the server with this DATABASE_URL from now on. The file is as it was and no longer used.');
    const counted = lines.slice(1, -2).map((line) => /^ {2}(\w+) +(\d+)$/.exec(line)?.slice(1));
    expect(counted).toContainEqual(['agents', '0']);
    expect(counted).toContainEqual(['enrolment_tokens', '1']);
    expect(counted).toContainEqual(['tokens', '1']);
    expect(counted).not.toContain(undefined);
  });

  test.each([
    [[], 'no target: expected postgresql://USER:PASSWORD@HOST/DATABASE in DATABASE_URL, or --to'],
    [['--to', 'sqlite:///x.sqlite'], 'no target: expected postgresql://USER:PASSWORD@HOST/DATABASE in DATABASE_URL, or --to'],
    [['--to', 'postgresql://h/d', '--from', 'control.sqlite'], 'invalid --from: expected sqlite:///FILE'],
  ])('%j is bad usage', async (args, complaint) => {
    expect(await tacho(...args)).toMatchObject({ exitCode: 2, stdout: '', stderr: `tacho: ${complaint}\n` });
  });
});
