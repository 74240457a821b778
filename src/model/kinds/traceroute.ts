import * as z from 'zod';
import { defineKind } from './kind.ts';

const options = z.strictObject({
  max_hops: z.int().min(1).max(64).default(30).meta({ title: 'Most hops', description: 'distance at which to give up' }),
  first_ttl: z.int().min(1).max(64).default(1).meta({ title: 'First hop', description: 'distance at which to begin; nearer routers are left out' }),
  queries: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .meta({ title: 'Queries', description: 'probes to each hop: more find more of the routers that share one distance' }),
  timeout_ms: z.int().min(100).max(5000).default(1000).meta({ title: 'Timeout', description: 'milliseconds to wait for each reply' }),
  protocol: z.enum(['icmp', 'udp', 'tcp']).default('icmp').meta({
    title: 'Protocol',
    description: 'what is sent: ICMP echo (UDP where that is not permitted), UDP to one port, or TCP SYN to one port (needs privileges)',
  }),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .meta({ title: 'Port', description: 'destination port for UDP and TCP; 0 is the usual one, 33434 for UDP and 443 for TCP' }),
  family: z.enum(['any', 'ipv4', 'ipv6']).default('any').meta({ title: 'Address family', description: 'any, ipv4 or ipv6' }),
  resolve_names: z.boolean().default(false).meta({ title: 'Names of routers', description: "ask the resolver for the routers' names; takes time" }),
});

const spec = options.refine(({ first_ttl, max_hops }) => first_ttl <= max_hops, {
  path: ['first_ttl'],
  error: 'invalid first_ttl: expected at most max_hops',
});

/** No run goes on for longer, whatever its options: what was found until then is the result. */
const LONGEST_TRACE_MS = 180_000;

/** How long the tool itself may take: tools that keep one flow send one probe after the other and wait for each. */
export function traceLimitMs(s: z.output<typeof spec>): number {
  const cycles = s.queries * Math.max(1000, s.max_hops * 100);
  return Math.min(LONGEST_TRACE_MS, Math.max(s.max_hops * s.queries * s.timeout_ms, cycles + s.timeout_ms) + 5000);
}

const reply = z.object({
  address: z.string().nullable().meta({ description: 'who answered; null where several may have and the tool does not say which' }),
  name: z.string().nullable().meta({ description: 'its name, where names were asked for and it has one' }),
  rtt_ms: z.number().nullable().meta({ description: 'null where the tool gave no time' }),
  icmp: z.string().nullable().meta({
    description: 'what else the answer said: !H host, !N network, !P protocol unreachable, !X prohibited, ! and a code; null for the usual one',
  }),
});

const details = z.object({
  tool: z.string().meta({ description: 'what measured: mtr, traceroute or tracert' }),
  address: z.string().nullable().meta({ description: 'the address that was traced to' }),
  protocol: z.enum(['icmp', 'udp', 'tcp']).meta({ description: 'what was really sent' }),
  port: z.int().nullable().meta({ description: 'the destination port; null for ICMP' }),
  flow: z.enum(['ports', 'addresses', 'varying']).meta({
    description:
      'what all probes have in common: ports (nothing a router balances by differs), addresses (routers that hash the ICMP header may balance), varying (the tool changes the port)',
  }),
  first_ttl: z.int().meta({ description: 'distance of the first hop' }),
  hops: z
    .array(z.object({ ttl: z.int(), replies: z.array(reply), sent: z.int(), lost: z.int() }))
    .meta({ description: 'one entry a distance, up to the destination or the last that answered' }),
  path: z.array(z.array(z.string()).nullable()).meta({ description: 'for each distance the addresses that answered, sorted; null where none did' }),
  fingerprint: z
    .string()
    .nullable()
    .meta({ description: 'equal for equal paths; different ones may still be one path, see docs/methods/path-fingerprint.md' }),
  problems: z.array(z.string()).max(20).meta({ description: 'what the tool said besides, and what of it could not be read' }),
});

export type TracerouteDetails = z.output<typeof details>;

export const traceroute = defineKind({
  kind: 'traceroute',
  title: 'Traceroute',
  description: 'the routers on the way, with round-trip time and loss at each, and whether the destination answers',
  target: 'host',
  spec,
  metrics: {
    rtt_ms: { unit: 'ms', better: 'lower', decimals: 2, title: 'Latency', description: 'mean round-trip time to the destination' },
    hops: {
      unit: 'count',
      better: null,
      decimals: 0,
      title: 'Hops',
      description: 'distance of the destination, or of the last router that answered where the destination did not',
    },
    reached: { unit: 'count', better: 'higher', decimals: 0, title: 'Reached', description: '1 where the destination answered, 0 where it did not' },
    packet_loss_pct: {
      unit: 'pct',
      better: 'lower',
      decimals: 1,
      title: 'Loss',
      description: 'probes to the destination without an answer, of those sent',
    },
  },
  details,
  primary: ['rtt_ms', 'hops', 'reached'],
  responseTime: 'rtt_ms',
  // Besides the trace: up to 5 s for the name, and 3 s for tools that turn out to lack a permission.
  longestRunMs: (s) => traceLimitMs(s) + 8000,
  // Half of the way on average each: 60 bytes out, 20 bytes of header more in the answer. Real paths have about 15 hops.
  trafficBytes: (s) => Math.max(1, Math.min(s.max_hops, 15) - s.first_ttl + 1) * s.queries * (60 + 80),
});
