import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPidFile, removePidFile, writePidFile } from './pid-file.ts';

const root = mkdtempSync(join(tmpdir(), 'tacho-pid-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a note of who holds a lock', () => {
  const path = join(root, 'pid');

  test('names the process that wrote it, to its owner alone, until it is taken back', () => {
    expect(readPidFile(path)).toBeNull();
    writePidFile(path);
    expect(readPidFile(path)).toBe(process.pid);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    removePidFile(path);
    removePidFile(path);
    expect(readPidFile(path)).toBeNull();
  });

  test('of a process that has gone names nobody', () => {
    writeFileSync(path, String(spawnSync(process.execPath, ['-e', '']).pid));
    expect(readPidFile(path)).toBeNull();
  });

  test.each(['', 'me', '-1', '0', '1e3'])('%j names nobody', (text) => {
    writeFileSync(path, text);
    expect(readPidFile(path)).toBeNull();
  });
});
