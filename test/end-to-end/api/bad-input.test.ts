import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refusalCatalogue } from '../../../src/model/errors.ts';
import { root } from '../../repository/tracked-files.ts';

const page = readFileSync(join(root, 'docs/reference/bad-input.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| *(input|-)/.test(line))
  .map((line): [string, string] => {
    const [input = '', , shownBy = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return [input, shownBy];
  });

describe('docs/reference/bad-input.md', () => {
  test.each(rows)('%s: names a test that is there', (_input, shownBy) => {
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(shownBy) ?? [];
    expect(title).not.toBe('');
    expect(readFileSync(join(root, file), 'utf8')).toContain(title);
  });

  test('has a line for every reason to refuse a result', () => {
    for (const code of Object.keys(refusalCatalogue)) expect(page).toContain(`\`${code}\``);
  });
});
