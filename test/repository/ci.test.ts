import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from './tracked-files.ts';

/** What a fake npm does for one command: its totals, if it writes any, and its exit code. */
interface Step {
  readonly totals?: string;
  readonly exitCode: number;
}

const ok = {
  ci: { exitCode: 0 },
  test: { totals: '40 0 2', exitCode: 0 },
  check: { totals: '5 0 0', exitCode: 0 },
  bench: { totals: '3 0 0', exitCode: 0 },
} as const;

describe('.ci/run', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tacho-ci-'));
    cpSync(join(root, '.ci/run'), join(folder, '.ci/run'));
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    mkdirSync(join(folder, 'bin'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function run(steps: Readonly<Record<'ci' | 'test' | 'check' | 'bench', Step>>): { lastLine: string; exitCode: number | null; called: string[] } {
    const cases = Object.entries(steps).map(
      ([name, { totals, exitCode }]) =>
        `*${name}*) ${totals === undefined ? ':' : `echo "${totals}" >>"$TACHO_TOTALS"`}; exit ${String(exitCode)} ;;`,
    );
    const npm = join(folder, 'bin/npm');
    writeFileSync(npm, `#!/bin/sh\necho "called: npm $*"\ncase "$*" in\n${cases.join('\n')}\nesac\n`);
    chmodSync(npm, 0o755);
    const { stdout, status } = spawnSync(join(folder, '.ci/run'), {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` },
    });
    const lines = stdout.trimEnd().split('\n');
    return {
      lastLine: lines.at(-1) ?? '',
      exitCode: status,
      called: lines.filter((line) => line.startsWith('called: ')).map((line) => line.slice('called: '.length)),
    };
  }

  test('installs, tests, checks, smokes the benches and says the sum in its last line', () => {
    expect(run(ok)).toEqual({
      lastLine: '48 passed, 0 failed, 2 skipped',
      exitCode: 0,
      called: ['ci', 'test', 'run check', 'run bench -- --quick'].map((args) => `npm ${args}`),
    });
  });

  test('says nothing of skipped tests where there are none', () => {
    expect(run({ ...ok, test: { totals: '40 0 0', exitCode: 0 } }).lastLine).toBe('48 passed, 0 failed');
  });

  test('does not install again while the lock file is the one that was installed', () => {
    run(ok);
    expect(run(ok).called[0]).toBe('npm test');
    writeFileSync(join(folder, 'package-lock.json'), '{"changed":true}');
    expect(run(ok).called[0]).toBe('npm ci');
  });

  test('counts the later steps when an earlier one fails, and fails', () => {
    expect(run({ ...ok, test: { totals: '38 2 2', exitCode: 1 } })).toMatchObject({ lastLine: '46 passed, 2 failed, 2 skipped', exitCode: 1 });
  });

  test('counts a step that broke before it could count as one failure', () => {
    expect(run({ ...ok, check: { exitCode: 1 } })).toMatchObject({ lastLine: '43 passed, 1 failed, 2 skipped', exitCode: 1 });
  });

  test('fails where a step fails although its totals do not say so', () => {
    const steps = { ...ok, test: { totals: '38 2 2', exitCode: 1 }, bench: { totals: '3 0 0', exitCode: 1 } };
    expect(run(steps)).toMatchObject({ lastLine: '46 passed, 3 failed, 2 skipped', exitCode: 1 });
  });

  test('does not test what could not be installed, and counts the installation as a failure', () => {
    const { called, lastLine, exitCode } = run({ ...ok, ci: { exitCode: 1 } });
    expect(called).not.toContain('npm test');
    expect({ lastLine, exitCode }).toEqual({ lastLine: '8 passed, 1 failed', exitCode: 1 });
  });
});
