import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { artefactPath, findArtefact, packageFile, siblingFile, siblingUrl } from './files.ts';

const root = resolve(import.meta.dirname, '../..');

/** Reports, as JSON, what the helper says from where this module stands, and starts the worker beside it. */
const PROBE = `
import { Worker } from 'node:worker_threads';
import { artefactPath, packageFile, siblingFile, siblingUrl } from '../util/files.ts';

const worker = new Worker(siblingUrl(import.meta.url, './worker.ts'));
worker.once('message', (message: unknown) => {
  console.log(JSON.stringify({
    message,
    sibling: siblingFile(import.meta.url, './worker.ts'),
    manifest: packageFile('package.json'),
    dashboard: artefactPath('dashboard'),
    agent: artefactPath('agent'),
  }));
});
`;
const WORKER = `
import { parentPort } from 'node:worker_threads';
parentPort?.postMessage('from the worker');
`;

describe('in a checkout', () => {
  test('names the TypeScript source beside the caller', () => {
    expect(siblingFile(import.meta.url, './files.ts')).toBe(join(root, 'src/util/files.ts'));
    expect(siblingUrl(import.meta.url, '../model/job.ts').href).toBe(pathToFileURL(join(root, 'src/model/job.ts')).href);
  });

  test('finds files of the package and what is built beforehand', () => {
    expect(JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))).toMatchObject({ name: 'tachograph' });
    expect(artefactPath('dashboard')).toBe(join(root, 'web/dist'));
    expect(artefactPath('agent')).toBe(join(root, 'dist/agent.js'));
    expect(findArtefact('agent')).toBe(existsSync(artefactPath('agent')) ? artefactPath('agent') : null);
  });
});

describe('in both forms, really run', () => {
  let folder = '';
  const run = (file: string): unknown => JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8' }));

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tacho-files-')));
    mkdirSync(join(folder, 'src/util'), { recursive: true });
    mkdirSync(join(folder, 'src/sample'));
    for (const file of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) cpSync(join(root, file), join(folder, file));
    cpSync(join(root, 'src/util/files.ts'), join(folder, 'src/util/files.ts'));
    writeFileSync(join(folder, 'src/sample/probe.ts'), PROBE);
    writeFileSync(join(folder, 'src/sample/worker.ts'), WORKER);
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: folder });
    cpSync(join(folder, 'package.json'), join(folder, 'dist/package.json'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('sources run their workers and point into the checkout', () => {
    expect(run(join(folder, 'src/sample/probe.ts'))).toEqual({
      message: 'from the worker',
      sibling: join(folder, 'src/sample/worker.ts'),
      manifest: join(folder, 'package.json'),
      dashboard: join(folder, 'web/dist'),
      agent: join(folder, 'dist/agent.js'),
    });
  });

  test('the built package runs its workers and points into itself', () => {
    expect(run(join(folder, 'dist/sample/probe.js'))).toEqual({
      message: 'from the worker',
      sibling: join(folder, 'dist/sample/worker.js'),
      manifest: join(folder, 'dist/package.json'),
      dashboard: join(folder, 'dist/web'),
      agent: join(folder, 'dist/agent.js'),
    });
  });
});
