import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryFiles, root } from './tracked-files.ts';

const CODE = ['*.ts', '*.tsx', '*.js', '*.cjs', '*.css'];

/** `results-store.test.ts`, `vite.config.ts`, `.dependency-cruiser.cjs`. */
const KEBAB_CASE = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('files of the repository', () => {
  test('are looked at: git lists them', () => {
    expect(repositoryFiles(...CODE).length).toBeGreaterThan(20);
  });

  test('have kebab-case names', () => {
    expect(repositoryFiles(...CODE).filter((file) => !KEBAB_CASE.test(basename(file)))).toEqual([]);
    expect(['ResultsStore.ts', 'results_store.ts', 'resultsStore.ts'].filter((name) => KEBAB_CASE.test(name))).toEqual([]);
  });

  test('are at most 400 lines long where they are code', () => {
    const long = repositoryFiles('src/*.ts', 'src/**/*.ts', 'web/**/*.ts', 'web/**/*.tsx')
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  test('hold no path of the machine they were written on', () => {
    // Built from parts, or this very file would be found. A path that only contains the word (`src/work/`) is another matter.
    const path = new RegExp(`(^|[^\\w./-])${['', 'work', ''].join('/')}`);
    const found = repositoryFiles().flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, index) => (path.test(line) ? [`${file}:${String(index + 1)}`] : [])),
    );
    expect(found).toEqual([]);
    expect(['cd ', '`', '"', ''].every((before) => path.test(`${before}${['', 'work', 'shared'].join('/')}`))).toBe(true);
  });
});
