import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openDataDirectory, readServerFile } from './data-directory.ts';
import { siblingFile } from '../util/files.ts';

const root = mkdtempSync(join(tmpdir(), 'tacho-data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a data directory', () => {
  test('lets one server in, and says which one it is', () => {
    const path = join(root, 'one');
    const first = openDataDirectory(path);
    first.announce({ url: 'http://127.0.0.1:8080', pid: 4711, version: '1' });
    expect(() => openDataDirectory(path)).toThrow(`another server is using ${path} (http://127.0.0.1:8080, process 4711)`);
    first.release();
    expect(readServerFile(path)).toBeNull();
    openDataDirectory(path).release();
  });

  test('is free again at once when its server was killed', async () => {
    const path = join(root, 'killed');
    const program = `const { openDataDirectory } = await import(${JSON.stringify(pathToFileURL(siblingFile(import.meta.url, './data-directory.ts')).href)});
      openDataDirectory(${JSON.stringify(path)}); process.stdout.write('open'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(() => openDataDirectory(path)).toThrow('is in use by a server');
    child.kill('SIGKILL');
    await once(child, 'exit');
    openDataDirectory(path).release();
  });

  test('keeps what is private from other users', () => {
    const data = openDataDirectory(join(root, 'private'));
    data.writePrivate('token', 'secret\n');
    expect(statSync(data.file('token')).mode & 0o777).toBe(0o600);
    expect(statSync(data.path).mode & 0o777).toBe(0o700);
    data.release();
  });

  test('that cannot be made is said with its path', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => openDataDirectory(join(root, 'file', 'data'))).toThrow(`cannot use data directory ${join(root, 'file', 'data')}`);
  });
});
