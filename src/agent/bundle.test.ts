import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Script } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleAgent } from '../../scripts/bundle-agent.ts';
import { eventually } from '../../test/support/eventually.ts';
import { FakeServer } from '../../test/support/fake-server.ts';
import { findOldNode } from '../../test/support/old-node.ts';

const oldNode = findOldNode();
const skipOld = oldNode === null ? ' (skipped: no Node older than 24 on this machine)' : '';

/** The program as it is shipped: one file, away from the checkout and its packages. */
describe('bundled agent', () => {
  let home: string;
  let program: string;
  let dir: string;
  let count = 0;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tacho-bundle-'));
    program = join(home, 'agent.mjs');
    await bundleAgent(program);
  });
  beforeEach(() => {
    dir = join(home, `agent-${++count}`);
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  function launch(
    args: readonly string[],
    { channel = false } = {},
  ): { child: ChildProcess; ended: Promise<{ code: number | null; stdout: string; stderr: string }> } {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
      env: { PATH: process.env['PATH'], HOME: home },
    });
    const out = child.stdout === null ? '' : text(child.stdout);
    const err = child.stderr === null ? '' : text(child.stderr);
    // Not 'close', which never comes after a channel was disconnected from this side.
    const ended = once(child, 'exit').then(async ([code]) => ({ code: code as number | null, stdout: await out, stderr: await err }));
    return { child, ended };
  }

  async function withServer(action: (server: FakeServer) => Promise<void>): Promise<void> {
    const server = await new FakeServer({ heartbeatMs: 200 }).start();
    try {
      await action(server);
    } finally {
      await server.stop();
    }
  }

  test('enrols with a token from standard input, measures this machine, and ends with 0 on SIGTERM', async () => {
    await withServer(async (server) => {
      server.setSchedule([
        {
          ...{ job_id: 1, job: 'self', revision: 1, kind: 'system', destination: null, made_at: Date.now(), spec: { sample_ms: 100 } },
          timetable: { intervalMs: 60_000, cron: null, timeZone: 'UTC', windows: [], since: Date.now(), until: null },
        },
      ]);
      const { child, ended } = launch(['--server', server.url, '--dir', dir, '--token-file', '-', '--label', 'site=hq', '--label', 'isp=x']);
      child.stdin?.end('enrol-me\n');
      await eventually(() => server.ledger.length === 1);
      expect(server.ledger[0]?.result).toMatchObject({ kind: 'system', status: 'success', destination: null });
      expect(server.messages[0]).toMatchObject({ type: 'hello', labels: { site: 'hq', isp: 'x' }, capabilities: { system: { available: true } } });
      child.kill('SIGTERM');
      const { code, stdout, stderr } = await ended;
      expect(code).toBe(0);
      expect(stdout).toBe('');
      const [credential = ''] = server.enrolled.keys();
      expect(stderr).toContain('agent stopped');
      expect(stderr).not.toContain(credential);
      expect(stderr).not.toContain('enrol-me');
    });
  });

  test('ends with 3 where it was revoked', async () => {
    await withServer(async (server) => {
      const tokenFile = join(home, 'token');
      await writeFile(tokenFile, 'enrol-me');
      const { ended } = launch(['--server', server.url, '--dir', dir, '--token-file', tokenFile]);
      await eventually(() => server.connected === 1 && server.messages.length > 0);
      server.revoke();
      const { code, stderr } = await ended;
      expect(code).toBe(3);
      expect(stderr).toContain('this agent was revoked');
    });
  });

  test('ends when the process that started it has gone', async () => {
    await withServer(async (server) => {
      const { child, ended } = launch(['--server', server.url, '--dir', dir, '--token-file', '-'], { channel: true });
      child.stdin?.end('enrol-me');
      await eventually(() => server.connected === 1);
      child.disconnect();
      expect((await ended).code).toBe(0);
    });
  });

  test.each([
    [['--frobnicate'], 2, '--frobnicate'],
    [['--server', 'http://192.0.2.1'], 2, 'refused plain http'],
    [['--server', 'http://127.0.0.1:9', '--token-file', '/nowhere'], 2, 'cannot read --token-file /nowhere'],
    [['--server', 'http://127.0.0.1:9'], 1, 'expected an enrolment token'],
    [[], 2, 'expected --server URL'],
  ])('%j is refused with %i', async (args, expected, message) => {
    const { child, ended } = launch([...args, '--dir', dir]);
    child.stdin?.end();
    const { code, stderr } = await ended;
    expect(stderr).toContain(message);
    expect(code).toBe(expected);
  });

  test('prints its usage and version', async () => {
    expect((await launch(['--help']).ended).stdout).toContain('--token-file FILE');
    expect((await launch(['--version']).ended).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  /** Node takes a file for a module or for a script by its name and by the package.json beside it. */
  async function inEveryForm(): Promise<string[]> {
    const asModule = join(home, 'as-module');
    await mkdir(asModule, { recursive: true });
    await writeFile(join(asModule, 'package.json'), '{"type":"module"}');
    const forms = [join(home, 'agent.js'), join(home, 'agent.cjs'), join(asModule, 'agent.js')];
    for (const form of forms) await copyFile(program, form);
    return [program, ...forms];
  }

  test('runs as a module and as a script', async () => {
    for (const form of await inEveryForm()) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [form, '--version'], { encoding: 'utf8' });
      expect({ form, status, stdout, stderr }).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
        stderr: '',
      });
    }
  });

  test('has no import that would be resolved before its first line', async () => {
    // A script has neither import statements nor an await of its own.
    const code = await readFile(program, 'utf8');
    expect(() => new Script(code)).not.toThrow();
    expect(code).toMatch(/^if \(!\(parseInt\(process\.versions\.node, 10\) >= 24\)\) \{/);
  });

  test.skipIf(oldNode === null)(`says in one line that an older Node will not do${skipOld}`, async () => {
    for (const form of await inEveryForm()) {
      const { status, stdout, stderr } = spawnSync(oldNode ?? '', [form, '--help'], { encoding: 'utf8' });
      expect(stderr).toMatch(/^tacho agent: expected Node\.js 24 or newer, got v\d+\.\d+\.\d+\n$/);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    }
  });
});
