import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { isRunning, processesKnown } from '../../test/support/processes.ts';
import { runProcess, type RunProcess } from '../util/process.ts';
import { Leash } from './leash.ts';
import { silentLog } from './log.ts';

if (!processesKnown) console.info('skipped: processes on a leash: this system does not tell when a process began');

describe.skipIf(!processesKnown)('a process on the leash', () => {
  let dir: string;
  const ending = new Set<number>();
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-leash-'));
  });
  afterEach(async () => {
    for (const pid of ending) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    ending.clear();
    await rm(dir, { recursive: true, force: true });
  });
  const leash = (run: RunProcess = runProcess): Leash => new Leash({ dir, run, log: silentLog });
  const listed = (): number[] => {
    const path = join(dir, 'children.json');
    if (!existsSync(path)) return [];
    return (JSON.parse(readFileSync(path, 'utf8')) as { children: { pid: number }[] }).children.map(({ pid }) => pid);
  };

  test('is written down while it runs', async () => {
    const stopping = new AbortController();
    let pid = 0;
    const running = leash().run('sleep', ['60'], { signal: stopping.signal, onStart: (started) => (pid = started) });
    await eventually(() => pid !== 0);
    expect(listed()).toEqual([pid]);
    stopping.abort();
    await running;
    expect(listed()).toEqual([]);
  });

  test('answers as without it, also where the program is not there', async () => {
    expect(await leash().run('sh', ['-c', 'echo said; exit 4'])).toMatchObject({ exitCode: 4, stdout: 'said\n', startError: null });
    expect(await leash().run('tacho-no-such-program', [])).toMatchObject({ exitCode: null, startError: 'ENOENT' });
  });

  test('that an earlier agent left behind is ended; another with its number is not', async () => {
    // As where the kernel does not end it: the wrapper is not there.
    const withoutWrapper: RunProcess = (file, args, options) =>
      file === 'setpriv' ? runProcess('tacho-no-such-program', []) : runProcess(file, args, options);
    let pid = 0;
    const left = leash(withoutWrapper).run('sleep', ['60'], { onStart: (started) => (pid = started) });
    await eventually(() => pid !== 0);
    ending.add(pid);
    const innocent = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const other = innocent.pid ?? 0;
    ending.add(other);
    const kept = JSON.parse(readFileSync(join(dir, 'children.json'), 'utf8')) as { children: object[] };
    await writeFile(join(dir, 'children.json'), JSON.stringify({ ...kept, children: [...kept.children, { pid: other, started: '1' }] }));
    await leash().endLeftovers();
    await left;
    expect([isRunning(pid), isRunning(other)]).toEqual([false, true]);
    expect(listed()).toEqual([]);
  });

  test('of another start of the machine is left alone, and a broken list counts as empty', async () => {
    const innocent = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const pid = innocent.pid ?? 0;
    ending.add(pid);
    const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];
    await writeFile(join(dir, 'children.json'), JSON.stringify({ boot: 'another', children: [{ pid, started }] }));
    await leash().endLeftovers();
    await writeFile(join(dir, 'children.json'), '{"boot":');
    await leash().endLeftovers();
    expect(isRunning(pid)).toBe(true);
  });
});
