/** What one end counted over the whole test. */
export interface Iperf3Flow {
  readonly bytes: number | null;
  readonly mbps: number | null;
  readonly seconds: number | null;
}

/** One direction of a test. What the text does not hold is null. */
export interface Iperf3Direction {
  readonly sent: Iperf3Flow | null;
  readonly received: Iperf3Flow | null;
  readonly retransmits: number | null;
  readonly jitterMs: number | null;
  readonly packets: number | null;
  readonly lostPackets: number | null;
  readonly lossPct: number | null;
  readonly outOfOrder: number | null;
}

/** One direction within one interval, as the end that printed it saw it. */
export interface Iperf3Rate {
  readonly mbps: number;
  readonly retransmits: number | null;
  /** Mean of the streams' smoothed round-trip times. */
  readonly rttMs: number | null;
  readonly jitterMs: number | null;
  readonly lossPct: number | null;
}

export interface Iperf3Interval {
  readonly startS: number;
  readonly endS: number;
  /** Before the figures that count. */
  readonly omitted: boolean;
  readonly forward: Iperf3Rate | null;
  readonly reverse: Iperf3Rate | null;
}

export interface Iperf3Cpu {
  readonly totalPct: number;
  readonly userPct: number | null;
  readonly systemPct: number | null;
}

/** One test. In a test of one direction that direction is `forward`, whoever sends; in both at once, what the client sends. */
export interface Iperf3Run {
  readonly form: 'json' | 'json-stream' | 'text';
  readonly version: string | null;
  readonly protocol: 'tcp' | 'udp' | null;
  /** The server sends to the client. */
  readonly isReverse: boolean | null;
  readonly isBidirectional: boolean;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly forward: Iperf3Direction;
  readonly reverse: Iperf3Direction;
  readonly intervals: readonly Iperf3Interval[];
  /** Of the streams that the printing end sends on. */
  readonly rttMs: { readonly min: number | null; readonly mean: number | null; readonly max: number | null };
  readonly maxSndCwnd: number | null;
  readonly mss: number | null;
  readonly congestionSender: string | null;
  readonly congestionReceiver: string | null;
  readonly cpuLocal: Iperf3Cpu | null;
  readonly cpuRemote: Iperf3Cpu | null;
  readonly serverText: string | null;
  /** What the tool said went wrong, without its name before it. */
  readonly error: string | null;
  /** The test came to its summary: figures of the whole test are there. */
  readonly hasSummary: boolean;
}
