import { spawnSync } from 'node:child_process';

/** A system Node that is older than ours, where there is one. */
export function findOldNode(): string | null {
  for (const candidate of ['/usr/bin/node', '/usr/local/bin/node']) {
    const { stdout, status } = spawnSync(candidate, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' });
    if (status === 0 && Number(stdout) < 24) return candidate;
  }
  return null;
}
