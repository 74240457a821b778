import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Whether /proc tells about processes here (Linux). */
export const processesKnown = existsSync('/proc/self/stat');

/** State and parent of a process; null where there is none. */
function stateOf(pid: number): { state: string; parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // `pid (name) state parent ...`; the name may hold spaces and parentheses.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

/** Whether a process runs. One that has ended and that nobody has reaped does not. */
export function isRunning(pid: number): boolean {
  const found = stateOf(pid);
  return found !== null && found.state !== 'Z';
}

/** Running children of a process; none are known without /proc. */
export function childrenOf(pid: number): number[] {
  if (!processesKnown) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((child) => stateOf(child)?.parent === pid && isRunning(child));
}
