export interface MtrProbe {
  /** null where nothing came back, or where several answer at this distance and mtr does not say which of them it was. */
  readonly address: string | null;
  /** null where nothing came back. */
  readonly rttMs: number | null;
}

/** What mtr knows of one distance. Figures that its form of output does not have are null. */
export interface MtrHop {
  readonly ttl: number;
  /** Every address that answered here, in the order of their first answers; without DNS or -n there may be only a name. */
  readonly addresses: readonly string[];
  readonly name: string | null;
  readonly asn: string | null;
  readonly sent: number | null;
  readonly received: number | null;
  readonly lossPct: number | null;
  readonly lastMs: number | null;
  readonly avgMs: number | null;
  readonly bestMs: number | null;
  readonly worstMs: number | null;
  readonly stddevMs: number | null;
  /** Every probe in the order of sending; null where only statistics are printed. */
  readonly probes: readonly MtrProbe[] | null;
}

export interface MtrReport {
  readonly form: 'json' | 'raw' | 'csv' | 'report' | 'unknown';
  readonly version: string | null;
  readonly source: string | null;
  readonly destination: string | null;
  /** Probes to each hop that were asked for. */
  readonly cycles: number | null;
  readonly hops: readonly MtrHop[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

export const NO_FIGURES = {
  addresses: [],
  name: null,
  asn: null,
  sent: null,
  received: null,
  lossPct: null,
  lastMs: null,
  avgMs: null,
  bestMs: null,
  worstMs: null,
  stddevMs: null,
  probes: null,
} as const;

/** Longest text looked at: ten cycles of 64 hops are about 50 kB in the raw form. */
export const LONGEST_MTR = 1_000_000;
export const MOST_TTL = 255;
export const MOST_MTR_PROBLEMS = 20;

/** Times of hops without a single answer are printed as noughts: nothing was measured. */
export function withoutSilence(hop: MtrHop): MtrHop {
  const silent = hop.lossPct === 100 || (hop.addresses.length === 0 && hop.name === null);
  return silent ? { ...hop, lastMs: null, avgMs: null, bestMs: null, worstMs: null, stddevMs: null } : hop;
}
