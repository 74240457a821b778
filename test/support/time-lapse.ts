import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The library that makes clocks run faster, in its form for programs with threads; each system has its own folder. */
function findLibrary(): string | null {
  const multiarch = readDirectory('/usr/lib').map((folder) => join('/usr/lib', folder, 'faketime'));
  for (const folder of [...multiarch, '/usr/lib/faketime', '/usr/lib64/faketime', '/usr/local/lib/faketime']) {
    if (readDirectory(folder).includes('libfaketimeMT.so.1')) return join(folder, 'libfaketimeMT.so.1');
  }
  return null;
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * The environment in which a program's clocks, the monotonic one and timers too, run so many times faster, from the
 * moment of its start. Tools that send packets keep real time, so that round trips stay what they are.
 */
export function timeLapse(speed: number): Record<string, string> {
  const library = findLibrary();
  if (library === null) throw new Error('libfaketime is not installed');
  return { LD_PRELOAD: library, FAKETIME: `+0 x${speed}`, FAKETIME_SKIP_CMDS: 'fping,ping' };
}

/** The environment in which a program's wall clock is off by what a file says (`+3600`), each time it is read; time passes as it does. */
export function steppedClock(file: string): Record<string, string> {
  const library = findLibrary();
  if (library === null) throw new Error('libfaketime is not installed');
  return { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
}

/** Why clocks cannot be sped up here, in words for a skipped test; null where they can. */
export function timeLapseUnavailable(): string | null {
  if (findLibrary() === null) return 'speeding up the clock needs libfaketime (package faketime)';
  const script = 'const at = [Date.now(), performance.now()]; setTimeout(() => console.log(Date.now() - at[0], performance.now() - at[1]), 5000)';
  const trial = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 10_000, env: { ...process.env, ...timeLapse(100) } });
  const passed = trial.stdout.trim().split(' ').map(Number);
  return passed.length === 2 && passed.every((ms) => ms >= 5000) ? null : `libfaketime does not work here: ${trial.stdout}${trial.stderr}`.trim();
}
