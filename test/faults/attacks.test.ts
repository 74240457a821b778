import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../repository/tracked-files.ts';

const rows = readFileSync(join(root, 'docs/reference/attacks.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| *(attack|-)/.test(line))
  .map((line): [string, string] => {
    const [attack = '', , shownBy = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return [attack, shownBy];
  });

describe('docs/reference/attacks.md', () => {
  test('has its rows', () => {
    expect(rows.length).toBeGreaterThan(25);
  });

  test.each(rows)('%s: names a test that is there', (_attack, shownBy) => {
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(shownBy) ?? [];
    expect(title).not.toBe('');
    expect(readFileSync(join(root, file), 'utf8')).toContain(title);
  });
});
