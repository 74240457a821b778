import * as z from 'zod';
import { defineKind } from './kind.ts';

/** The rate of UDP where none is given: enough to see loss and jitter, too little to fill most lines. */
export const UDP_DEFAULT_MBPS = 10;

/** What a run without a limit is taken to reach when its traffic is estimated: the line of most machines. */
const ASSUMED_MBPS = 1000;

/** Headers and acknowledgements, as a share of the payload: 66 of 1514 bytes a segment, and an answer to every other one. */
const OVERHEAD = 1.07;

/** Before the transfer: up to 5 s for the name. After it: results exchanged, the tool told to stop and ended. */
const AROUND_MS = 15_000;

const spec = z.object({
  protocol: z.enum(['tcp', 'udp']).default('tcp').meta({ title: 'Protocol', description: 'tcp or udp' }),
  direction: z.enum(['up', 'down', 'both']).default('up').meta({
    title: 'Direction',
    description: 'up (this machine sends), down (the other end sends) or both at the same time',
  }),
  streams: z.int().min(1).max(128).default(1).meta({ title: 'Streams', description: 'parallel connections' }),
  duration_s: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .meta({ title: 'Duration', description: 'seconds to transmit; where bytes are given, the longest the transfer may take' }),
  bytes: z
    .int()
    .min(1)
    .max(1_000_000_000_000)
    .nullable()
    .default(null)
    .meta({ title: 'Bytes', description: 'end after so many bytes, all streams together; empty goes by duration' }),
  omit_s: z.int().min(0).max(60).default(0).meta({ title: 'Omit', description: 'seconds at the start that do not count (slow start)' }),
  rate_mbps: z
    .number()
    .min(0.01)
    .max(400_000)
    .nullable()
    .default(null)
    .meta({
      title: 'Rate',
      description: `most Mbit/s in each direction, all streams together; empty: no limit for TCP, ${UDP_DEFAULT_MBPS} for UDP`,
    }),
  congestion: z
    .string()
    // The kernel's own limit is 16 bytes with the final NUL.
    .regex(/^[a-z][a-z0-9_-]{0,14}$/, 'invalid congestion: expected the name of an algorithm such as cubic or bbr')
    .nullable()
    .default(null)
    .meta({ title: 'Congestion control, sender', description: "TCP congestion control algorithm of the sender; empty: the system's own" }),
  family: z.enum(['any', 'ipv4', 'ipv6']).default('any').meta({ title: 'Address family', description: 'any, ipv4 or ipv6' }),
  port: z.int().min(1).max(65_535).default(5201).meta({ title: 'Port', description: 'port on which the other end listens' }),
  length: z
    .int()
    .min(16)
    .max(1_048_576)
    .nullable()
    .default(null)
    .meta({ title: 'Length', description: 'bytes of one write, with UDP of one datagram; empty: 128 KiB for TCP, what the path takes for UDP' }),
  mss: z
    .int()
    .min(88)
    .max(9216)
    .nullable()
    .default(null)
    .meta({ title: 'Segment size', description: 'largest TCP segment, bytes; empty: what the path takes' }),
  connect_timeout_ms: z
    .int()
    .min(100)
    .max(60_000)
    .default(5000)
    .meta({ title: 'Connect timeout', description: 'milliseconds to wait until the other end accepts' }),
});

const rate = { unit: 'mbps', better: 'higher', decimals: 2 } as const;
const time = { unit: 'ms', better: 'lower', decimals: 2 } as const;
const loss = { unit: 'pct', better: 'lower', decimals: 2 } as const;
const retransmits = { unit: 'count', better: 'lower', decimals: 0 } as const;
const cpu = { unit: 'pct', better: null, decimals: 1 } as const;

const intervalSide = z.object({
  mbps: z.number(),
  retransmits: z.int().optional(),
  rtt_ms: z.number().optional(),
  jitter_ms: z.number().optional(),
  packet_loss_pct: z.number().optional(),
});

