import type { Failure } from '../../model/failure.ts';
import type { ping } from '../../model/kinds/ping.ts';
import type { MetricsOf } from '../../model/kinds/kind.ts';

/** One packet of a run, in the order of sending, counted from 1. */
export interface Packet {
  readonly seq: number;
  /** null where no reply came in time. */
  readonly rttMs: number | null;
  readonly ttl?: number;
  readonly duplicate?: boolean;
}

/** The tool's own statistics: printed with more digits than its lines have. */
export interface ExactRtt {
  readonly minMs: number;
  readonly avgMs: number;
  readonly maxMs: number;
}

/** What one tool found in one run. */
export interface Measured {
  readonly tool: string;
  readonly packets: readonly Packet[];
  readonly errors: readonly string[];
  readonly resolutionMs: number | null;
  readonly exact?: ExactRtt | undefined;
  readonly loopLagMs?: number;
}

/** A tool either measured, or says why it cannot measure here and the next one is asked. */
export type Attempt = { readonly measured: Measured } | { readonly unavailable: string };

/** Replies later than the timeout are lost: tools differ in whether they count them, results must not. */
export function inTime(packets: readonly Packet[], timeoutMs: number): Packet[] {
  return packets.map((packet) => (packet.rttMs !== null && packet.rttMs > timeoutMs ? { seq: packet.seq, rttMs: null } : packet));
}

/**
 * Metrics of a run. The standard deviation is the sample's (n - 1). Jitter is the mean absolute difference of
 * consecutive received times: RFC 3393's delay variation of selected neighbours, of round trips and without sign;
 * RFC 3550's is a running average (1/16) of one-way differences instead.
 */
export function packetMetrics(packets: readonly Packet[], exact?: ExactRtt): MetricsOf<typeof ping> {
  const rtts = packets.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]));
  const n = rtts.length;
  const sent = packets.length;
  const counts = { packets_sent: sent, packets_received: n, ...(sent > 0 && { packet_loss_pct: (100 * (sent - n)) / sent }) };
  if (n === 0) return counts;
  const sorted = rtts.toSorted((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? 0;
  const mean = rtts.reduce((sum, rtt) => sum + rtt, 0) / n;
  const squares = rtts.reduce((sum, rtt) => sum + (rtt - mean) ** 2, 0);
  const steps = rtts.slice(1).reduce((sum, rtt, i) => sum + Math.abs(rtt - (rtts[i] ?? rtt)), 0);
  return {
    ...counts,
    rtt_min_ms: exact?.minMs ?? at(0),
    rtt_avg_ms: exact?.avgMs ?? mean,
    rtt_max_ms: exact?.maxMs ?? at(n - 1),
    rtt_median_ms: (at((n - 1) >> 1) + at(n >> 1)) / 2,
    ...(n > 1 && { rtt_stddev_ms: Math.sqrt(squares / (n - 1)), jitter_ms: steps / (n - 1) }),
  };
}

/** Why a run without any reply failed, from what the tool and the network said. */
export function lossFailure(address: string, sent: number, errors: readonly string[]): { status: 'failed' | 'timeout'; failure: Failure } {
  const said = (pattern: RegExp): string | undefined => errors.find((line) => pattern.test(line));
  const network = (code: string, message: string): { status: 'failed'; failure: Failure } => ({
    status: 'failed',
    failure: { source: 'network', code, message },
  });
  const forbidden = said(/operation not permitted|EPERM|EACCES/i);
  if (forbidden !== undefined) {
    return {
      status: 'failed',
      failure: { source: 'agent', code: 'not_permitted', message: `this machine did not let the packets out: ${forbidden}` },
    };
  }
  const exceeded = said(/time to live exceeded|ttl expired|time ?exceeded/i);
  if (exceeded !== undefined) return network('ttl_exceeded', `packets to ${address} ran in circles or too far: ${exceeded}`);
  const prohibited = said(/prohibited|filtered/i);
  if (prohibited !== undefined) return network('prohibited', `a router refuses to pass packets to ${address}: ${prohibited}`);
  const unreachable = said(/unreach|no route to host|host is down/i);
  if (unreachable !== undefined) return network('unreachable', `${address} is unreachable: ${unreachable}`);
  const packets = sent === 1 ? 'the packet' : `any of ${sent} packets`;
  return { status: 'timeout', failure: { source: 'target', code: 'no_reply', message: `no reply from ${address} to ${packets}` } };
}
