import type { MetricsOf } from '../../model/kinds/kind.ts';
import type { throughput, ThroughputDetails } from '../../model/kinds/throughput.ts';
import type { Iperf3Direction, Iperf3Interval, Iperf3Rate, Iperf3Run } from '../../parsers/iperf3/run.ts';
import { intervalSeconds, rateOf, TOOL } from './tool.ts';
import type { ThroughputSpec } from './tool.ts';

type Metrics = MetricsOf<typeof throughput>;

/** Below this a transfer is a burst into the buffers of the two ends, and its rate says little of the path. */
const SHORTEST_S = 0.2;

const MOST_INTERVALS = 400;
const MOST_NOTES = 20;
const LONGEST_NOTE = 300;

/** The metrics of a whole test, and what must be said beside them. */
export function metricsOf(run: Iperf3Run | undefined, spec: ThroughputSpec): { metrics: Metrics; notes: string[] } {
  if (run?.hasSummary !== true) return { metrics: {}, notes: [] };
  const notes: string[] = [];
  const seconds = run.forward.sent?.seconds ?? run.forward.received?.seconds ?? null;
  if (seconds !== null && seconds < SHORTEST_S) {
    notes.push(`the transfer took ${(seconds * 1000).toFixed(1)} ms: such short ones measure buffers more than the path`);
  }
  const isUdp = spec.protocol === 'udp';
  const { forward, reverse } = run;
  const metrics: Record<keyof Metrics, number | null> = {
    received_mbps: received(forward, { isUdp, what: 'the receiving end', notes }),
    sent_mbps: forward.sent?.mbps ?? null,
    retransmits: isUdp ? null : forward.retransmits,
    rtt_ms: run.rttMs.mean,
    jitter_ms: isUdp ? forward.jitterMs : null,
    packet_loss_pct: isUdp ? lossOf(forward) : null,
    cpu_local_pct: run.cpuLocal?.totalPct ?? null,
    cpu_remote_pct: run.cpuRemote?.totalPct ?? null,
    reverse_received_mbps: received(reverse, { isUdp, what: 'this end', notes }),
    reverse_sent_mbps: reverse.sent?.mbps ?? null,
    reverse_retransmits: isUdp ? null : reverse.retransmits,
    reverse_jitter_ms: isUdp ? reverse.jitterMs : null,
    reverse_packet_loss_pct: isUdp ? lossOf(reverse) : null,
  };
  return { metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== null)), notes };
}

/**
 * A short TCP test can end before the receiving end has read anything, and reports nought though everything arrived:
 * that is not known, rather than nothing. With UDP nought is total loss.
 */
function received(
  { sent, received: got }: Iperf3Direction,
  { isUdp, what, notes }: { isUdp: boolean; what: string; notes: string[] },
): number | null {
  if (got?.mbps == null) return null;
  if (isUdp || got.bytes !== 0 || (sent?.bytes ?? 0) === 0) return got.mbps;
  notes.push(`${what} counted nothing before the test ended: what it received is not known`);
  return null;
}

/** Datagrams that come late or twice make the count of lost ones negative. */
function lossOf({ lossPct }: Iperf3Direction): number | null {
  return lossPct === null ? null : Math.max(0, lossPct);
}

export interface DetailsOptions {
  readonly address: string;
  readonly spec: ThroughputSpec;
  readonly version: string;
  readonly notes: readonly string[];
}

/** Whatever a run has beside its metrics, as far as it came. */
export function detailsOf(run: Iperf3Run | undefined, { address, spec, version, notes }: DetailsOptions): ThroughputDetails {
  const forward = run?.forward;
  return {
    tool: TOOL,
    version,
    address,
    port: spec.port,
    options: {
      protocol: spec.protocol,
      direction: spec.direction,
      streams: spec.streams,
      duration_s: spec.duration_s,
      bytes: spec.bytes,
      omit_s: spec.omit_s,
      rate_mbps: rateOf(spec),
      length: spec.length,
    },
    seconds: forward?.sent?.seconds ?? forward?.received?.seconds ?? null,
    bytes_sent: whole(forward?.sent?.bytes),
    bytes_received: whole(forward?.received?.bytes),
    interval_s: intervalSeconds(spec),
    intervals: (run?.intervals ?? []).slice(0, MOST_INTERVALS).map(intervalOf),
    congestion_sender: run?.congestionSender ?? null,
    congestion_receiver: run?.congestionReceiver ?? null,
    mss: whole(run?.mss),
    snd_cwnd_max: whole(run?.maxSndCwnd),
    rtt_min_ms: run?.rttMs.min ?? null,
    rtt_max_ms: run?.rttMs.max ?? null,
    packets: whole(forward?.packets),
    lost_packets: whole(forward?.lostPackets),
    out_of_order: whole(forward?.outOfOrder),
    cpu: {
      local_user_pct: run?.cpuLocal?.userPct ?? null,
      local_system_pct: run?.cpuLocal?.systemPct ?? null,
      remote_user_pct: run?.cpuRemote?.userPct ?? null,
      remote_system_pct: run?.cpuRemote?.systemPct ?? null,
    },
    notes: [...new Set(notes.map((note) => note.slice(0, LONGEST_NOTE)))].slice(0, MOST_NOTES),
  };
}

function intervalOf({ startS, omitted, forward, reverse }: Iperf3Interval): ThroughputDetails['intervals'][number] {
  return {
    start_s: startS,
    ...(omitted && { omitted }),
    ...(forward !== null && { forward: sideOf(forward) }),
    ...(reverse !== null && { reverse: sideOf(reverse) }),
  };
}

function sideOf({ mbps, retransmits, rttMs, jitterMs, lossPct }: Iperf3Rate): NonNullable<ThroughputDetails['intervals'][number]['forward']> {
  return {
    mbps,
    ...(retransmits !== null && { retransmits: Math.round(retransmits) }),
    ...(rttMs !== null && { rtt_ms: rttMs }),
    ...(jitterMs !== null && { jitter_ms: jitterMs }),
    ...(lossPct !== null && { packet_loss_pct: lossPct }),
  };
}

/** A count beyond what a number holds exactly is no count. */
function whole(value: number | null | undefined): number | null {
  return value == null || !Number.isSafeInteger(Math.round(value)) ? null : Math.round(value);
}
