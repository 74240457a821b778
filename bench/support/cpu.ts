import { readFileSync } from 'node:fs';

/** The unit of CPU times in /proc: 100 a second on every Linux that Node runs on (sysconf _SC_CLK_TCK). */
const TICK_MS = 10;

export interface ProcessCpu {
  /** All threads. */
  readonly allMs: number;
  /** The first thread: Node's event loop. */
  readonly mainMs: number;
}

/** CPU time a process has used so far, user and system; null where /proc does not say. */
export function cpuOf(pid: number): ProcessCpu | null {
  try {
    return { allMs: used(`/proc/${pid}/stat`), mainMs: used(`/proc/${pid}/task/${pid}/stat`) };
  } catch {
    return null;
  }
}

/** CPU time that all of the machine has used so far; null where /proc does not say. */
export function machineCpu(): { busyMs: number; cores: number } | null {
  try {
    const lines = readFileSync('/proc/stat', 'utf8').split('\n');
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = (lines[0] ?? '').trim().split(/\s+/).slice(1).map(Number);
    return { busyMs: (user + nice + system + irq + softIrq + steal) * TICK_MS, cores: lines.filter((line) => /^cpu\d/.test(line)).length };
  } catch {
    return null;
  }
}

/** Fields 14 and 15 of /proc/PID/stat; the command before them may hold spaces and brackets. */
function used(path: string): number {
  const text = readFileSync(path, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
