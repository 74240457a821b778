import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ServiceSpec } from './service-manager.ts';
import { systemd, systemdUnit } from './systemd.ts';

const spec: ServiceSpec = {
  node: '/opt/tachograph-agent/node',
  program: '/opt/tachograph-agent/agent.js',
  dir: '/var/lib/tachograph-agent',
  account: 'tachograph-agent',
  caFile: null,
  allowPlainHttp: false,
  options: [],
  home: '/root',
  uid: 0,
};

const hostile = { ...spec, node: '/opt/a b%h/$x/node', program: `/opt/it's $HOME %n "q" \\ back/agent.js`, dir: '/var/lib/a %h $b "c" \\d' };

describe('the unit of a machine', () => {
  test('runs the agent as a user of its own, with absolute paths and nothing secret', () => {
    const unit = systemdUnit(spec);
    expect(unit).toContain(
      'ExecStart=/opt/tachograph-agent/node --disable-warning=ExperimentalWarning /opt/tachograph-agent/agent.js --dir /var/lib/tachograph-agent\n',
    );
    expect(unit).toContain('User=tachograph-agent\n');
    expect(unit).not.toMatch(/token|server/i);
  });

  test('is started again after a failure, but not where the agent was revoked', () => {
    expect(systemdUnit(spec)).toContain('Restart=on-failure\n');
    expect(systemdUnit(spec)).toContain('RestartPreventExitStatus=3\n');
  });

  test('may write to its own directory only, and send ICMP', () => {
    const lines = systemdUnit(spec).split('\n');
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'ReadWritePaths=/var/lib/tachograph-agent',
      'AmbientCapabilities=CAP_NET_RAW',
      'CapabilityBoundingSet=CAP_NET_RAW',
    ])
      expect(lines).toContain(line);
  });

  test('escapes what systemd would read as more than a path', () => {
    const unit = systemdUnit(hostile);
    expect(unit).toContain(
      String.raw`ExecStart="/opt/a b%%h/$x/node" --disable-warning=ExperimentalWarning "/opt/it's $$HOME %%n \"q\" \\ back/agent.js"`,
    );
    expect(unit).toContain(String.raw`ReadWritePaths='/var/lib/a %%h $b "c" \d'`);
  });

  test('names the certificates to trust', () => {
    expect(systemdUnit({ ...spec, caFile: '/opt/my ca.pem' })).toContain('Environment="NODE_EXTRA_CA_CERTS=/opt/my ca.pem"\n');
  });

  test.each([{ program: '/opt/a\nExecStartPre=/bin/evil' }, { dir: `/var/lib/both ' and "` }, { node: '/opt/\u0000' }, { node: '/opt/"/node' }])(
    'is not written for a path that it cannot say: %j',
    (part) => {
      expect(() => systemdUnit({ ...spec, ...part })).toThrow('expected one that a unit file can say');
    },
  );
});

describe('the unit of a user', () => {
  test('takes no rights that only root can give or take', () => {
    const unit = systemdUnit({ ...spec, account: null });
    expect(unit).not.toMatch(/User=|Capabilit|NoNewPrivileges|Protect/);
    expect(unit).toContain('WantedBy=default.target\n');
    const { files, start } = systemd.plan({ ...spec, account: null, home: '/home/me' });
    expect(files[0]?.path).toBe('/home/me/.config/systemd/user/tachograph-agent.service');
    expect(start).toContainEqual(['systemctl', '--user', 'enable', 'tachograph-agent.service']);
  });
});

test('only a systemd at work passes', () => {
  const passes = (stdout: string): boolean => systemd.check.passes({ exitCode: 1, stdout });
  expect(['running\n', 'degraded\n'].map(passes)).toEqual([true, true]);
  expect(['offline\n', ''].map(passes)).toEqual([false, false]);
});

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0 && process.getuid?.() === 0;

describe.skipIf(!hasAnalyze)('systemd itself (skipped without root or systemd-analyze)', () => {
  test.each([
    ['plain', 'plain'],
    ['spaces, percent signs and dollars', 'a %h $HOME'],
  ])('accepts the unit: %s', (_title, folder) => {
    const root = mkdtempSync(join(tmpdir(), 'tacho-unit-'));
    try {
      const place = join(root, folder);
      mkdirSync(place);
      const node = join(place, 'node');
      writeFileSync(node, '#!/bin/sh\n', { mode: 0o755 });
      const unit = join(root, 'tachograph-agent.service');
      // Its user exists on machines where it was installed; root does everywhere.
      writeFileSync(
        unit,
        systemdUnit({ ...spec, node, program: join(place, `it's an "agent".js`), dir: join(root, 'state dir %n "x"'), account: 'root' }),
      );
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
      const about = stderr.split('\n').filter((line) => line.includes('tachograph-agent'));
      expect(about).toEqual([]);
      expect(status).toBe(0);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test('is asked in earnest: a broken unit is refused', () => {
    const root = mkdtempSync(join(tmpdir(), 'tacho-unit-'));
    try {
      const unit = join(root, 'tachograph-agent.service');
      writeFileSync(unit, systemdUnit({ ...spec, node: '/nowhere/node', account: 'root' }));
      expect(() => execFileSync('systemd-analyze', ['verify', unit], { stdio: 'ignore' })).toThrow();
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
