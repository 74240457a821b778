import { readFileSync } from 'node:fs';

/** Milliseconds since the machine's boot with what it slept, to a hundredth of a second; null where the system does not say. proc_uptime(5) */
export function uptimeMs(path = '/proc/uptime'): number | null {
  try {
    const seconds = Number.parseFloat(readFileSync(path, 'utf8'));
    return Number.isFinite(seconds) ? seconds * 1000 : null;
  } catch {
    return null;
  }
}
