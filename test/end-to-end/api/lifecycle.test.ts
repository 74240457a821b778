import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { posted, startTestServer } from '../../support/server.ts';
import { readServerFile } from '../../../src/server/data-directory.ts';
import { startServerProgram, tokenOf as tokenIn, type ServerProgram } from '../../support/server-program.ts';
import { TestSocket } from '../../support/web-socket.ts';

let data = '';
let started: ServerProgram[] = [];
const start = (directory: string, more: { args?: readonly string[]; env?: Record<string, string> } = {}): ServerProgram => {
  const server = startServerProgram({ data: directory, ...more });
  started.push(server);
  return server;
};

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'tacho-lifecycle-'));
});
afterEach(async () => {
  for (const server of started) await server.end();
  started = [];
  rmSync(data, { recursive: true, force: true });
});

const tokenOf = (): string => tokenIn(data);
const call = async (url: string, path: string, body?: unknown): Promise<{ status: number; json: Record<string, unknown> }> => {
  const response = await fetch(new URL(path, url), {
    headers: { authorization: `Bearer ${tokenOf()}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};

describe('tacho server', () => {
  test('says where it is, keeps its secrets to its owner, and ends on SIGTERM with everything kept', async () => {
    const first = start(data, { env: { TACHO_LOG_LEVEL: 'info' } });
    const url = await first.ready;
    expect(readServerFile(data)).toMatchObject({ url, pid: first.pid });
    const results = Array.from({ length: 500 }, (_, i) => posted({ agent: 'kept', run: `r${i}` }));
    expect((await call(url, '/api/results', { results })).json).toMatchObject({ stored: 500 });
    const there = readdirSync(data);
    expect(there).toEqual(expect.arrayContaining(['control.sqlite', 'results.duckdb', 'results.duckdb.wal', 'server.json', 'server.lock', 'token']));
    for (const name of there) expect([name, statSync(join(data, name)).mode & 0o777]).toEqual([name, 0o600]);
    first.kill('SIGTERM');
    const { code, signal, stdout, stderr } = await first.ended;
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ msg: 'server stopped' });
    expect([code, signal]).toEqual([0, null]);
    expect(readServerFile(data)).toBeNull();
    expect(stdout).toContain(`Sign in once, within 15 minutes: ${url}/login#tacho_l_`);
    expect(stderr).not.toContain('"level":50');
    expect(`${stdout}${stderr}`).not.toContain(tokenOf());

    const second = start(data);
    const listed = await call(await second.ready, '/api/results?agent=kept&limit=1000');
    expect(listed.json['items']).toHaveLength(500);
    second.kill('SIGINT');
    expect(await second.ended).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Sign in once') });
  });

  test('ends within seconds though a sender dawdles, a listener is deaf and connections are kept open', async () => {
    const { kill, ended, ready } = start(data);
    const url = await ready;
    const { hostname, port } = new URL(url);
    const dawdler = connect(Number(port), hostname);
    dawdler.on('error', () => undefined);
    dawdler.write('POST /api/session HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"link":');
    const idle = connect(Number(port), hostname);
    idle.on('error', () => undefined);
    const listener = await TestSocket.open(`${url}/ws`, { authorization: `Bearer ${tokenOf()}` });
    listener.socket.pause();
    // Asked after the dawdler, so his request has arrived when this is answered.
    await call(url, '/api/agents');
    kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(readServerFile(data)).toBeNull();
    dawdler.destroy();
    idle.destroy();
    listener.socket.terminate();
  });

  test('refuses a data directory that another server uses, and says which', async () => {
    const first = start(data);
    const url = await first.ready;
    const { code, stderr, stdout } = await start(data).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(`tacho: another server is using ${data} (${url}, process ${first.pid}): stop it, or choose another directory with --data\n`);
    expect((await call(url, '/api/health')).status).toBe(200);
    expect(readServerFile(data)).toMatchObject({ url });
  });

  test('starts over what a kill left behind', async () => {
    const first = start(data);
    await first.ready;
    first.kill('SIGKILL');
    await first.ended;
    expect(readServerFile(data)).not.toBeNull();
    const second = start(data);
    const url = await second.ready;
    expect(readServerFile(data)).toMatchObject({ url, pid: second.pid });
    expect((await call(url, '/api/agents')).status).toBe(200);
  });

  test('says in one line that its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await start(data, { args: ['--port', String(port)] }).ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^tacho: cannot listen on 127\\.0\\.0\\.1, port ${port}: .+--port$`, 'm'));
    expect(readServerFile(data)).toBeNull();
  });

  test('says which line of its configuration is wrong, and exits with 2', async () => {
    const file = join(data, 'tacho.yaml');
    writeFileSync(file, 'port: high\nheartbeat_ms: 5\ncolour: red\napp:\n  logging:\n    level: loud\n');
    const { code, stderr, stdout } = await start(data, { args: ['--config', file, '--log-level', 'chatty'], env: { TACHO_HOST: '' } }).ended;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}: invalid port: expected a port from 0 to 65535 (0 picks a free one), got "high"`);
    expect(stderr).toContain(`${file}: invalid heartbeat_ms: expected milliseconds, 100 to 600000, got 5`);
    expect(stderr).toContain(`${file}: unknown key colour: expected one of data, `);
    expect(stderr).toContain(`${file}: invalid log_level: expected one of trace, debug`);
    expect(stderr).toContain('option --log-level: invalid log_level: expected one of trace, debug, info, warn, error, fatal, silent, got "chatty"');
    expect(stderr).not.toContain('    at ');
  });

  test.each([
    [['--config', '/nonexistent.yaml'], 'configuration file /nonexistent.yaml: not found'],
    [['--port', '70000'], 'option --port: invalid port: expected a port from 0 to 65535'],
    [['--speed', 'high'], "unknown option '--speed'"],
  ])('exits with 2 on %j', async (args, message) => {
    const { code, stderr } = await start(data, { args }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('says so when its data directory cannot be written', async () => {
    const file = join(data, 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await start(join(file, 'inside')).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tacho: cannot use data directory .+\n$/);
  });
});

describe('a server that is closed', () => {
  test('answers what it is in the middle of, and leaves nothing open', async () => {
    const server = await startTestServer();
    const results = Array.from({ length: 2000 }, (_, i) => posted({ agent: 'last', run: `r${i}` }));
    const posting = server.request('POST', '/api/results', { json: { results } });
    // Once the first answer is there, the batch before it on the same event loop is being stored.
    await server.request('GET', '/api/health');
    const next = await server.restart();
    const answer = await posting;
    expect(answer.json).toMatchObject({ stored: 2000 });
    const listed = await next.request('GET', '/api/results?agent=last&limit=1000');
    expect(listed.json.items).toHaveLength(1000);
    expect([...server.log, ...next.log]).toEqual([]);
    await next.close();
  });
});
