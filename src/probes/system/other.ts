import type { SystemSource } from './source.ts';

/** macOS, Windows and BSD, through systeminformation; loaded on first use, because it costs an agent 11 MB. */
export async function otherSource(): Promise<SystemSource> {
  const { default: information } = await import('systeminformation');
  return {
    tool: 'systeminformation',
    memory: async () => {
      const { total, available, swaptotal, swapfree } = await information.mem();
      return { totalBytes: total, availableBytes: available, swapTotalBytes: swaptotal, swapFreeBytes: swapfree };
    },
    counters: async () => {
      const stats = await information.networkStats('*');
      return stats.map(({ iface, rx_bytes, tx_bytes }) => ({ name: iface, rxBytes: rx_bytes, txBytes: tx_bytes }));
    },
    linkSpeedMbps: () => Promise.resolve(null),
  };
}
