import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { artefactPath, findArtefact } from '../src/util/files.ts';
import { prepare } from './prepare.ts';
import { runChild } from './run-child.ts';

/** The fields of package.json that the published package keeps: no workspace, no scripts, no Node beside the sources. */
const KEPT = ['name', 'version', 'description', 'license', 'type', 'engines', 'bin', 'dependencies'] as const;

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);

await prepare((line) => {
  console.error(line);
});
// The agent's bundle lives in dist/ in a checkout: it is kept aside while the rest is made anew.
const agent = findArtefact('agent') === null ? null : readFileSync(artefactPath('agent'));
rmSync(out, { recursive: true, force: true });
const { exitCode } = await runChild(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', out], {
  cwd: root,
});
if (exitCode !== 0) {
  process.exitCode = exitCode;
} else {
  mkdirSync(out, { recursive: true });
  if (agent !== null) writeFileSync(join(out, 'agent.js'), agent);
  const dashboard = findArtefact('dashboard');
  if (dashboard !== null) cpSync(dashboard, join(out, 'web'), { recursive: true, filter: (source) => !source.endsWith('.inputs') });
  cpSync(join(root, 'bin'), join(out, 'bin'), { recursive: true });
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) cpIfThere(file);
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  console.error(`built the package in ${out}`);
}

function cpIfThere(file: string): void {
  try {
    cpSync(join(root, file), join(out, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function publishedManifest(): Record<string, unknown> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  return {
    ...Object.fromEntries(KEPT.map((key) => [key, manifest[key]])),
    exports: { './package.json': './package.json' },
  };
}
