import * as z from 'zod';
import { defineKind } from './kind.ts';

const COUNT = { least: 1, most: 1000 };
const PERIOD_MS = { least: 10, most: 60_000 };
const OWN_PERIOD_MS = 500;

function clamp(value: number, { least, most }: { readonly least: number; readonly most: number }): number {
  return Math.min(most, Math.max(least, Math.floor(value)));
}

const spec = z.object({
  count: z.int().min(COUNT.least).max(COUNT.most).default(10).meta({ title: 'Packets', description: 'packets sent in one run' }),
  period_ms: z
    .int()
    .min(PERIOD_MS.least)
    .max(PERIOD_MS.most)
    .default(OWN_PERIOD_MS)
    .meta({ title: 'Period', description: 'milliseconds between packets' }),
  timeout_ms: z.int().min(50).max(30_000).default(2000).meta({ title: 'Timeout', description: 'milliseconds to wait for each reply' }),
  size: z.int().min(16).max(65_000).default(56).meta({ title: 'Size', description: 'payload bytes of each packet; a time stamp needs 16' }),
  family: z.enum(['any', 'ipv4', 'ipv6']).default('any').meta({ title: 'Address family', description: 'any, ipv4 or ipv6' }),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(443)
    .meta({ title: 'TCP port', description: 'port for TCP connect, used only where ICMP is not available' }),
});

const rtt = { unit: 'ms', better: 'lower', decimals: 2 } as const;

export const ping = defineKind({
  kind: 'ping',
  title: 'Ping',
  description: 'round-trip time, jitter and loss by ICMP echo (TCP connect where ICMP is not available)',
  target: 'host',
  spec,
  metrics: {
    rtt_avg_ms: { ...rtt, title: 'Latency', description: 'mean round-trip time' },
    rtt_min_ms: { ...rtt, title: 'Lowest latency', description: 'smallest round-trip time' },
    rtt_median_ms: { ...rtt, title: 'Median latency', description: 'median round-trip time' },
    rtt_max_ms: { ...rtt, title: 'Highest latency', description: 'largest round-trip time' },
    rtt_stddev_ms: { ...rtt, title: 'Latency spread', description: 'sample standard deviation of the round-trip times' },
    jitter_ms: { ...rtt, title: 'Jitter', description: 'mean absolute difference of consecutive round-trip times' },
    packet_loss_pct: { unit: 'pct', better: 'lower', decimals: 1, title: 'Loss', description: 'packets without a reply, of those sent' },
    packets_sent: { unit: 'count', better: null, decimals: 0, title: 'Sent', description: 'packets sent' },
    packets_received: {
      unit: 'count',
      better: 'higher',
      decimals: 0,
      title: 'Received',
      description: 'packets answered in time, duplicates not counted',
    },
  },
  details: z.object({
    tool: z.string().meta({ description: 'what measured: fping, ping or tcp' }),
    address: z.string().nullable().meta({ description: 'the address that was measured' }),
    replies: z
      .array(z.object({ seq: z.int(), rtt_ms: z.number().nullable(), ttl: z.int().optional(), duplicate: z.boolean().optional() }))
      .meta({ description: 'one entry a packet, in order; rtt_ms null where no reply came in time' }),
    resolution_ms: z
      .number()
      .nullable()
      .meta({ description: 'coarsest step of the times: tools print three digits, so 0.1 from 10 ms and 1 from 100 ms' }),
    errors: z.array(z.string()).max(20).meta({ description: 'what the tool or the network said of packets without a reply' }),
    loop_lag_ms: z.number().optional().meta({ description: "the event loop's lag, where our own clock timed this (tool tcp)" }),
  }),
  primary: ['rtt_avg_ms', 'packet_loss_pct', 'jitter_ms'],
  paced: ({ durationMs, periodMs }) => {
    const period = periodMs === null ? OWN_PERIOD_MS : clamp(periodMs, PERIOD_MS);
    return {
      ...(durationMs !== null && { count: clamp(durationMs / period, COUNT) }),
      ...(periodMs !== null && { period_ms: period }),
    };
  },
  responseTime: 'rtt_avg_ms',
  // Besides the packets: up to 5 s for the name, and 3 s for the tool to start, be interrupted and end.
  longestRunMs: (s) => (s.count - 1) * s.period_ms + s.timeout_ms + 8000,
  // Every packet goes and comes back: its payload, 8 bytes of ICMP and 40 of IPv6.
  trafficBytes: (s) => s.count * 2 * (s.size + 48),
  showsOutage: true,
  cheapest: { count: 1, timeout_ms: 2000 },
  peak: (s) => ({ packetsPerSecond: 1000 / s.period_ms, rateMbps: ((1000 / s.period_ms) * (s.size + 48) * 8) / 1e6 }),
});
