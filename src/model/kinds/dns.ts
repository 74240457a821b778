import * as z from 'zod';
import { defineKind } from './kind.ts';

const spec = z.object({
  type: z
    .enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT', 'CAA'])
    .default('A')
    .meta({ title: 'Record type', description: 'record type asked for' }),
  server: z
    .string()
    .max(253)
    .default('')
    .meta({ title: 'Server', description: 'address of the server to ask, with :port where it is not 53; empty asks the system resolver' }),
  name: z.string().max(253).default('').meta({ title: 'Name', description: 'name to resolve; empty resolves the destination itself' }),
  timeout_ms: z.int().min(50).max(30_000).default(2000).meta({ title: 'Timeout', description: 'milliseconds to wait for each try' }),
  tries: z.int().min(1).max(5).default(2).meta({ title: 'Tries', description: 'times a UDP question is sent before it counts as unanswered' }),
});

export const dns = defineKind({
  kind: 'dns',
  title: 'DNS',
  description: 'time a server takes to answer a question, and what it answers',
  target: 'name',
  spec,
  metrics: {
    lookup_ms: {
      unit: 'ms',
      better: 'lower',
      decimals: 2,
      title: 'Lookup',
      description: 'from the question sent to the answer received, retries included',
    },
    answers: { unit: 'count', better: null, decimals: 0, title: 'Answers', description: 'records in the answer section' },
  },
  details: z.object({
    server: z.string().meta({ description: 'server asked' }),
    name: z.string(),
    type: z.string(),
    transport: z.enum(['udp', 'tcp']),
    rcode: z.string().nullable().meta({ description: 'NOERROR, NXDOMAIN, SERVFAIL, ...' }),
    records: z.array(z.object({ name: z.string(), type: z.string(), ttl: z.int().nullable(), data: z.string() })),
    loop_lag_ms: z.number().meta({ description: "the event loop's lag while our own clock timed this" }),
  }),
  primary: ['lookup_ms', 'answers'],
  // The record type PTR takes addresses.
  measuresOther: (s) => s.name !== '' || s.type === 'PTR',
  responseTime: 'lookup_ms',
  // Every try over UDP and one over TCP; before them up to 5 s for the name of the server, where it is given by name.
  longestRunMs: (s) => s.timeout_ms * (s.tries + 1) + 6000,
  // One question of about 100 bytes and one answer of about 500, headers included: retries and truncated answers are rare.
  trafficBytes: () => 600,
});
