import { isIP } from 'node:net';
import * as z from 'zod';
import { kindNames, type Kind } from '../../model/kinds/index.ts';

/** Where clouds answer a machine's questions about itself, credentials included: AWS and most others, AWS and Google over IPv6. */
export const METADATA_ADDRESSES = ['169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254'] as const;

const NAME = /^(\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** An address, a network, a name, or every name under one. A text of digits and dots that is no address is a slip, not a name. */
const destinationRule = z
  .string()
  .trim()
  .refine(
    (text) => isNetwork(text) || (NAME.test(text) && text.length <= 255 && !/^[\d.]+$/.test(text)),
    'expected an address, a network such as 10.0.0.0/8, a name, or *.example.org',
  );

const networkRule = z.string().trim().refine(isNetwork, 'expected an address, or a network such as 10.0.0.0/8');

const port = z.int().min(1).max(65_535);
const portRange = z.union([
  port.transform((only) => ({ from: only, to: only })),
  z
    .string()
    .regex(/^\d{1,5}-\d{1,5}$/, 'expected a port, or a range such as 5201-5210')
    .transform((text) => {
      const [from = 0, to = 0] = text.split('-').map(Number);
      return { from, to };
    })
    .refine(({ from, to }) => from >= 1 && to <= 65_535 && from <= to, 'expected ports from 1 to 65535, the lower first'),
]);

/** What a policy file may say. What it leaves out is as it is without a file; what it does not know is a mistake. */
export const policyFile = z.strictObject({
  kinds: z.array(z.enum(kindNames as [Kind, ...Kind[]])).optional(),
  destinations: z
    .strictObject({
      /** Nothing else is measured; absent: anything. */
      allow: z.array(destinationRule).optional(),
      /** Goes before allow. */
      deny: z.array(destinationRule).optional(),
    })
    .optional(),
  rates: z
    .strictObject({
      runs_per_minute: z.int().min(1).max(1_000_000).optional(),
      runs_at_once: z.int().min(1).max(1000).optional(),
      shortest_interval_s: z.number().min(0.001).max(86_400).optional(),
      packets_per_second: z.number().min(0.01).max(1_000_000).optional(),
      rate_mbps: z.number().min(0.001).max(1_000_000).nullable().optional(),
    })
    .optional(),
  bytes: z.strictObject({ megabytes_per_day: z.number().min(0).max(1e9).nullable().optional() }).optional(),
  listening: z
    .strictObject({
      ports: portRange,
      /** Who may be the other end; absent: anybody. */
      from: z.array(networkRule).min(1, 'expected at least one network').optional(),
    })
    .nullable()
    .optional(),
});
export type PolicyFile = z.output<typeof policyFile>;

export interface PolicyRules {
  /** null: every kind known here. */
  readonly kinds: readonly string[] | null;
  /** null: anything that is not denied. */
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
  readonly runsPerMinute: number;
  readonly runsAtOnce: number;
  readonly shortestIntervalMs: number;
  /** Of one run. */
  readonly packetsPerSecond: number;
  /** Of one run, in one direction; null is without limit. */
  readonly rateMbps: number | null;
  /** Of all runs in a UTC day; null is without limit. */
  readonly megabytesPerDay: number | null;
  readonly listening: { readonly portFrom: number; readonly portTo: number; readonly from: readonly string[] | null } | null;
}

/** What holds without a file. */
export const defaultRules: PolicyRules = {
  kinds: null,
  allow: null,
  deny: METADATA_ADDRESSES,
  // 20,000 assignments of an interval of five minutes, and a fair reserve; still not what floods a network.
  runsPerMinute: 6000,
  // Sockets and child processes of this many runs fit a small machine.
  runsAtOnce: 32,
  // The server's own shortest is 60 s; this only keeps out what no server of ours sends.
  shortestIntervalMs: 1000,
  // The most that a ping's own options can say: one packet every 10 ms.
  packetsPerSecond: 100,
  // Only throughput is not held by its own options, and it needs an end that takes part.
  rateMbps: null,
  megabytesPerDay: null,
  listening: null,
};

/** What holds where the file is there and cannot be understood: it meant to forbid something, and nobody knows what. */
export const brokenRules: PolicyRules = { ...defaultRules, allow: ['127.0.0.0/8', '::1'] };

/** The file over the defaults. */
export function rulesOf(file: PolicyFile): PolicyRules {
  const { kinds, destinations, rates, bytes, listening } = file;
  return {
    kinds: kinds ?? defaultRules.kinds,
    allow: destinations?.allow ?? defaultRules.allow,
    deny: destinations?.deny ?? defaultRules.deny,
    runsPerMinute: rates?.runs_per_minute ?? defaultRules.runsPerMinute,
    runsAtOnce: rates?.runs_at_once ?? defaultRules.runsAtOnce,
    shortestIntervalMs: rates?.shortest_interval_s === undefined ? defaultRules.shortestIntervalMs : rates.shortest_interval_s * 1000,
    packetsPerSecond: rates?.packets_per_second ?? defaultRules.packetsPerSecond,
    rateMbps: rates?.rate_mbps ?? defaultRules.rateMbps,
    megabytesPerDay: bytes?.megabytes_per_day ?? defaultRules.megabytesPerDay,
    listening: listening ? { portFrom: listening.ports.from, portTo: listening.ports.to, from: listening.from ?? null } : defaultRules.listening,
  };
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 6 ? 128 : 32));
}
