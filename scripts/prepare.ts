import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artefactPath } from '../src/util/files.ts';
import { contentHash } from './content-hash.ts';
import { runChild } from './run-child.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHARED_INPUTS = ['package-lock.json', 'src/model', 'src/protocol', 'src/util'];

/** Something the running program needs that is built from sources. */
interface Step {
  readonly title: string;
  /** Its absence means that it must be built. */
  readonly output: string;
  /** Remembers the hash of the inputs of the last build, beside its output. */
  readonly stamp: string;
  readonly inputs: readonly string[];
  /** The file without which there is nothing to build. */
  readonly needs: string;
  /** Arguments for Node. A child process, so that a bundler's memory is not the server's. */
  readonly command: readonly string[];
}

const steps: readonly Step[] = [
  {
    title: 'dashboard',
    output: join(artefactPath('dashboard'), 'index.html'),
    stamp: join(artefactPath('dashboard'), '.inputs'),
    inputs: [...SHARED_INPUTS, 'src/charts', 'web'],
    needs: 'web/index.html',
    command: ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn', '--emptyOutDir'],
  },
  {
    title: 'agent',
    output: artefactPath('agent'),
    stamp: `${artefactPath('agent')}.inputs`,
    inputs: [...SHARED_INPUTS, 'src/agent', 'src/probes', 'src/parsers', 'scripts/bundle-agent.ts'],
    needs: 'scripts/bundle-agent.ts',
    command: ['scripts/bundle-agent.ts', artefactPath('agent')],
  },
];

/** Builds what is missing or older than its sources, and says so in a line. Throws, with the builder's output, where that fails. */
export async function prepare(print: (line: string) => void): Promise<void> {
  for (const step of steps) {
    if (!existsSync(join(root, step.needs))) {
      print(`${step.title}: not built, there is no ${step.needs}`);
      continue;
    }
    const hash = contentHash(root, step.inputs);
    if (existsSync(step.output) && existsSync(step.stamp) && readFileSync(step.stamp, 'utf8') === hash) continue;
    const startedAt = performance.now();
    const outcome = await runChild(process.execPath, step.command, { cwd: root, quiet: true });
    if (outcome.signal !== null) throw new Error(`building the ${step.title} was stopped by ${outcome.signal}`);
    if (outcome.exitCode !== 0 || !existsSync(step.output)) throw new Error(`building the ${step.title} failed:\n${outcome.output}`);
    mkdirSync(dirname(step.stamp), { recursive: true });
    writeFileSync(step.stamp, hash);
    print(`built the ${step.title} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}
