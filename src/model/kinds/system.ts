import * as z from 'zod';
import { defineKind } from './kind.ts';

const spec = z.object({
  sample_ms: z
    .int()
    .min(100)
    .max(10_000)
    .default(1000)
    .meta({ title: 'Sample', description: 'milliseconds over which CPU and network rates are taken' }),
});

export const system = defineKind({
  kind: 'system',
  title: 'System',
  description: 'load of the measuring machine itself: CPU, memory, swap, disk, network rates',
  target: 'none',
  spec,
  metrics: {
    cpu_pct: { unit: 'pct', better: 'lower', decimals: 1, title: 'CPU', description: 'CPU time not idle, all cores together' },
    load1: { unit: 'load', better: 'lower', decimals: 2, title: 'Load', description: 'load average of one minute; absent on Windows' },
    memory_pct: { unit: 'pct', better: 'lower', decimals: 1, title: 'Memory', description: 'memory in use, caches not counted' },
    memory_used_mb: { unit: 'mb', better: 'lower', decimals: 0, title: 'Memory used', description: 'memory in use, caches not counted, MiB' },
    swap_pct: { unit: 'pct', better: 'lower', decimals: 1, title: 'Swap', description: 'swap in use; absent without swap' },
    disk_pct: { unit: 'pct', better: 'lower', decimals: 1, title: 'Disk', description: 'use of the file system that holds the data directory' },
    disk_free_mb: { unit: 'mb', better: 'higher', decimals: 0, title: 'Disk free', description: 'space free there, MiB' },
    net_rx_mbps: { unit: 'mbps', better: null, decimals: 2, title: 'Received', description: 'received on all interfaces but loopback' },
    net_tx_mbps: { unit: 'mbps', better: null, decimals: 2, title: 'Sent', description: 'sent on all interfaces but loopback' },
    uptime_s: { unit: 's', better: null, decimals: 0, title: 'Uptime', description: 'since the machine started' },
  },
  details: z.object({
    cores: z.int(),
    platform: z.string(),
    interfaces: z.array(z.object({ name: z.string(), rx_mbps: z.number(), tx_mbps: z.number(), speed_mbps: z.number().nullable() })),
  }),
  primary: ['cpu_pct', 'memory_pct', 'load1'],
  longestRunMs: (s) => s.sample_ms + 10_000,
  trafficBytes: () => 0,
});
