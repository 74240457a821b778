import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that is soon full. */
export interface SmallDisk extends Disposable {
  readonly path: string;
}

/** Mounts a disk of so many megabytes, in memory. Dispose of it (`using`) after what uses it has ended. */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'tacho-disk-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const { error, status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { encoding: 'utf8' });
  if (status !== 0) {
    remove();
    throw error ?? new Error(`cannot mount a disk: ${stderr.trim()}`);
  }
  return {
    path,
    [Symbol.dispose]: () => {
      // Lazily: a process that a failed test left must not keep the mount.
      spawnSync('umount', ['-l', path]);
      remove();
    },
  };
}

/** Why small disks cannot be had here, in words for a skipped test; null where they can. */
export function smallDiskUnavailable(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a small disk needs root on Linux';
  try {
    mountSmallDisk(1)[Symbol.dispose]();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Takes all room that a disk has, to the last page, with a file that is made or grows. */
export async function fillDisk(path: string): Promise<void> {
  for (let bytes = 65_536; bytes >= 4096; bytes /= 2) {
    for (;;) {
      try {
        await writeFile(path, Buffer.alloc(bytes), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        break;
      }
    }
  }
}
