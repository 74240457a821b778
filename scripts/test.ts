import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { prepare } from './prepare.ts';
import { runChild } from './run-child.ts';
import { ensureSystemTools, findApt, isInPath, withTemporaryFile } from './system-tools.ts';
import { recordTotals } from './totals.ts';
import { vitestTotals, type VitestReport } from './vitest-totals.ts';

const root = resolve(import.meta.dirname, '..');
const summaryFile = join(root, 'node_modules/.cache/tachograph/test-summary.json');
const long = process.argv.includes('--long');
const args = process.argv.slice(2).filter((argument) => argument !== '--long');
const print = (line: string): void => {
  console.error(line);
};

ensureSystemTools({ isPresent: isInPath, print, apt: findApt(), withFile: withTemporaryFile });
let exitCode = 1;
try {
  await prepare(print);
  mkdirSync(dirname(summaryFile), { recursive: true });
  rmSync(summaryFile, { force: true });
  const vitest = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${summaryFile}`, ...args];
  const outcome = await runChild(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...vitest], { cwd: root, env: environment() });
  exitCode = outcome.exitCode;
} catch (error) {
  print(error instanceof Error ? error.message : String(error));
}
const totals = vitestTotals(readSummary(), exitCode);
recordTotals(totals);
print(`tests: ${String(totals.passed)} passed, ${String(totals.failed)} failed, ${String(totals.skipped)} skipped`);
process.exitCode = exitCode;

function readSummary(): VitestReport | null {
  return existsSync(summaryFile) ? (JSON.parse(readFileSync(summaryFile, 'utf8')) as VitestReport) : null;
}

function environment(): Record<string, string> {
  // The folder with recorded outputs and data sets stands beside the checkout, where there is one.
  const shared = join(root, '..', 'shared');
  const hasShared = (process.env['TACHO_SHARED'] ?? '') === '' && existsSync(shared);
  return { ...(long && { TACHO_LONG: '1' }), ...(hasShared && { TACHO_SHARED: shared }) };
}
