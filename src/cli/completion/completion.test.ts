import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tacho } from '../../../test/support/command-line.ts';
import { startTestServer, type TestServer } from '../../../test/support/server.ts';
import { processIo } from '../io.ts';
import { createProgram } from '../program.ts';
import { completionPlan } from './plan.ts';

const run = promisify(execFile);
const launcher = resolve(import.meta.dirname, '../../../bin/tacho.js');
/** A name that a shell would love to run. */
const HOSTILE = 'evil$(touch pwned)`touch pwned`; "it\'s" \\x';

let server: TestServer;
let folder = '';

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'tacho-completion-'));
  writeFileSync(join(folder, 'tacho'), `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
  chmodSync(join(folder, 'tacho'), 0o755);
  for (const name of ['example', 'edge', HOSTILE]) await server.request('POST', '/api/destinations', { json: { name, host: 'h' } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a real shell offers for words typed so far, the last of which is under the cursor. */
type Shell = (words: readonly string[]) => Promise<string[]>;

async function lines(program: string, args: readonly string[], words: readonly string[]): Promise<string[]> {
  const script = (await tacho(['completion', program])).out;
  writeFileSync(join(folder, 'script'), script);
  const env = { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, HOME: folder, TACHO_DATA: server.data };
  const { stdout, stderr } = await run(program, [...args, ...words], { env, cwd: folder });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

const BASH = `source script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tacho; printf '%s\\n' "\${COMPREPLY[@]}"`;
// What the completion system would show is printed instead: the functions that it brings are stood in for.
const ZSH = `compdef() { : }
compadd() { [[ $1 == -- ]] && shift; print -rl -- $@ }
_describe() { print -rl -- \${\${(P)@[-1]}%%:*} }
_files() { print -r -- files }
source ./script; words=("$@"); CURRENT=$#; _tacho`;
const FISH = `source script; complete -C (string join ' ' -- $argv) | string split -f 1 \\t; true`;

/** What each shell itself says of who completes `tacho`, after its own completion system was started and the script loaded. */
const REGISTERED: Readonly<Record<string, readonly string[]>> = {
  bash: ['--norc', '-c', 'source script; complete -p tacho'],
  zsh: ['-f', '-c', 'autoload -Uz compinit; compinit -u -d "$HOME/dump"; source ./script; print -r -- $_comps[tacho]'],
  fish: ['--no-config', '-c', 'source script; complete -c tacho'],
};

const shells: Readonly<Record<string, Shell>> = {
  bash: (words) => lines('bash', ['-c', BASH, 'bash'], words),
  zsh: (words) => lines('zsh', ['-f', '-c', ZSH, 'zsh'], words),
  fish: (words) => lines('fish', ['--no-config', '-c', FISH], words),
};

describe.each(Object.keys(shells))('completion of %s', (shell) => {
  const missing = spawnSync(shell, ['-c', 'true']).error !== undefined;
  if (missing) console.warn(`skipped: completion of ${shell}, because ${shell} is not installed`);
  const complete: Shell = (words) => (shells[shell] as Shell)(words);

  test.skipIf(missing)('is registered with the shell by its script', async () => {
    expect((await lines(shell, REGISTERED[shell] ?? [], [])).join(' ')).toMatch(/_tacho/);
  });

  test.skipIf(missing)('offers commands', async () => {
    expect(await complete(['tacho', 'age'])).toEqual(expect.arrayContaining(['agent', 'agents']));
    expect((await complete(['tacho', 'destinations', ''])).sort()).toEqual(expect.arrayContaining(['add', 'list', 'rm', 'set', 'show']));
    expect(await complete(['tacho', 'completion', ''])).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  test.skipIf(missing)('offers options and their words', async () => {
    const offered = await complete(['tacho', 'jobs', 'add', 'x', '--']);
    for (const option of ['--kind', '--destination', '--token-file', '--json']) expect(offered).toContain(option);
    expect(offered).not.toContain('--uses');
    expect(await complete(['tacho', 'destinations', 'set', 'x', '--status', ''])).toEqual(['active', 'inactive']);
    expect(await complete(['tacho', 'jobs', 'add', 'x', '--kind', ''])).toEqual(expect.arrayContaining(['ping', 'dns', 'http', 'system']));
  });

  test.skipIf(missing)('offers the names of what there is, and runs none of them', async () => {
    const offered = await complete(['tacho', 'destinations', 'show', 'e']);
    const hostile = offered.filter((name) => name.startsWith('evil'));
    expect(offered.filter((name) => !name.startsWith('evil')).sort()).toEqual(['edge', 'example']);
    // As text, however the shell quotes it.
    expect(hostile.map((name) => name.replaceAll('\\', ''))).toEqual([HOSTILE.replaceAll('\\', '')]);
    expect(await complete(['tacho', 'jobs', 'add', 'x', '--kind', 'ping', '--destination', 'ex'])).toContain('example');
    expect(spawnSync('ls', [folder], { encoding: 'utf8' }).stdout).not.toContain('pwned');
  });

  test.skipIf(missing)('looks where the command line says', async () => {
    expect(await complete(['tacho', 'destinations', 'rm', '--data', join(folder, 'none'), 'e'])).toEqual([]);
  });
});

test('every command and option of the program is in the plan', () => {
  const program = createProgram(processIo());
  const plan = completionPlan(program);
  for (const command of program.commands) {
    expect(plan.commands.get('')?.map(({ word }) => word)).toContain(command.name());
    for (const below of command.commands) {
      const path = `${command.name()} ${below.name()}`;
      for (const { long } of below.options) expect(plan.options.get(path)?.map(({ word }) => word)).toContain(long);
    }
  }
});
