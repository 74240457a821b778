import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAgent } from '../../src/agent/agent.ts';
import { heartbeatWithin } from '../../src/agent/control-session.ts';
import { silentLog } from '../../src/agent/log.ts';
import { systemContext } from '../../src/probes/context.ts';
import { measure } from '../../src/probes/measure.ts';
import type { Assignment } from '../../src/protocol/messages.ts';
import { runProcess } from '../../src/util/process.ts';
import { eventually } from '../support/eventually.ts';
import { FakeServer } from '../support/fake-server.ts';

/** What a server that is not ours any more may try with an agent, the real one, and what becomes of it. */
describe('a hostile server', () => {
  let dir = '';
  let server: FakeServer;
  const stops: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-hostile-'));
    server = await new FakeServer({ heartbeatMs: 100 }).start();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function start(policy?: object): Promise<void> {
    await mkdir(join(dir, 'agent'), { recursive: true });
    if (policy !== undefined) await writeFile(join(dir, 'agent', 'policy.json'), JSON.stringify(policy));
    const stopping = new AbortController();
    const ended = runAgent(
      {
        ...{ server: server.url, dir: join(dir, 'agent'), name: 'edge', labels: {}, allowPlainHttp: false, version: '1.2.3', log: silentLog },
        ...{ readToken: () => Promise.resolve('enrol-me'), detect: () => Promise.resolve({}) },
      },
      stopping.signal,
    );
    stops.push(() => {
      stopping.abort();
      return ended;
    });
    await eventually(() => server.connected === 1 && server.messages.length > 0);
  }

  let job = 0;
  function order(kind: string, host: string | null, spec: Record<string, unknown> = {}): Assignment {
    const since = Date.now();
    job += 1;
    return {
      ...{ job_id: job, job: `job-${job}`, revision: 1, kind, spec, made_at: since },
      timetable: { intervalMs: 3_600_000, cron: null, timeZone: 'UTC', windows: [], since, until: null },
      destination: host === null ? null : { id: job, name: `d-${job}`, host },
    };
  }
  /** The result of each order, in their order. */
  async function outcomes(orders: readonly Assignment[]) {
    server.setSchedule(orders);
    await eventually(() => orders.every(({ job_id: id }) => server.ledger.some(({ result }) => result.job === id)));
    return orders.map(({ job_id: id }) => server.ledger.find(({ result }) => result.job === id)?.result);
  }
  async function web(answer: Parameters<typeof createHttp>[1]): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const http: Server = createHttp((request, response) => {
      asked.push(request.url ?? '');
      (answer as (request: unknown, response: unknown) => void)(request, response);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    stops.push(() => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    });
    return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked };
  }

  const hostileHosts = [
    '-c1 --flood',
    '--help',
    '-oProxyCommand=reboot',
    '$(reboot)',
    '`reboot`',
    '127.0.0.1; reboot',
    '127.0.0.1 -f',
    '127.0.0.1\n-f',
    '127.0.0.1\0',
    '| reboot',
    '../../etc/passwd',
    'file:///etc/passwd',
    'http://-f/',
    'a'.repeat(5000),
    '',
  ];

  test('with hosts that are options, commands or files starts no program with them', async () => {
    const started: string[][] = [];
    const context = {
      ...systemContext(dir),
      run: ((file, args, options) => {
        started.push([file, ...args]);
        return runProcess(file, args, options);
      }) as typeof runProcess,
      lookup: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    };
    for (const kind of ['ping', 'http', 'throughput', 'dns']) {
      for (const host of hostileHosts) {
        const { status, failure } = await measure({ kind, host, spec: {} }, context, new AbortController().signal);
        expect(status, `${kind} ${host.slice(0, 40)}`).not.toBe('success');
        expect(['invalid_target', 'not_found', 'no_server', 'tool_missing'], `${kind} ${host.slice(0, 40)}`).toContain(failure?.code);
      }
    }
    // Asking a tool for its version is all that was done.
    for (const [, ...args] of started) expect(args).toEqual(['--version']);
  });

  test('with kinds nobody knows and options that do not fit gets refusals, and nothing is run', async () => {
    await start();
    const orders = [
      order('shell', '127.0.0.1', { command: 'reboot' }),
      order('__proto__', '127.0.0.1'),
      order('constructor', '127.0.0.1'),
      order('ping', '127.0.0.1', { count: 1e12 }),
      order('ping', '127.0.0.1', { count: '1; reboot' }),
      order('ping', '127.0.0.1', { flood: true }),
      order('ping', null),
      order('system', '127.0.0.1'),
      order('http', '127.0.0.1', { method: 'DELETE' }),
      order('throughput', '127.0.0.1', { rate_mbps: 1e12 }),
      order('throughput', '127.0.0.1', { congestion: '--daemon' }),
      { ...order('ping', '127.0.0.1'), timetable: { ...order('ping', '127.0.0.1').timetable, intervalMs: 1 } },
    ].filter(({ kind }) => /^[a-z]/.test(kind));
    for (const result of await outcomes(orders)) {
      expect(result).toMatchObject({ status: 'skipped', failure: { source: 'agent' } });
      expect(['unknown_kind', 'refused_by_policy']).toContain(result?.failure?.code);
    }
  });

  test('gets no further than the policy, by address, name, option or redirect', async () => {
    const inside = await web((_request, response) => response.end('secret'));
    const redirecting = await web((_request, response) => response.writeHead(302, { location: `${inside.url}/stolen` }).end());
    const port = new URL(redirecting.url).port;
    await start({ destinations: { allow: ['127.0.0.1'], deny: ['127.0.0.2', '*.evil.example', '169.254.0.0/16'] } });
    const refused = [
      order('http', 'http://169.254.169.254/latest/meta-data/'),
      order('http', 'http://0xa9fea9fe/'),
      order('http', 'http://[::ffff:169.254.169.254]/'),
      order('ping', '127.0.0.2', { count: 1 }),
      order('ping', '::ffff:127.0.0.2', { count: 1 }),
      order('ping', 'a.evil.example', { count: 1 }),
      order('dns', 'example.org', { server: '127.0.0.2', tries: 1 }),
      order('dns', 'example.org', { server: '[::1]:53', tries: 1 }),
      order('throughput', '127.0.0.2'),
    ];
    const redirected = order('http', `http://127.0.0.1:${port}/`);
    const results = await outcomes([...refused, redirected]);
    for (const result of results.slice(0, -1)) expect(result).toMatchObject({ status: 'skipped', failure: { code: 'refused_by_policy' } });
    expect(results.at(-1)).toMatchObject({ status: 'success', metrics: { status_code: 302 } });
    expect(inside.asked).toEqual([]);
    expect(JSON.stringify(server.ledger)).not.toContain('secret');
  });

  test('under a broken policy gets loopback and nothing else', async () => {
    await start({ destinations: { alow: ['10.0.0.0/8'] } });
    const [far, near] = await outcomes([order('ping', '192.0.2.1', { count: 1 }), order('system', null, { sample_ms: 100 })]);
    expect(far).toMatchObject({ status: 'skipped', failure: { code: 'refused_by_policy' } });
    expect(far?.failure?.message).toContain('its file is broken');
    expect(near).toMatchObject({ status: 'success' });
  });

  test('with thousands of runs asked for at once gets no more than the policy lets begin', async () => {
    await start({ rates: { runs_per_minute: 5, runs_at_once: 2 } });
    const orders = Array.from({ length: 3 }, () => order('system', null, { sample_ms: 100 }));
    await outcomes(orders);
    for (let i = 0; i < 3000; i++) server.runNow(orders.map(({ job_id: id }) => id));
    const heard = server.messages.length;
    await eventually(() => server.messages.length > heard + 3 && server.ledger.some(({ result }) => result.status === 'skipped'));
    expect(server.ledger.filter(({ result }) => result.status === 'success').length).toBeLessThanOrEqual(6);
    expect(server.connected).toBe(1);
    expect(server.ledger.filter(({ result }) => result.status === 'skipped').length).toBeLessThanOrEqual(700);
  });

  const bomb = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const assignmentText = (spec: string): string =>
    `{"type":"schedule","schedule":{"version":"b","assignments":[{"job_id":1,"job":"j","revision":1,"kind":"ping","destination":{"id":1,"name":"d","host":"127.0.0.1"},` +
    `"made_at":"2026-11-22T12:00:00.000Z","timetable":{"interval_ms":60000,"cron":null,"time_zone":"UTC","windows":[],"since":"2026-11-22T12:00:00.000Z","until":null},"spec":${spec}}]}}`;
  test.each([
    ['that is no JSON', '{"type":'],
    ['of no type we know', '{"type":"exec","command":"reboot"}'],
    ['that is a bare number', '7'],
    ['nested a hundred thousand deep', bomb(100_000)],
    ['with options nested a hundred thousand deep', assignmentText(`{"x":${bomb(100_000)}}`)],
    [
      'with more assignments than there may be',
      JSON.stringify({ type: 'schedule', schedule: { version: 'x', assignments: Array.from({ length: 20_001 }, () => ({})) } }),
    ],
    ['of twenty megabytes', JSON.stringify({ type: 'schedule', pad: 'x'.repeat(20_000_000) })],
    ['that welcomes with a heartbeat of no time', '{"type":"welcome","heartbeat_ms":0}'],
    ['that asks for a million jobs at once', JSON.stringify({ type: 'run_now', job_ids: Array.from({ length: 1_000_000 }, (_, i) => i) })],
    [
      'that asks it to listen, which it does for nobody',
      '{"type":"listen","lease":"x","kind":"throughput","spec":{},"expires_at":"2099-01-01T00:00:00.000Z"}',
    ],
  ])('with a message %s ends its own connection at most; the agent goes on', async (_what, text) => {
    await start();
    server.sendRaw(text);
    const [result] = await (async () => {
      await eventually(() => server.connected === 1);
      const one = order('system', null, { sample_ms: 100 });
      server.setSchedule([one]);
      await eventually(() => {
        if (server.connected === 1 && server.ledger.length === 0) return false;
        return server.ledger.some(({ result: { job: id } }) => id === one.job_id);
      });
      return [server.ledger.find(({ result: { job: id } }) => id === one.job_id)?.result];
    })();
    expect(result).toMatchObject({ status: 'success' });
  });

  test('that welcomes with a heartbeat of a millisecond, or of thirty years, is not obeyed', async () => {
    expect(heartbeatWithin(1)).toBe(100);
    expect(heartbeatWithin(1e12)).toBe(600_000);
    expect(heartbeatWithin(15_000)).toBe(15_000);
    await server.stop();
    server = await new FakeServer({ heartbeatMs: 1 }).start();
    const began = performance.now();
    await start();
    await eventually(() => server.messages.length >= 4);
    // Three beats after the hello: a millisecond each would be over at once.
    expect(performance.now() - began).toBeGreaterThanOrEqual(300);
  });

  test('whose destination sends a body without end is read to the limit and no further', async () => {
    let sent = 0;
    const endless = await web((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    await start();
    const [result] = await outcomes([order('http', endless.url, { max_bytes: 200_000 })]);
    expect(result).toMatchObject({ status: 'success', metrics: { bytes: 200_000 }, details: { truncated: true } });
    expect(sent).toBeLessThan(50_000_000);
  });

  test('whose destination answers a byte at a time is left when its time is over', async () => {
    const slow: TcpServer = createTcp((socket) => {
      const timer = setInterval(() => socket.write('H'), 20);
      socket.on('close', () => clearInterval(timer));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => slow.close(resolve)));
    await start();
    const [result] = await outcomes([order('http', `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`, { timeout_ms: 300 })]);
    expect(['failed', 'timeout']).toContain(result?.status);
    expect(['target']).toContain(result?.failure?.source);
  });
});