const details = z.object({
  tool: z.string(),
  version: z.string().nullable(),
  address: z.string().nullable().meta({ description: 'the address that was measured' }),
  port: z.int(),
  options: z
    .object({
      protocol: z.string(),
      direction: z.string(),
      streams: z.int(),
      duration_s: z.int(),
      bytes: z.int().nullable(),
      omit_s: z.int(),
      rate_mbps: z.number().nullable(),
      length: z.int().nullable(),
    })
    .meta({ description: 'the test as it was asked for, defaults filled in' }),
  seconds: z.number().nullable().meta({ title: 'Transfer, seconds', description: 'how long the transfer really took' }),
  bytes_sent: z.int().nullable(),
  bytes_received: z.int().nullable(),
  interval_s: z.number().meta({ description: 'length of one interval' }),
  intervals: z
    .array(z.object({ start_s: z.number(), omitted: z.boolean().optional(), forward: intervalSide.optional(), reverse: intervalSide.optional() }))
    .meta({ description: 'rates as this end saw them, one entry an interval; forward is the only direction unless it is both' }),
  congestion_sender: z.string().nullable().meta({ title: 'Congestion control, sender', description: 'congestion control of the sending end' }),
  congestion_receiver: z.string().nullable().meta({ title: 'Congestion control, receiver', description: 'congestion control of the receiving end' }),
  mss: z.int().nullable().meta({ title: 'Segment size', description: 'TCP segment size used, bytes' }),
  snd_cwnd_max: z.int().nullable().meta({ title: 'Largest window', description: 'largest congestion window of one stream, bytes' }),
  rtt_min_ms: z.number().nullable(),
  rtt_max_ms: z.number().nullable(),
  packets: z.int().nullable().meta({ description: 'UDP: datagrams sent' }),
  lost_packets: z.int().nullable(),
  out_of_order: z.int().nullable(),
  cpu: z
    .object({
      local_user_pct: z.number().nullable(),
      local_system_pct: z.number().nullable(),
      remote_user_pct: z.number().nullable(),
      remote_system_pct: z.number().nullable(),
    })
    .meta({ description: 'of one core' }),
  notes: z.array(z.string()).max(20).meta({ description: 'what the tool said besides, and what could not be read' }),
});

export type ThroughputDetails = z.output<typeof details>;

export const throughput = defineKind({
  kind: 'throughput',
  title: 'Throughput',
  description: 'what a path to another machine carries, by TCP or UDP, measured with iperf3 at both ends',
  target: 'host',
  spec,
  metrics: {
    received_mbps: { ...rate, title: 'Received', description: 'payload that arrived, a second, as the receiving end counts it' },
    sent_mbps: { ...rate, title: 'Sent', description: 'payload that was handed to the network, a second, as the sending end counts it' },
    retransmits: { ...retransmits, title: 'Retransmits', description: 'TCP segments sent again, all streams' },
    rtt_ms: { ...time, title: 'RTT under load', description: "the sender's mean smoothed TCP round-trip time during the transfer" },
    jitter_ms: { ...time, decimals: 3, title: 'Jitter', description: 'UDP: smoothed jitter of RFC 3550 at the receiving end' },
    packet_loss_pct: { ...loss, title: 'Loss', description: 'UDP: datagrams that did not arrive, of those sent' },
    cpu_local_pct: { ...cpu, title: 'CPU here', description: 'CPU time the tool used here, of one core' },
    cpu_remote_pct: { ...cpu, title: 'CPU there', description: 'CPU time the tool used at the other end, of one core' },
    reverse_received_mbps: { ...rate, title: 'Received, reverse', description: 'direction both: payload that arrived here' },
    reverse_sent_mbps: { ...rate, title: 'Sent, reverse', description: 'direction both: payload the other end sent' },
    reverse_retransmits: { ...retransmits, title: 'Retransmits, reverse', description: 'direction both: TCP segments the other end sent again' },
    reverse_jitter_ms: { ...time, decimals: 3, title: 'Jitter, reverse', description: 'direction both, UDP: jitter of what arrived here' },
    reverse_packet_loss_pct: {
      ...loss,
      title: 'Loss, reverse',
      description: 'direction both, UDP: datagrams from the other end that did not arrive',
    },
  },
  details,
  primary: ['received_mbps', 'sent_mbps', 'retransmits'],
  responseTime: 'rtt_ms',
  longestRunMs: (s) => (s.duration_s + s.omit_s) * 1000 + s.connect_timeout_ms + AROUND_MS,
  peak: (s) => ({ rateMbps: s.rate_mbps ?? (s.protocol === 'udp' ? UDP_DEFAULT_MBPS : null) }),
  exclusive: true,
  listens: true,
  // By bytes: what is asked for (both directions may each come close to it). By time: the rate, or what is assumed of a line.
  trafficBytes: (s) => {
    const directions = s.direction === 'both' ? 2 : 1;
    const mbps = s.rate_mbps ?? (s.protocol === 'udp' ? UDP_DEFAULT_MBPS : ASSUMED_MBPS);
    const bytesOf = (seconds: number): number => (seconds * mbps * 1e6) / 8;
    const counted = s.bytes === null ? bytesOf(s.duration_s) : Math.min(s.bytes, s.rate_mbps === null ? s.bytes : bytesOf(s.duration_s));
    return Math.ceil((counted + bytesOf(s.omit_s)) * directions * OVERHEAD);
  },
});
