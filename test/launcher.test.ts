import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findOldNode } from './support/old-node.ts';

const root = resolve(import.meta.dirname, '..');
/** The Node beside the sources and the one that runs the tests are the same. */
const MAJOR = Number.parseInt(process.versions.node, 10);
const oldNode = findOldNode();
const skipOld = oldNode === null ? ' (skipped: no Node older than 24 on this machine)' : '';

describe('bin/tacho.js', () => {
  let folder = '';
  const launcher = (): string => join(folder, 'bin/tacho.js');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tacho-launcher-'));
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program that says with what it was started, and ends by the signal it gets, with exit code 7. */
  function plant(file: string): void {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(
      join(folder, file),
      `process.on('SIGTERM', () => process.exit(7));
       console.log(JSON.stringify({ file: import.meta.filename, args: process.argv.slice(2), major: parseInt(process.versions.node) }));
       if (process.argv[2] === 'wait') setInterval(() => undefined, 1000);
       else process.exitCode = 5;`,
    );
  }

  test('runs the sources in a checkout, with its arguments and their exit code', () => {
    plant('src/cli/main.ts');
    const { stdout, status } = spawnSync(process.execPath, [launcher(), 'a', '--b=c d'], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual({ file: join(folder, 'src/cli/main.ts'), args: ['a', '--b=c d'], major: MAJOR });
    expect(status).toBe(5);
  });

  test('runs the JavaScript in the built package', () => {
    plant('cli/main.js');
    const { stdout } = spawnSync(process.execPath, [launcher()], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ file: join(folder, 'cli/main.js') });
  });

  test.skipIf(oldNode === null)(`says in one line that an older Node will not do${skipOld}`, () => {
    plant('cli/main.js');
    const { stdout, stderr, status } = spawnSync(oldNode ?? '', [launcher()], { encoding: 'utf8' });
    expect(stderr).toMatch(/^tacho: expected Node\.js 24 or newer, got v\d+\.\d+\.\d+ \(\/.*\)\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test.skipIf(oldNode === null)(`on an older Node takes the one beside the sources, with exit code and signals${skipOld}`, async () => {
    plant('src/cli/main.ts');
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const { stdout, status } = spawnSync(oldNode ?? '', [launcher(), 'x'], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ args: ['x'], major: MAJOR });
    expect(status).toBe(5);

    const waiting = spawn(oldNode ?? '', [launcher(), 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(waiting.stdout, 'data');
    waiting.kill('SIGTERM');
    const [code] = await once(waiting, 'exit');
    expect(code).toBe(7);
  });

  test('is written so that very old Node can read it', () => {
    const modern = /=>|\b(const|let|class|async|await)\s|`|\?\.|\?\?|\.\.\./;
    for (const file of ['tacho.js', 'node-version.js']) {
      const code = readFileSync(join(folder, 'bin', file), 'utf8');
      const statements = code.split('\n').filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
      expect(statements.filter((line) => modern.test(line))).toEqual([]);
    }
  });
});
