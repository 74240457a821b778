import { readFile } from 'node:fs/promises';
import { parseMeminfo, parseNetDev } from '../../parsers/proc.ts';
import type { SystemSource } from './source.ts';

/** Linux tells all of it in files: nothing is started and nothing more is loaded. */
export const linuxSource: SystemSource = {
  tool: 'procfs',
  memory: async () => {
    const memory = parseMeminfo(await readFile('/proc/meminfo', 'utf8'));
    if (memory === null) throw new Error('/proc/meminfo lacks MemTotal or MemAvailable');
    return memory;
  },
  counters: async () => parseNetDev(await readFile('/proc/net/dev', 'utf8')),
  linkSpeedMbps: async (name) => {
    // Virtual interfaces answer -1 or refuse the read.
    const text = await readFile(`/sys/class/net/${name}/speed`, 'utf8').catch(() => '');
    const speed = Number(text.trim());
    return text.trim() !== '' && Number.isFinite(speed) && speed > 0 ? speed : null;
  },
};
