import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from './content-hash.ts';

describe('the hash that decides what must be built', () => {
  let root = '';
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const hash = (): string => contentHash(root, ['lock.json', 'src', 'absent']);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tacho-hash-'));
    write('lock.json', '{}');
    write('src/a.ts', 'a');
    write('src/deep/b.ts', 'b');
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  test('stays when a file is written again with the same content', () => {
    const before = hash();
    write('src/a.ts', 'a');
    expect(hash()).toBe(before);
  });

  test.each([
    ['a content', 'src/deep/b.ts', 'B'],
    ['a new file', 'src/c.ts', ''],
    ['the lock file', 'lock.json', '{"v":2}'],
    ['a folder that was absent', 'absent/x.ts', 'x'],
  ])('changes with %s', (_what, file, text) => {
    const before = hash();
    write(file, text);
    expect(hash()).not.toBe(before);
  });

  test('changes when a content moves to another name', () => {
    const before = hash();
    rmSync(join(root, 'src/a.ts'));
    write('src/z.ts', 'a');
    expect(hash()).not.toBe(before);
  });

  test.each(['src/dist/out.js', 'src/node_modules/p/index.js', 'src/a.test.ts', 'src/a.contract.ts'])('does not change with %s', (file) => {
    const before = hash();
    write(file, 'x');
    expect(hash()).toBe(before);
  });
});
