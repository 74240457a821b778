import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindNames } from '../../../src/model/kinds/index.ts';
import { packageFile } from '../../../src/util/files.ts';
import { systemRandom } from '../../../src/util/random.ts';
import { startAgentProgram } from '../../support/agent-program.ts';
import { Api, type ApiAnswer } from '../../support/api.ts';
import { freePort, startProgram, until, type Program } from '../../support/program.ts';
import { tokenOf } from '../../support/server-program.ts';
import { TestSocket } from '../../support/web-socket.ts';

const tacho = packageFile('bin/tacho.js');
const quiet = { TACHO_DEFAULT_DESTINATIONS: 'none', TACHO_LOG_LEVEL: 'warn', TACHO_LOCAL_AGENT: 'false', TACHO_HEARTBEAT_MS: '500' };
type Body = ApiAnswer['body'];

/** StreamSwarm's own words: a client is an agent, a test is a job. */
describe('what StreamSwarm promises', () => {
  let folder: string;
  let server: Program;
  let url: string;
  let api: Api;
  const clients: Program[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tacho-swarm-'));
    const port = await freePort(systemRandom);
    const env = {
      ...{ SERVER_HOST: '127.0.0.1', SERVER_PORT: String(port), DATABASE_URL: `sqlite:///${join(folder, 'swarm.db')}` },
      ...{ DEFAULT_TEST_DURATION: '2', DEFAULT_TEST_INTERVAL: '0.5' },
    };
    server = startProgram({ file: process.execPath, args: [tacho, 'server', '--data', join(folder, 'data')], env: { ...quiet, ...env } });
    url = (await server.printed(/Tachograph is ready at (\S+)/))[1] ?? '';
    expect(url).toBe(`http://127.0.0.1:${port}`);
    api = new Api(url, tokenOf(join(folder, 'data')));
    const token = await api.enrolmentToken('swarm');
    for (const name of ['alpha', 'beta'])
      clients.push(startAgentProgram({ server: url, dir: join(folder, name), name, token, flags: ['--label', `site=${name}`] }));
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...clients, server].map((program) => program.end('SIGTERM')));
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  test('clients register with the server and send heartbeats, all seen in one place', async () => {
    const seen = async (): Promise<Body[]> => api.all('/api/agents');
    await until('both clients are online', async () => (await seen()).filter(({ state }) => state === 'online').length === 2);
    const first = await seen();
    expect(first.map(({ name }) => name).sort()).toEqual(['alpha', 'beta']);
    await until('another heartbeat of each', async () =>
      (await seen()).every(({ id, last_seen_at: at }) => at > first.find((one) => one.id === id)?.last_seen_at),
    );
  });

  test('a test is created once for several clients, they carry it out and stream results back, system metrics with them', async () => {
    const live = await TestSocket.open(`${url.replace('http', 'ws')}/ws`, { authorization: `Bearer ${tokenOf(join(folder, 'data'))}` });
    await api.created('/api/destinations', { name: 'loopback', host: '127.0.0.1' });
    await api.created('/api/jobs', {
      name: 'swarm-test',
      interval: 60,
      kinds: ['ping', 'system'],
      destinations: ['loopback'],
      agents: ['alpha', 'beta'],
    });
    const lines = new Set<string>();
    while (lines.size < 4) {
      const { items } = (await live.next('results')) as Body;
      for (const { agent, kind, job, status } of items) if (job === 'swarm-test' && status === 'success') lines.add(`${agent} ${kind}`);
    }
    expect([...lines].sort()).toEqual(['alpha ping', 'alpha system', 'beta ping', 'beta system']);
    const results: Body[] = await api.all('/api/results', { job: 'swarm-test' });
    const of = (kind: string): Body => results.find((result) => result.kind === kind);
    expect(of('system').metrics).toMatchObject({ cpu_pct: expect.any(Number), memory_pct: expect.any(Number), disk_pct: expect.any(Number) });
    // 2 s at a measurement every half second, as the environment said.
    expect(of('ping').metrics).toMatchObject({ packets_sent: 4, rtt_avg_ms: expect.any(Number) });
    const [destination] = await api.all('/api/destinations', { health: 'ok' });
    expect(destination).toMatchObject({ name: 'loopback', health: { agents_ok: 2, agents_failing: 0 } });
  });

  test('the job itself does not say what the environment says for it, and what it says wins', async () => {
    expect((await api.get('/api/jobs/swarm-test')).body.options).toEqual({});
    const own = { name: 'own-pace', interval: 60, kinds: ['ping'], destinations: ['loopback'], agents: ['alpha'], options: { ping: { count: 2 } } };
    await api.created('/api/jobs', own);
    await until('a result', async () => (await api.all('/api/results', { job: 'own-pace' })).length > 0);
    expect((await api.all('/api/results', { job: 'own-pace' }))[0].metrics.packets_sent).toBe(2);
  });

  test('charts are drawn of what was measured before', async () => {
    const { body } = await api.get('/api/series', {
      kind: 'ping',
      metric: 'rtt_avg_ms',
      from: new Date(Date.now() - 600_000).toISOString(),
      bucket_s: '60',
    });
    expect(body.items.map(({ agent }: Body) => agent).sort()).toEqual(['alpha', 'beta']);
  });
});

