import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { recordTotals } from '../scripts/totals.ts';
import type { Bench } from './bench.ts';
import { figureTable } from './figures.ts';

/** Files of this folder that are not benches. */
const NOT_BENCHES = new Set(['bench.ts', 'run.ts', 'figures.ts']);

const quick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_BENCHES.has(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const unknown = wanted.filter((name) => !names.includes(name));

if (unknown.length > 0) {
  console.error(`unknown bench: ${unknown.join(', ')}; expected one of ${names.join(', ')}`);
  process.exitCode = 2;
} else if (wanted.length === 0 && !quick) {
  for (const name of names) console.log(`${name.padEnd(24)} ${(await load(name)).description}`);
} else {
  const chosen = wanted.length === 0 ? names : wanted;
  let failed = 0;
  for (const name of chosen) failed += (await runOne(name)) ? 0 : 1;
  if (quick) recordTotals({ passed: chosen.length - failed, failed, skipped: 0 });
  process.exitCode = failed === 0 ? 0 : 1;
}

/** Only the bench that runs is loaded: what the others import must not weigh on its figures. */
async function load(name: string): Promise<Bench> {
  const { bench } = (await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href)) as { bench?: Bench };
  if (bench === undefined) throw new Error(`bench/${name}.ts does not export a bench`);
  if (bench.name !== name) throw new Error(`bench/${name}.ts exports a bench of another name: ${bench.name}`);
  return bench;
}

async function runOne(name: string): Promise<boolean> {
  try {
    const bench = await load(name);
    console.log(`${name}: ${bench.description}`);
    console.log(machine());
    const { figures } = await bench.run({
      quick,
      print: (line) => {
        console.log(line);
      },
    });
    for (const line of figureTable(figures, quick)) console.log(line);
    console.log(JSON.stringify({ bench: name, ...(quick && { smoke: true }), figures }));
    return true;
  } catch (error) {
    console.error(`${name} failed:`, error);
    return false;
  }
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${String(availableParallelism())} x ${model}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}
