import { statfs } from 'node:fs/promises';
import { cpus, loadavg, networkInterfaces, platform, release, uptime } from 'node:os';
import type { system as definition } from '../../model/kinds/system.ts';
import type { MetricsOf } from '../../model/kinds/kind.ts';
import type { InterfaceCounters, MemoryFigures } from '../../parsers/proc.ts';
import { abortable } from '../abortable.ts';
import type { Probe } from '../probe.ts';
import { linuxSource } from './linux.ts';
import { otherSource } from './other.ts';
import type { SystemSource } from './source.ts';

const MIB = 1_048_576;

/** Bits of a byte, and bits a second of a megabit a second. */
const BITS = 8;
const MEGA = 1e6;

export const system: Probe<'system'> = {
  kind: 'system',

  detect: async () => {
    const { tool } = await sourceOf();
    return { available: true, tool, version: null, note: null };
  },

  async run(_host, spec, context, signal) {
    signal.throwIfAborted();
    const source = await sourceOf();
    const before = await abortable(source.counters(), signal);
    const cpuBefore = cpuTimes();
    const started = context.clock.monotonic();
    await context.clock.sleep(spec.sample_ms, signal);
    const after = await abortable(source.counters(), signal);
    const cpuAfter = cpuTimes();
    const seconds = (context.clock.monotonic() - started) / 1000;
    const interfaces = await abortable(ratesOf(source, before, { after, seconds }), signal);
    const memory = await abortable(source.memory(), signal);
    const disk = await abortable(statfs(context.dataDir), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof Error && 'code' in error) return null;
      throw error;
    });
    const sum = (key: 'rx_mbps' | 'tx_mbps'): number => interfaces.reduce((total, one) => total + one[key], 0);
    return {
      status: 'success',
      failure: null,
      metrics: {
        ...cpuMetric(cpuBefore, cpuAfter),
        ...(platform() !== 'win32' && { load1: loadavg()[0] ?? 0 }),
        ...memoryMetrics(memory),
        ...(disk !== null && disk.blocks > 0 && diskMetrics(disk)),
        net_rx_mbps: sum('rx_mbps'),
        net_tx_mbps: sum('tx_mbps'),
        uptime_s: uptime(),
      },
      details: { cores: cpus().length, platform: `${platform()} ${release()}`, interfaces },
    };
  },
};

function sourceOf(): Promise<SystemSource> {
  return platform() === 'linux' ? Promise.resolve(linuxSource) : otherSource();
}

type Metrics = MetricsOf<typeof definition>;

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** Milliseconds all cores together were busy, and were counted at all. */
function cpuTimes(): CpuTimes {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { busy: total - idle, total };
}

/** Absent where the counters did not move: a sample shorter than the kernel's tick. */
function cpuMetric(before: CpuTimes, after: CpuTimes): Metrics {
  const total = after.total - before.total;
  if (total <= 0) return {};
  return { cpu_pct: Math.min(100, Math.max(0, (100 * (after.busy - before.busy)) / total)) };
}

export function memoryMetrics({ totalBytes, availableBytes, swapTotalBytes, swapFreeBytes }: MemoryFigures): Metrics {
  const used = totalBytes - availableBytes;
  return {
    ...(totalBytes > 0 && { memory_pct: (100 * used) / totalBytes, memory_used_mb: used / MIB }),
    ...(swapTotalBytes > 0 && { swap_pct: (100 * (swapTotalBytes - swapFreeBytes)) / swapTotalBytes }),
  };
}

/** As `df` counts: of what an ordinary user can get, without the blocks reserved for root. */
export function diskMetrics({ bsize, blocks, bfree, bavail }: { bsize: number; blocks: number; bfree: number; bavail: number }): Metrics {
  const used = blocks - bfree;
  const usable = used + bavail;
  return { ...(usable > 0 && { disk_pct: (100 * used) / usable }), disk_free_mb: (bavail * bsize) / MIB };
}

interface InterfaceRate {
  readonly name: string;
  readonly rx_mbps: number;
  readonly tx_mbps: number;
  readonly speed_mbps: number | null;
}

/** Rates of the interfaces that are up and lead somewhere; a counter that went back (interface restarted) counts as 0. */
async function ratesOf(
  source: SystemSource,
  before: readonly InterfaceCounters[],
  { after, seconds }: { after: readonly InterfaceCounters[]; seconds: number },
): Promise<InterfaceRate[]> {
  const loopback = new Set(
    Object.entries(networkInterfaces()).flatMap(([name, all]) => (all?.every(({ internal }) => internal) === true ? [name] : [])),
  );
  const rate = (from: number, to: number): number => (seconds > 0 ? (Math.max(0, to - from) * BITS) / seconds / MEGA : 0);
  const known = new Map(before.map((counters) => [counters.name, counters]));
  const rates: InterfaceRate[] = [];
  for (const { name, rxBytes, txBytes } of after) {
    const earlier = known.get(name);
    if (loopback.has(name) || name === 'lo' || earlier === undefined || (rxBytes === 0 && txBytes === 0)) continue;
    const speed = await source.linkSpeedMbps(name);
    rates.push({ name, rx_mbps: rate(earlier.rxBytes, rxBytes), tx_mbps: rate(earlier.txBytes, txBytes), speed_mbps: speed });
  }
  return rates;
}
