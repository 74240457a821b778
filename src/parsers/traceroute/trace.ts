/** One probe and what came back. Without a reply everything is null. */
export interface TraceProbe {
  readonly address: string | null;
  readonly name: string | null;
  /** null where nothing came back, or the tool printed no time for it. */
  readonly rttMs: number | null;
  /** What the answer said, as traceroute marks it: `!H`, `!N`, `!X`, `!<13>`, ...; null for the usual answer. */
  readonly icmp: string | null;
}

export interface TraceHop {
  readonly ttl: number;
  /** In the order of sending, lost ones (address, time and icmp null) among them. */
  readonly probes: readonly TraceProbe[];
}

/** A trace as a tool printed it. */
export interface Trace {
  /** The destination as it was given, and the address it has; null where no header says it. */
  readonly host: string | null;
  readonly address: string | null;
  readonly maxHops: number | null;
  readonly hops: readonly TraceHop[];
  /** What could not be read, cut to some lines: whoever reads the hops can see that something is missing. */
  readonly problems: readonly string[];
}

/** Lines that are kept of what was not understood; more of them say nothing new. */
export const MOST_PROBLEMS = 20;

/** Longest text looked at: 64 hops of ten probes with names are about 60 kB. */
export const LONGEST_TRACE = 500_000;

/** TTL is one byte. */
export const MOST_HOPS = 255;

export const LOST: TraceProbe = { address: null, name: null, rttMs: null, icmp: null };

export function isLost({ address, rttMs, icmp }: TraceProbe): boolean {
  return address === null && rttMs === null && icmp === null;
}

/** Collects problems without doubles, each cut to a length that can be shown. */
export function problemList(): { add(text: string): void; readonly all: readonly string[] } {
  const all = new Set<string>();
  return {
    add: (text) => {
      if (all.size < MOST_PROBLEMS) all.add(text.trim().slice(0, 200));
    },
    get all() {
      return [...all];
    },
  };
}
