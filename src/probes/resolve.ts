import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Failure } from '../model/failure.ts';
import { abortable } from './abortable.ts';
import { deadline } from './deadline.ts';
import type { Guard } from './guard.ts';
import type { Clock } from '../util/clock.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Addresses of a host name, best first; rejects with an error whose `code` is getaddrinfo's (ENOTFOUND, EAI_AGAIN, ...). */
export type Lookup = (host: string, family: 0 | 4 | 6) => Promise<readonly ResolvedAddress[]>;

/** The system's resolver: hosts file, DNS and whatever else the machine is set up with, in its order. */
export const lookupBySystem: Lookup = async (host, family) => {
  const found = await systemLookup(host, { family, all: true, order: 'verbatim' });
  return found.map(({ address, family: six }) => ({ address, family: six === 6 ? 6 : 4 }));
};

export type Resolution = { readonly addresses: readonly [ResolvedAddress, ...ResolvedAddress[]] } | { readonly failure: Failure };

const families = { any: 0, ipv4: 4, ipv6: 6 } as const;

export interface ResolveOptions {
  readonly context: { readonly clock: Clock; readonly lookup?: Lookup | undefined; readonly guard?: Guard | undefined };
  readonly signal: AbortSignal;
}

/** The system's resolver may try for half a minute; a measurement has waited long enough after this. */
const LONGEST_LOOKUP_MS = 5000;

/** Code of a failure that is a refusal: the run was not made, and is recorded as skipped. */
export const REFUSED_BY_POLICY = 'refused_by_policy';

/**
 * What a host resolves to, or the failure that says why it does not. An address resolves to itself. This is the one door
 * to the network: every probe takes its addresses from here, and tools are given addresses only, so that what the guard
 * saw is what is measured. Of several addresses those it refuses are left out.
 */
export async function resolveHost(host: string, family: keyof typeof families, { context, signal }: ResolveOptions): Promise<Resolution> {
  const wanted = families[family];
  const own = isIP(host);
  if (own !== 0) {
    if (wanted !== 0 && wanted !== own) return noAddress(host, family);
    return permitted(host, [{ address: host, family: own === 6 ? 6 : 4 }], context.guard);
  }
  const why = context.guard?.refuseName(host) ?? null;
  if (why !== null) return refusal(why);
  using limit = deadline(context.clock, LONGEST_LOOKUP_MS, signal);
  try {
    const found = await abortable((context.lookup ?? lookupBySystem)(host, wanted), limit.signal);
    return found.length === 0 ? noAddress(host, family) : permitted(host, found, context.guard);
  } catch (error) {
    if (limit.expired) {
      return { failure: { source: 'resolver', code: 'timeout', message: `the resolver did not answer for ${host} within ${LONGEST_LOOKUP_MS} ms` } };
    }
    signal.throwIfAborted();
    return { failure: lookupFailure(host, error) };
  }
}

function permitted(host: string, found: readonly ResolvedAddress[], guard: Guard | undefined): Resolution {
  const reasons = found.map(({ address }) => guard?.refuseAddress(address, host) ?? null);
  const [first, ...rest] = found.filter((_, i) => reasons[i] === null);
  return first === undefined ? refusal(reasons[0] ?? `${host} has no address`) : { addresses: [first, ...rest] };
}

function refusal(message: string): Resolution {
  return { failure: { source: 'agent', code: REFUSED_BY_POLICY, message } };
}

function noAddress(host: string, family: string): Resolution {
  const what = family === 'any' ? 'address' : `${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`;
  return { failure: { source: 'resolver', code: 'no_address', message: `${host} has no ${what}` } };
}

/** getaddrinfo's answers in stable words. */
function lookupFailure(host: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EAI_NONAME' || code === 'EAI_NODATA') {
    return { source: 'resolver', code: 'not_found', message: `the name ${host} does not resolve` };
  }
  if (code === 'EAI_AGAIN' || code === 'ETIMEOUT' || code === 'EAI_FAIL') {
    return { source: 'resolver', code: 'resolver_failed', message: `the resolver did not answer for ${host} (${code})` };
  }
  return { source: 'resolver', code: 'lookup_failed', message: `${host} could not be resolved (${code})` };
}