/** The YAML of Network Stats Collector as it stands; a kind that is not built yet is left out of it. */
const yaml = (port: number): string => `
# Application settings
app:
  database:
    url: "sqlite:///network_stats.db"
    pool_size: 5
  web:
    host: "127.0.0.1"
    port: ${port}
    debug: false
  logging:
    level: "INFO"
    file: "logs/network_stats.log"

# Global destinations
destinations:
  - name: "google-dns"
    host: "8.8.8.8"
    display_name: "Google DNS"
    description: "Google's public DNS server"
    tags: ["dns", "public"]
    status: "active"

# Job definitions
jobs:
  - name: "critical-servers"
    description: "Monitor critical infrastructure"
    enabled: true
    interval: 300  # 5 minutes
    metrics: ["ping", ${(kindNames as readonly string[]).includes('traceroute') ? '"traceroute"' : '"jitter"'}]
    destinations: ["google-dns"]
    start_time: "2024-01-01T09:00:00Z"
    end_time: "2024-12-31T17:00:00Z"
`;

describe('tacho server --config', () => {
  let folder: string;
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("takes Network Stats Collector's YAML as it stands, and says what is wrong before it listens", async () => {
    folder = await mkdtemp(join(tmpdir(), 'tacho-config-'));
    const file = join(folder, 'production.yaml');
    const port = await freePort(systemRandom);
    const text = yaml(port).replace('sqlite:///', `sqlite:///${folder}/`).replace('logs/', `${folder}/logs/`);
    const args = ['--disable-warning=ExperimentalWarning', tacho, 'server', '--config', file, '--data', join(folder, 'data')];
    const start = (): Program => startProgram({ file: process.execPath, args, env: { ...quiet } });

    await writeFile(file, text.replace('["google-dns"]', '["google-dns", "gateway"]').replace('interval: 300', 'interval: 30'));
    const wrong = start();
    await wrong.printed(/no destination is called/);
    await until('it has ended', () => !wrong.running);
    expect(wrong.output()).toContain(`${file}:29: jobs[0].interval: invalid interval: expected at least 60 s, got 30 s`);
    expect(wrong.output()).toContain(`${file}:31: jobs[0].destinations[1]: no destination is called or numbered "gateway"`);
    expect(wrong.output()).not.toContain('ready');

    await writeFile(file, text);
    const server = start();
    await server.printed(new RegExp(`ready at http://127.0.0.1:${port}`));
    const api = new Api(`http://127.0.0.1:${port}`, tokenOf(join(folder, 'data')));
    expect((await api.get('/api/jobs/critical-servers')).body).toMatchObject({ interval: 300, declared_by: 'production.yaml', enabled: true });
    expect((await api.get('/api/destinations/google-dns')).body).toMatchObject({
      host: '8.8.8.8',
      tags: ['dns', 'public'],
      declared_by: 'production.yaml',
    });
    await server.end('SIGTERM');
  }, 60_000);
});
