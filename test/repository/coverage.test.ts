import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './tracked-files.ts';

interface Row {
  readonly line: string;
  readonly requirement: string;
  /** Paths in the repository, from the cell's backticks. */
  readonly shownBy: readonly string[];
}

describe('docs/coverage.md', () => {
  const rows = readRows(readFileSync(join(root, 'docs/coverage.md'), 'utf8'));

  test('has rows', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  test('names, for every line, something that shows it', () => {
    expect(rows.filter((row) => row.shownBy.length === 0 || row.line === '' || row.requirement === '')).toEqual([]);
  });

  test('names only what exists', () => {
    const missing = rows.flatMap((row) => row.shownBy.filter((path) => !existsSync(join(root, path))).map((path) => `${row.line}: ${path}`));
    expect(missing).toEqual([]);
  });
});

/** Rows of the tables `| line | requirement | shown by |`. */
function readRows(markdown: string): Row[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|\s*(line\s*\||-)/.test(line))
    .map((line) => {
      const [name = '', requirement = '', shownBy = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { line: name, requirement, shownBy: [...shownBy.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '') };
    });
}
