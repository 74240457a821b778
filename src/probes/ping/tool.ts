import type { ResolvedAddress } from '../resolve.ts';
import type { ProbeContext } from '../probe.ts';
import type { ProcessOutcome } from '../../util/process.ts';
import type { SpecOf } from '../../model/kinds/kind.ts';
import type { ping } from '../../model/kinds/ping.ts';
import type { Attempt } from './packets.ts';

export type PingSpec = SpecOf<typeof ping>;

/** One way to measure round trips. Addresses are resolved before; a tool is never given a name. */
export interface PingTool {
  readonly name: string;
  measure(address: ResolvedAddress, spec: PingSpec, context: ProbeContext, signal: AbortSignal): Promise<Attempt>;
  /** Its version where it works here (it may send one packet to loopback to know), or why it does not. */
  detect(context: ProbeContext): Promise<{ readonly version: string | null } | { readonly unavailable: string }>;
}

/** How long a detection may take; these tools answer at once. */
export const DETECT_MS = 3000;

/** What the last packet may take beyond its timeout until the tool must have printed its summary. */
const GRACE_MS = 1000;

/** When to interrupt and when to kill a tool that sends this many packets: the run's own time and a little grace. */
export function toolLimits(spec: PingSpec): { interruptMs: number; timeoutMs: number } {
  const own = (spec.count - 1) * spec.period_ms + spec.timeout_ms;
  return { interruptMs: own + GRACE_MS, timeoutMs: own + 2 * GRACE_MS };
}

/** Why a program cannot be used at all, or null where it ran. */
export function startProblem(name: string, outcome: ProcessOutcome): string | null {
  if (outcome.startError === null) return null;
  if (outcome.startError === 'ENOENT') return `${name} is not installed`;
  if (outcome.startError === 'EPERM' || outcome.startError === 'EACCES') return `${name} may not be run by this user (${outcome.startError})`;
  return `${name} could not be started (${outcome.startError})`;
}

/** The last thing a program said on stderr, for the reason why it did not measure. */
export function lastWords(name: string, outcome: ProcessOutcome): string {
  const lines = outcome.stderr.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (/cap_net_raw|not permitted|must run as root|permission denied|are you root/i.test(outcome.stderr)) {
    return `${name} may not open ICMP sockets here`;
  }
  return `${name} did not measure: ${lines[0]?.slice(0, 200) ?? `exit status ${outcome.exitCode ?? 'unknown'}`}`;
}
