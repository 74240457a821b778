import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { repositoryFiles, root } from './tracked-files.ts';

const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  readonly forbidden: NonNullable<IFlattenedRuleSet['forbidden']>;
  readonly options: ICruiseOptions;
};

describe('import directions', () => {
  test('hold, in every module git lists', async () => {
    const result = await cruiseFrom(root, ['src', 'web']);
    expect(violations(result)).toEqual([]);

    const cruised = new Set(result.modules.map((module) => module.source));
    const missed = repositoryFiles('src/*.ts', 'src/**/*.ts', 'web/src/**/*.ts', 'web/src/**/*.tsx').filter((file) => !cruised.has(file));
    expect(missed.filter((file) => !file.endsWith('.d.ts'))).toEqual([]);
  });

  test('are said for every folder of src', () => {
    const said = new Set(config.forbidden.map((rule) => rule.name));
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'cli');
    expect(folders.map((entry) => entry.name).filter((name) => !said.has(`${name}-imports`))).toEqual([]);
  });
});

describe('the table bites', () => {
  let folder = '';
  const planted: string[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tacho-boundaries-'));
    for (const file of ['tsconfig.json', 'package.json']) cpSync(join(root, file), join(folder, file));
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  });

  afterEach(() => {
    for (const file of planted.splice(0)) rmSync(join(folder, file));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function plant(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    planted.push(file);
  }

  test.each([
    ['src/protocol/planted.ts', 'pure-without-clock', `import { systemClock } from '../util/clock.ts';\nexport const planted = systemClock;\n`],
    ['src/model/planted.ts', 'pure-without-node', `import { readFileSync } from 'node:fs';\nexport const planted = readFileSync;\n`],
    ['src/util/planted.ts', 'util-imports', `import { kinds } from '../model/kinds/index.ts';\nexport const planted = kinds;\n`],
    ['src/probes/planted/a.ts', 'probes-imports', `import type { Schedule } from '../../protocol/messages.ts';\nexport type Planted = Schedule;\n`],
    ['src/model/kinds/planted.ts', 'strange-kinds', `import { ping } from './ping.ts';\nexport const planted = ping;\n`],
    ['src/novelty/planted.ts', 'folder-in-the-table', `import { hash32 } from '../util/hash.ts';\nexport const planted = hash32;\n`],
    ['src/model/planted.ts', 'no-cycles', `import './planted.ts';\nexport const planted = 1;\n`],
    ['src/model/planted.ts', 'resolvable', `export { absent } from './absent.ts';\n`],
  ])('%s is refused: %s', async (file, rule, text) => {
    plant(file, text);
    expect(violations(await cruiseFrom(folder, [file]))).toContain(`${rule}: ${file}`);
  });

  test('a store that the agent reaches through others is refused', async () => {
    rmSync(join(folder, 'src/agent'), { recursive: true, force: true });
    plant('src/agent/main.ts', `export { planted } from '../probes/planted/a.ts';\n`);
    plant('src/probes/planted/a.ts', `export type { ResultsStore as planted } from '../../store/results/results-store.ts';\n`);
    expect(violations(await cruiseFrom(folder, ['src/agent/main.ts']))).toContain('light-agent: src/agent/main.ts');
  });
});

/** Cruises folders or files of a checkout, and what they reach, by the table. */
async function cruiseFrom(base: string, roots: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(
    roots,
    { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true, baseDir: base },
    { ...config.options.enhancedResolveOptions },
  );
  if (typeof output === 'string') throw new Error(output);
  return output;
}

function violations(result: ICruiseResult): string[] {
  return result.summary.violations.map((violation) => `${violation.rule.name}: ${violation.from}`);
}
