import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runChild } from './run-child.ts';
import { recordTotals } from './totals.ts';

const root = resolve(import.meta.dirname, '..');

/** Each check and how Node runs it. */
const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['node_modules/typescript/bin/tsc', '-p', '.'],
  'types of the dashboard': ['node_modules/typescript/bin/tsc', '-p', 'web'],
  lint: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  boundaries: ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.cjs', 'src', 'web'],
};

const failed: string[] = [];
const names = Object.keys(checks).filter((name) => name !== 'types of the dashboard' || existsSync(join(root, 'web/tsconfig.json')));
for (const name of names) {
  const startedAt = performance.now();
  const { exitCode } = await runChild(process.execPath, checks[name] ?? [], { cwd: root });
  if (exitCode !== 0) failed.push(name);
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}
recordTotals({ passed: names.length - failed.length, failed: failed.length, skipped: 0 });
console.log(`check: ${String(names.length - failed.length)} passed, ${String(failed.length)} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
