import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { awaitDataDirectory, openDataDirectory, readServerFile } from './data-directory.ts';
import { siblingFile } from '../util/files.ts';

const root = mkdtempSync(join(tmpdir(), 'tacho-data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a data directory', () => {
  test('lets one server in, and says which one it is', () => {
    const path = join(root, 'one');
    const first = openDataDirectory(path);
    first.announce({ url: 'http://127.0.0.1:8080', publicUrl: 'http://127.0.0.1:8080', pid: 4711, version: '1' });
    expect(() => openDataDirectory(path)).toThrow(`another server is using ${path} (http://127.0.0.1:8080, process 4711)`);
    first.release();
    expect(readServerFile(path)).toBeNull();
    openDataDirectory(path).release();
  });

  test('that is held by a server which does not say so yet is waited for, until it lets go or says so', async () => {
    const path = join(root, 'held');
    const clock = new ManualClock(0);
    const command = openDataDirectory(path);
    let opened: string | null = null;
    const waits: unknown[] = [];
    const waiting = awaitDataDirectory(path, { clock, onWait: (...told) => waits.push(told) }).then((directory) => {
      opened = directory.path;
      directory.release();
    });
    await clock.advance(1000);
    expect(opened).toBeNull();
    // Said once, and at once.
    expect(waits).toEqual([[process.pid, 10_000]]);
    command.release();
    await clock.advance(1000);
    await waiting;
    expect(opened).toBe(path);

    const server = openDataDirectory(path);
    const refused = expect(awaitDataDirectory(path, { clock, onWait: () => undefined })).rejects.toThrow('another server is using');
    server.announce({ url: 'http://127.0.0.1:8080', publicUrl: 'http://127.0.0.1:8080', pid: 4711, version: '1' });
    await clock.advance(1000);
    await refused;
    server.release();
  });

  test('that is held for longer than anything should take is given up', async () => {
    const path = join(root, 'stuck');
    const clock = new ManualClock(0);
    const stuck = openDataDirectory(path);
    const refused = expect(awaitDataDirectory(path, { clock, onWait: () => undefined })).rejects.toThrow(
      `${path} is in use by a server that starts or stops, or by a command (process ${process.pid}): try again`,
    );
    await clock.advance(60_000);
    await refused;
    stuck.release();
  });

  test('takes back what a killed server announced', () => {
    const path = join(root, 'stale');
    openDataDirectory(path).release();
    writeFileSync(join(path, 'server.json'), JSON.stringify({ url: 'http://127.0.0.1:8080', pid: 1, version: '1' }));
    openDataDirectory(path).release();
    expect(readServerFile(path)).toBeNull();
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
    for (const name of readdirSync(data.path)) expect([name, statSync(data.file(name)).mode & 0o777]).toEqual([name, 0o600]);
    data.release();
  });

  test('closes to other users what an earlier version left open', () => {
    const path = join(root, 'open-once');
    openDataDirectory(path).release();
    const names = ['server.lock', 'results.duckdb', 'results.duckdb.wal'];
    for (const name of names) {
      writeFileSync(join(path, name), '');
      chmodSync(join(path, name), 0o644);
    }
    openDataDirectory(path).release();
    for (const name of names) expect([name, statSync(join(path, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  test('that cannot be made is said with its path', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => openDataDirectory(join(root, 'file', 'data'))).toThrow(`cannot use data directory ${join(root, 'file', 'data')}`);
  });
});
