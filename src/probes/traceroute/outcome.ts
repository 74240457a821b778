import type { Failure } from '../../model/failure.ts';
import type { MetricsOf } from '../../model/kinds/kind.ts';
import type { traceroute, TracerouteDetails } from '../../model/kinds/traceroute.ts';
import { pathFingerprint, pathStep } from '../../model/path.ts';
import type { ProbeOutcome } from '../probe.ts';
import type { Found, FoundHop, FoundReply, TracerouteSpec } from './tool.ts';

const MOST_PROBLEMS = 20;

/** Names may be 255 characters long, and ten answers of 64 hops each have one; details have a limit. */
const LONGEST_NAME = 100;

/** What a trace means: metrics, details, and the failure where the destination did not answer. */
export function traceOutcome(found: Found, address: string, spec: TracerouteSpec): ProbeOutcome<'traceroute'> {
  const hops = trimmed(inTime(found.hops, spec.timeout_ms), address);
  const end = hops.at(-1);
  const isReached = end !== undefined && isFrom(end, address);
  const details = detailsOf(found, hops, address);
  const metrics = metricsOf(hops, address);
  if (isReached) return { status: 'success', failure: null, metrics, details };
  return { status: found.timedOut ? 'timeout' : 'failed', failure: unreached(found, hops, address), metrics, details };
}

function isFrom(hop: FoundHop, address: string): boolean {
  return hop.probes.some((probe) => probe.address === address);
}

function isAnswer({ address, rttMs, icmp }: FoundReply): boolean {
  return address !== null || rttMs !== null || icmp !== null;
}

/** Answers later than the timeout are lost: tools differ in whether they count them, results must not. */
function inTime(hops: readonly FoundHop[], timeoutMs: number): FoundHop[] {
  const lost = { address: null, name: null, rttMs: null, icmp: null };
  return hops.map(({ ttl, probes }) => ({ ttl, probes: probes.map((probe) => (probe.rttMs !== null && probe.rttMs > timeoutMs ? lost : probe)) }));
}

/** Up to the first hop at which the destination answers, or else the last that answers at all: what is tried beyond is no hop. */
function trimmed(hops: readonly FoundHop[], address: string): readonly FoundHop[] {
  const end = hops.findIndex((hop) => isFrom(hop, address));
  if (end !== -1) return hops.slice(0, end + 1);
  return hops.slice(0, hops.findLastIndex(({ probes }) => probes.some(isAnswer)) + 1);
}

function metricsOf(hops: readonly FoundHop[], address: string): MetricsOf<typeof traceroute> {
  const end = hops.at(-1);
  if (end === undefined) return { reached: 0 };
  if (!isFrom(end, address)) return { reached: 0, hops: end.ttl };
  const rtts = end.probes.flatMap((probe) => (probe.address === address && probe.rttMs !== null ? [probe.rttMs] : []));
  const sent = end.probes.length;
  return {
    reached: 1,
    hops: end.ttl,
    ...(rtts.length > 0 && { rtt_ms: rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length }),
    ...(sent > 1 && { packet_loss_pct: (100 * end.probes.filter((probe) => !isAnswer(probe)).length) / sent }),
  };
}

function detailsOf(found: Found, hops: readonly FoundHop[], address: string): TracerouteDetails {
  const first = hops[0]?.ttl ?? 1;
  const last = hops.at(-1)?.ttl ?? 0;
  const byTtl = new Map(hops.map((hop) => [hop.ttl, hop]));
  const path = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    pathStep((byTtl.get(first + i)?.probes ?? []).flatMap((probe) => probe.address ?? [])),
  );
  return {
    tool: found.tool,
    address,
    protocol: found.protocol,
    port: found.port,
    flow: found.flow,
    first_ttl: first,
    hops: hops.map(({ ttl, probes }) => {
      const replies = probes.filter(isAnswer);
      return {
        ttl,
        replies: replies.map(({ address: from, name, rttMs, icmp }) => ({
          address: from,
          name: name?.slice(0, LONGEST_NAME) ?? null,
          rtt_ms: rttMs,
          icmp,
        })),
        sent: probes.length,
        lost: probes.length - replies.length,
      };
    }),
    path,
    fingerprint: pathFingerprint({ first_ttl: first, path }),
    problems: found.problems.slice(0, MOST_PROBLEMS).map((line) => line.slice(0, 300)),
  };
}

/** In words of what the last answer said. */
const MEANINGS: Readonly<Record<string, string>> = {
  '!H': 'host unreachable',
  '!N': 'network unreachable',
  '!P': 'protocol unreachable',
  '!X': 'prohibited',
  '!A': 'prohibited',
  '!F': 'fragmentation needed',
};

function unreached(found: Found, hops: readonly FoundHop[], address: string): Failure {
  const end = hops.at(-1);
  const from = end?.probes.find((probe) => probe.address !== null)?.address ?? 'an unknown router';
  const mark = end?.probes.find(({ icmp }) => icmp !== null)?.icmp ?? null;
  const said = mark === null ? '' : ` and said ${MEANINGS[mark] === undefined ? mark : `${MEANINGS[mark]} (${mark})`}`;
  const last = end === undefined ? 'nobody on the way did' : `the last to answer was ${from} at hop ${end.ttl}${said}`;
  const early = found.timedOut ? '; the trace took too long and was ended' : '';
  return { source: 'network', code: 'unreached', message: `${address} did not answer: ${last}${early}` };
}
