import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

describe('the built package', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tacho-build-'));
    execFileSync(process.execPath, [join(root, 'scripts/build.ts'), '--out', join(folder, 'package')], { stdio: 'ignore' });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  }, 180_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('runs the command line, as a program and by its launcher', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    for (const program of ['cli/main.js', 'bin/tacho.js']) {
      expect(execFileSync(process.execPath, [join(folder, 'package', program), '--version'], { encoding: 'utf8' }).trim()).toBe(version);
    }
  });

  test('brings the dashboard and the agent', () => {
    expect(existsSync(join(folder, 'package/web/index.html'))).toBe(true);
    expect(existsSync(join(folder, 'package/agent.js'))).toBe(true);
  });

  test('holds no source, no test and no stamp', () => {
    const files = readdirSync(join(folder, 'package'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /(?<!\.d)\.tsx?$|\.test\.|\.contract\.|\.inputs$/.test(file))).toEqual([]);
  });

  test('asks for no Node of its own, and for every library that its modules import', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8')) as Record<string, Record<string, string>>;
    expect(Object.keys(manifest)).not.toContain('optionalDependencies');
    expect(Object.keys(manifest)).not.toContain('workspaces');
    const imported = new Set<string>();
    for (const file of readdirSync(join(folder, 'package'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.js') || /^(web|bin)\b|^agent\.js$/.test(file)) continue;
      for (const [, name] of readFileSync(join(folder, 'package', file), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([@a-z][^']*)'/g)) {
        if (name !== undefined && !name.startsWith('node:')) imported.add(packageName(name));
      }
    }
    expect(imported.size).toBeGreaterThan(5);
    expect([...imported].filter((name) => manifest['dependencies']?.[name] === undefined)).toEqual([]);
  });
});

/** `zod/v4` is the package zod; `@duckdb/node-api` is itself. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
