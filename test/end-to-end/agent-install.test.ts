import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installLine } from '../../src/protocol/agent-install.ts';
import { bundleAgent } from '../../scripts/bundle-agent.ts';
import { artefactPath, findArtefact } from '../../src/util/files.ts';
import { Api } from '../support/api.ts';
import { makeCertificate } from '../support/certificate.ts';
import { tacho } from '../support/command-line.ts';
import { until } from '../support/program.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../support/server-program.ts';

const supported = process.platform === 'linux';

/** Argument lists of every process that this machine runs now. */
function argumentLists(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        // It ended meanwhile.
        return '';
      }
    });
}

/** A line pasted into a shell: it comes on the shell's standard input, in a clean environment. */
async function paste(line: string, env: Record<string, string>, shell = '/bin/sh'): Promise<{ code: number | null; output: string; seen: string[] }> {
  const child = spawn(shell, [], { env, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  child.stdin.end(`${line}\nexit $?\n`);
  const seen = new Set<string>();
  const sampling = setInterval(() => argumentLists().forEach((one) => seen.add(one)), 5);
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(sampling);
  return { code, output: await output, seen: [...seen] };
}

describe.skipIf(!supported)('a machine that pastes one line (skipped where there is no /proc)', () => {
  const root = mkdtempSync(join(tmpdir(), 'tacho-install-'));
  const data = join(root, 'data');
  let server: ServerProgram;
  let url: string;
  let api: Api;
  let home: string;
  let bin: string;
  let count = 0;
  const started: number[] = [];

  beforeAll(async () => {
    if (findArtefact('agent') === null) await bundleAgent(artefactPath('agent'));
    server = startServerProgram({ data });
    url = await server.ready;
    api = new Api(url, tokenOf(data));
    await api.created('/api/jobs', { name: 'load', interval: 60, kinds: ['system'], options: { system: { sample_ms: 100 } } });
    // Packing the runtime is once in a server's life.
    await fetch(`${url}/agent/install.sh`);
  }, 60_000);
  afterAll(async () => {
    await server.end('SIGTERM');
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => {
    home = join(root, `home ${(count += 1)}`);
    bin = join(home, 'bin');
    mkdirSync(bin, { recursive: true });
    // Too old, whatever else is on this machine.
    program('node', 'echo v20.20.2');
    program('sudo', 'exec "$@"');
    // A systemd that writes down what it is told, and says that it is at work.
    program('systemctl', `printf '%s\\n' "$*" >>'${home}/systemctl.log'; [ "$2" != is-system-running ] || echo running`);
  });
  afterEach(() => {
    for (const pid of started.splice(0)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  });

  function program(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const environment = (): Record<string, string> => ({ HOME: home, PATH: `${bin}:/usr/bin:/bin` });
  const programDirectory = (): string => join(home, '.local/share/tachograph-agent');
  const unitFile = (): string => join(home, '.config/systemd/user/tachograph-agent.service');
  const single = async (name: string): Promise<string> =>
    (
      (await api.created('/api/enrollment-tokens', { name, max_uses: 1, expires_at: new Date(Date.now() + 3_600_000).toISOString() })) as {
        token: string;
      }
    ).token;
  /** Everything below the home directory that an installation made. */
  const left = (): string[] => (existsSync(join(home, '.local')) ? readdirSync(join(home, '.local'), { recursive: true }).map(String) : []);

  /** As the line of the dashboard, for one user: tests are root and must not change the machine. */
  async function lineFor(name: string, options = ''): Promise<{ line: string; token: string }> {
    const token = await single(name);
    return { token, line: `${installLine({ serverUrl: url, token, name })} --user${options}` };
  }

  test('without a Node.js of its own gets the server’s, enrols, and has a service; the token is in no argument list and no file', async () => {
    const { line, token } = await lineFor('berlin', ' --label site=berlin');
    const { code, output, seen } = await paste(line, environment());
    expect([code, output]).toEqual([0, expect.stringContaining('agent     berlin (id ')]);
    expect(output).toContain('downloading Node.js');
    expect(seen.some((one) => one.includes('agent.js\0install'))).toBe(true);
    expect(seen.some((one) => one.includes('agent.js\0enrol'))).toBe(true);
    expect(seen.filter((one) => one.includes(token))).toEqual([]);

    const unit = readFileSync(unitFile(), 'utf8');
    expect(unit).toContain(`ExecStart="${programDirectory()}/node" `);
    for (const name of left().map((path) => join(home, '.local', path))) {
      if (statSync(name).isFile() && statSync(name).size < 1_000_000) expect(readFileSync(name, 'utf8'), name).not.toContain(token);
    }
    expect(unit).not.toContain('tacho_');
    expect(readFileSync(join(home, 'systemctl.log'), 'utf8').split('\n')).toEqual([
      '--user is-system-running',
      '--user daemon-reload',
      '--user enable tachograph-agent.service',
      '--user restart tachograph-agent.service',
      '',
    ]);
    expect(readdirSync(programDirectory()).sort()).toEqual(['agent.js', 'node']);

    // What systemd would start.
    const start = /^ExecStart="(.+?)" (\S+) "(.+?)" --dir "(.+?)"$/m.exec(unit) ?? [];
    const agent = spawn(start[1] ?? '', [start[2] ?? '', start[3] ?? '', '--dir', start[4] ?? ''], { env: environment(), stdio: 'ignore' });
    started.push(agent.pid ?? 0);
    await until('berlin is online', async () => (await api.get('/api/agents/berlin')).body.state === 'online');
    await until('its first result', async () => (await api.get('/api/results', { agent: 'berlin' })).body.items.length > 0);
    expect((await api.get('/api/agents/berlin')).body.labels).toEqual({ site: 'berlin' });
  }, 30_000);

  test('that pastes another line stays the agent it is; uninstalling keeps what it knows, unless told otherwise', async () => {
    expect((await paste((await lineFor('paris')).line, environment())).code).toBe(0);
    const identity = readFileSync(join(home, '.local/state/tachograph-agent/identity.json'), 'utf8');
    writeFileSync(join(programDirectory(), 'agent.js'), 'an older one');
    const again = await paste((await lineFor('other')).line, environment());
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('agent already')]);
    expect(again.output).not.toContain('downloading Node.js');
    expect(readFileSync(join(home, '.local/state/tachograph-agent/identity.json'), 'utf8')).toBe(identity);
    expect(readFileSync(join(programDirectory(), 'agent.js'), 'utf8')).not.toContain('an older one');

    const remove = /^remove +(.+)$/m.exec(again.output)?.[1] ?? 'false';
    const removed = await paste(remove, environment());
    expect([removed.code, removed.output]).toEqual([0, expect.stringContaining('kept ')]);
    expect([existsSync(unitFile()), existsSync(programDirectory())]).toEqual([false, false]);
    expect(readFileSync(join(home, 'systemctl.log'), 'utf8')).toContain('--user disable --now tachograph-agent.service\n');
    expect(existsSync(join(home, '.local/state/tachograph-agent/identity.json'))).toBe(true);
  }, 30_000);

  test('with a token that was used says so, and keeps nothing', async () => {
    const { line, token } = await lineFor('used');
    await api.enrol('someone-else', token);
    const { code, output } = await paste(line, environment());
    expect(code).not.toBe(0);
    expect(output).toMatch(/cannot enrol with .*(used up|no uses left|was used)/);
    expect(existsSync(programDirectory())).toBe(false);
    expect(existsSync(unitFile())).toBe(false);
  }, 30_000);

  test('refuses a download that is not what the server announced', async () => {
    // As if something on the way had added a byte to every file.
    program('curl', `/usr/bin/curl "$@" || exit; prev=; for a; do [ "$prev" = -o ] && printf x >>"$a"; prev=$a; done; exit 0`);
    const { code, output } = await paste((await lineFor('corrupted')).line, environment());
    expect(code).not.toBe(0);
    expect(output).toContain('is not what the server announced: expected SHA-256');
    expect(left().filter((path) => path.includes('tachograph'))).toEqual([]);
    expect((await api.get('/api/agents/corrupted')).status).toBe(404);
  }, 30_000);

  test.each([
    ['a connection that breaks', 'head -c 1000 /dev/zero >"$out"; exit 18'],
    ['an interrupt', 'head -c 1000 /dev/zero >"$out"; kill -INT $PPID; sleep 1'],
  ])(
    'leaves nothing after %s',
    async (_title, fault) => {
      program('curl', `prev=; out=; for a; do [ "$prev" = -o ] && out=$a; prev=$a; done; [ -n "$out" ] || exec /usr/bin/curl "$@"; ${fault}`);
      const { code } = await paste((await lineFor(`broken-${count}`)).line, environment());
      expect(code).not.toBe(0);
      expect(left().filter((path) => path.includes('tachograph'))).toEqual([]);
    },
    30_000,
  );

  test('without a service manager is told so before the token is spent, and can run the agent itself', async () => {
    program('systemctl', 'echo offline; exit 1');
    const { line } = await lineFor('container');
    const refused = await paste(line, environment());
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('systemd is not at work here (offline)')]);
    expect(existsSync(programDirectory())).toBe(false);

    const child = spawn('/bin/sh', [], { env: environment(), stdio: ['pipe', 'ignore', 'ignore'] });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    // The shell becomes the installer, and that becomes the agent.
    child.stdin.end(`${line.replace('| sudo sh', '| exec sh')} --run --listen-ports 5201-5204\n`);
    await until('container is online', async () => (await api.get('/api/agents/container')).body.state === 'online');
    const mine = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`${programDirectory()}/agent.js`));
    expect(mine.length).toBe(1);
    expect((await api.get('/api/agents/container')).body.listening).toEqual({ port_from: 5201, port_to: 5204 });
    process.kill(Number(mine[0]), 'SIGTERM');
    await gone;
    expect(existsSync(unitFile())).toBe(false);
  }, 30_000);

  test('can look first', async () => {
    const without = await paste((await lineFor('looks', ' --dry-run')).line, environment(), '/bin/bash');
    expect([without.code, without.output]).toEqual([0, expect.stringContaining('would download Node.js from')]);
    expect(without.output).not.toContain('ExecStart=');
    program('node', `exec '${process.execPath}' "$@"`);
    const { code, output } = await paste((await lineFor('looks-again', ' --dry-run')).line, environment(), '/bin/bash');
    expect(code).toBe(0);
    expect(output).toContain('ExecStart=');
    expect(output).toContain('would run systemctl --user enable tachograph-agent.service');
    expect(left().filter((path) => path.includes('tachograph'))).toEqual([]);
  }, 30_000);

  test('a line whose download fails says so and ends with 1', async () => {
    const { line } = await lineFor('nowhere');
    const { code, output } = await paste(line.replace(/http:\/\/127\.0\.0\.1:\d+/, 'http://127.0.0.1:1'), environment(), '/bin/bash');
    expect([code, output]).toEqual([1, expect.stringContaining('curl: (7)')]);
  }, 30_000);

  test('gets nothing from a server that it cannot be sure of', async () => {
    for (const path of ['/agent/install.sh', '/agent/manifest', '/agent/agent.js', '/agent/runtime/linux-x64-glibc']) {
      const answer = await fetch(`${url}${path}`, { headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' } });
      expect([answer.status, await answer.json()]).toEqual([
        403,
        { error: { code: 'forbidden', message: expect.stringContaining('trusted_proxies') } },
      ]);
    }
    expect((await fetch(`${url}/agent/runtime/plan9-x64`)).status).toBe(404);
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe.skipIf(!supported)('a server with a certificate of its own making', () => {
  test('is trusted by the installer and by the agent where the line names the certificate', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tacho-install-tls-'));
    const hour = 3_600_000;
    const { cert, key } = makeCertificate({ names: ['127.0.0.1'], notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) });
    const file = (name: string): string => join(root, name);
    writeFileSync(file('cert.pem'), cert);
    writeFileSync(file('key.pem'), key);
    const data = file('data');
    const server = startServerProgram({
      data,
      env: { TACHO_TLS_CERT: file('cert.pem'), TACHO_TLS_KEY: file('key.pem') },
    });
    try {
      const url = await server.ready;
      const made = await new Promise<string>((resolve, reject) => {
        const asking = httpsRequest(`${url}/api/enrollment-tokens`, {
          ca: cert,
          agent: false,
          method: 'POST',
          headers: { authorization: `Bearer ${tokenOf(data)}`, 'content-type': 'application/json' },
        });
        asking.on('response', (response) => void text(response).then(resolve, reject));
        asking.on('error', reject);
        asking.end('{"name":"own"}');
      });
      const { token } = JSON.parse(made) as { token: string };
      const line = installLine({ serverUrl: url, token, name: 'own' }).replace('sudo sh', 'sh');
      const env = { HOME: root, PATH: '/usr/bin:/bin' };
      expect((await paste(`${line} --user --no-service`, env)).output).toMatch(/certificate/i);
      const halfTrusting = line.replace('curl -fsS', `curl -fsS --cacert ${file('cert.pem')}`);
      expect((await paste(`${halfTrusting} --user --no-service`, env)).output).toContain('name that with --ca-file FILE');
      // Made on the plain port of loopback, and yet with the address that others reach.
      expect((await tacho(['tokens', 'add', 'other', '--install-line', '--data', data])).out).toContain(`${url}/agent/install.sh`);
      const trusting = `${line.replace('curl -fsS', `curl -fsS --cacert ${file('cert.pem')}`)} --user --no-service --ca-file ${file('cert.pem')}`;
      const { code, output } = await paste(trusting, env);
      expect([code, output]).toEqual([0, expect.stringContaining(`agent     own (id 1) of ${url}`)]);
      expect(readFileSync(join(root, '.local/share/tachograph-agent/ca.pem'), 'utf8')).toBe(cert);
    } finally {
      await server.end('SIGTERM');
      rmSync(root, { recursive: true, force: true });
    }
  }, 60_000);
});
