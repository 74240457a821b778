import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const DEFINITION = `import * as z from 'zod';
import { defineKind } from './kind.ts';

export const planted = defineKind({
  kind: 'planted',
  title: 'Planted',
  description: 'a kind that a newcomer adds',
  target: 'host',
  spec: z.object({ depth: z.int().min(1).default(1) }),
  metrics: { depth_ms: { unit: 'ms', better: 'lower', decimals: 1, title: 'Depth', description: 'how deep' } },
  details: z.object({}),
  primary: ['depth_ms'],
  longestRunMs: (s) => s.depth,
});
`;

const PROBE = `import type { Probe } from '../probe.ts';

export const planted: Probe<'planted'> = {
  kind: 'planted',
  detect: () => Promise.resolve({ available: true, tool: 'none', version: null, note: null }),
  run: (_host, spec) => Promise.resolve({ status: 'success', failure: null, metrics: { depth_ms: spec.depth }, details: {}, labels: {} }),
};
`;

/** What CONTRIBUTING.md promises to whoever adds a kind, done for real in a copy of the sources. */
describe('adding a kind', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tacho-add-a-kind-'));
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true, filter: (source) => !/\.(test|contract)\.ts$/.test(source) });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: Record<string, unknown> };
    writeFileSync(join(folder, 'whole.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    // Enough to see the registries, and a quarter of the time.
    writeFileSync(join(folder, 'registries.json'), JSON.stringify({ compilerOptions, include: ['src/model', 'src/probes'] }));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    'takes a definition and a probe with one line each in two registries, and the compiler names the line that was forgotten',
    { timeout: 180_000 },
    () => {
      expect(compile('whole.json')).toEqual([]);

      writeFileSync(join(folder, 'src/model/kinds/planted.ts'), DEFINITION);
      addMember('src/model/kinds/index.ts', 'kinds', 'planted');
      addImport('src/model/kinds/index.ts', `import { planted } from './planted.ts';`);
      const errors = compile('registries.json');
      expect([...new Set(errors.map((line) => line.replace(/\(.*/, '')))]).toEqual(['src/probes/index.ts']);
      expect(errors.join(' ')).toContain("'planted'");

      mkdirSync(join(folder, 'src/probes/planted'));
      writeFileSync(join(folder, 'src/probes/planted/planted.ts'), PROBE);
      addMember('src/probes/index.ts', 'probes', `planted: async () => (await import('./planted/planted.ts')).planted`);
      expect(compile('whole.json')).toEqual([]);
    },
  );

  /** Errors, one line each, without the lines that explain them. */
  function compile(project: string): string[] {
    const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return stdout.split('\n').filter((line) => /^\S.*error TS/.test(line));
  }

  /** Writes a member into `export const <registry> = { ... }`. */
  function addMember(file: string, registry: string, member: string): void {
    const text = readFileSync(join(folder, file), 'utf8');
    const opening = `export const ${registry} = {`;
    expect(text).toContain(opening);
    writeFileSync(join(folder, file), text.replace(opening, `${opening} ${member},`));
  }

  function addImport(file: string, line: string): void {
    writeFileSync(join(folder, file), `${line}\n${readFileSync(join(folder, file), 'utf8')}`);
  }
});
