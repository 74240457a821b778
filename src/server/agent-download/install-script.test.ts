import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { installScript } from './install-script.ts';

const text = installScript({
  serverUrl: "https://tacho.example.org/it's here/",
  version: '1.2.3',
  agentSha256: 'a'.repeat(64),
  runtime: 'linux-x64-glibc',
  runtimeSha256: 'b'.repeat(64),
});
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe('the installer', () => {
  test('holds the hashes of what it downloads, and the address as data', () => {
    expect(text).toContain(`agent_sha256=${'a'.repeat(64)}\n`);
    expect(text).toContain(`runtime_sha256=${'b'.repeat(64)}\n`);
    expect(text).toContain(`server='https://tacho.example.org/it'\\''s here'\n`);
  });

  test.each([['sh'], ['dash'], ['busybox', 'sh'], ['bash', '--posix']])('can be read by %s %s', (file, ...args) => {
    if (!has(file)) return console.warn(`skipped: there is no ${file}`);
    const { status, stderr } = spawnSync(file, [...args, '-n'], { input: text, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  test.skipIf(!has('shellcheck'))('has nothing that shellcheck warns of (skipped without it)', () => {
    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: text, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  test('does nothing where it was cut short, wherever that was', () => {
    const lines = text.trimEnd().split('\n');
    for (let kept = 1; kept < lines.length; kept += 1) {
      const { stdout } = spawnSync('/bin/sh', ['-c', lines.slice(0, kept).join('\n')], { env: { PATH: '/nowhere' }, encoding: 'utf8', input: '' });
      expect(stdout, `after ${kept} lines`).toBe('');
    }
  });
});
