import type { SpecOf } from '../../model/kinds/kind.ts';
import type { traceroute, TracerouteDetails } from '../../model/kinds/traceroute.ts';
import type { ProcessOutcome } from '../../util/process.ts';
import { hash32 } from '../../util/hash.ts';
import type { ProbeContext } from '../probe.ts';
import type { ResolvedAddress } from '../resolve.ts';

export type TracerouteSpec = SpecOf<typeof traceroute>;
export type Protocol = TracerouteSpec['protocol'];
export type TraceFlow = TracerouteDetails['flow'];

/** One answer; without one everything is null. */
export interface FoundReply {
  readonly address: string | null;
  readonly name: string | null;
  readonly rttMs: number | null;
  readonly icmp: string | null;
}

export interface FoundHop {
  readonly ttl: number;
  /** Lost probes among them. */
  readonly probes: readonly FoundReply[];
}

/** What one tool found in one run. */
export interface Found {
  readonly tool: string;
  readonly protocol: Protocol;
  readonly port: number | null;
  readonly flow: TraceFlow;
  readonly hops: readonly FoundHop[];
  readonly problems: readonly string[];
  /** It was ended before it was done. */
  readonly timedOut: boolean;
}

/** A tool either traced, or says why it cannot here and the next one is asked. */
export type Attempt = { readonly found: Found } | Unavailable;

export interface Unavailable {
  readonly unavailable: string;
  /** It is there, but lacks a permission. */
  readonly forbidden?: boolean;
}

export interface Order {
  readonly address: ResolvedAddress;
  readonly protocol: Protocol;
  readonly spec: TracerouteSpec;
}

/** One way to trace. Addresses are resolved before; a tool is never given a name. */
export interface TraceTool {
  readonly name: string;
  readonly protocols: readonly Protocol[];
  measure(order: Order, context: ProbeContext, signal: AbortSignal): Promise<Attempt>;
  /** Its version where it works here (it may send a packet to loopback to know), or why it does not. */
  detect(protocol: Protocol, context: ProbeContext): Promise<{ readonly version: string | null } | Unavailable>;
}

/** How long a detection may take; one probe to loopback is answered at once. */
export const DETECT_MS = 4000;

/** Longest output kept: 64 hops of ten probes, each with a name. */
export const MOST_OUTPUT = 500_000;

/** Where UDP probes have gone since the first traceroute: firewalls that let traces through know it. 443 is open on most hosts. */
const USUAL_PORTS = { udp: 33_434, tcp: 443 } as const;

export function portOf(protocol: 'udp' | 'tcp', spec: TracerouteSpec): number {
  return spec.port === 0 ? USUAL_PORTS[protocol] : spec.port;
}

/** Above the ports that systems give out by themselves (to 60999 on Linux). */
const FIRST_SOURCE_PORT = 61_000;

/** The same for every run to one address, so that balancing by flow chooses the same way each time. */
export function sourcePortFor(address: string): number {
  return FIRST_SOURCE_PORT + (hash32(address) % (65_536 - FIRST_SOURCE_PORT));
}

/** Seconds as these tools take them. */
export function secondsOf(ms: number): string {
  return String(ms / 1000);
}

/** Why a program cannot be used at all, or null where it ran. */
export function startProblem(name: string, { startError }: ProcessOutcome): Unavailable | null {
  if (startError === null) return null;
  if (startError === 'ENOENT') return { unavailable: `${name} is not installed` };
  if (startError === 'EPERM' || startError === 'EACCES')
    return { unavailable: `${name} may not be run by this user (${startError})`, forbidden: true };
  return { unavailable: `${name} could not be started (${startError})` };
}

/** The first thing a program said on stderr, for the reason why it did not trace. */
export function lastWords(name: string, outcome: ProcessOutcome, remedy: string): Unavailable {
  if (/privileges|not permitted|permission denied|must be root|are you root|cap_net_raw/i.test(outcome.stderr)) {
    return { unavailable: `${name} may not open the sockets it needs here (${remedy})`, forbidden: true };
  }
  const line = outcome.stderr.split('\n').find((text) => text.trim() !== '');
  return { unavailable: `${name} did not trace: ${line?.trim().slice(0, 200) ?? `exit status ${outcome.exitCode ?? 'unknown'}`}` };
}
