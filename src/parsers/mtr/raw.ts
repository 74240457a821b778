import { isIpv4, isIpv6 } from '../address.ts';
import { MOST_MTR_PROBLEMS, MOST_TTL, NO_FIGURES } from './report.ts';
import type { MtrHop, MtrReport } from './report.ts';

interface Place {
  readonly addresses: string[];
  name: string | null;
  /** Sequence number and time of each probe in the order of sending; old versions print no sending, so only what came back. */
  readonly probes: { seq: number | null; address: string | null; rttMs: number | null }[];
  /** An address seen for the first time is the one of the next answer. */
  newest: string | null;
}

/**
 * `mtr --raw`, one event a line: `x` a probe sent, `h` an address seen for the first time, `d` a name, `p` a time in
 * microseconds, with the probe's sequence number in newer versions; `m` and `t` are labels and old forms. Distances count
 * from 0. It is the only form in which mtr says every address of a hop.
 */
export function parseMtrRaw(text: string): MtrReport {
  const problems = new Set<string>();
  const places = new Map<number, Place>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    const [, event, at, rest = ''] = /^([xhdpmts])\s+(\d{1,3})\s*(.*)$/.exec(line.trim()) ?? [];
    const index = Number(at);
    if (event === undefined || index >= MOST_TTL) problems.add(line.slice(0, 200));
    else {
      const place = places.get(index) ?? { addresses: [], name: null, probes: [], newest: null };
      if (isRead(event, rest.trim(), place)) places.set(index, place);
      else problems.add(line.slice(0, 200));
    }
  }
  const hops = [...places].sort(([a], [b]) => a - b).map(([index, place]) => hopOf(index + 1, place));
  return { form: 'raw', version: null, source: null, destination: null, cycles: null, hops, problems: [...problems].slice(0, MOST_MTR_PROBLEMS) };
}

function isRead(event: string, rest: string, place: Place): boolean {
  const [first = '', second] = rest.split(/\s+/);
  switch (event) {
    case 'x':
      if (!/^\d{1,10}$/.test(first)) return false;
      place.probes.push({ seq: Number(first), address: null, rttMs: null });
      return true;
    case 'h':
      if (!isIpv4(first) && !isIpv6(first)) return false;
      if (!place.addresses.includes(first)) {
        place.addresses.push(first);
        place.newest = first;
      }
      return true;
    case 'd':
      // The name of what has none is its address.
      if (first === '') return false;
      if (!isIpv4(first) && !isIpv6(first)) place.name = first.slice(0, 255);
      return true;
    case 'p': {
      if (!/^\d{1,10}$/.test(first) || (second !== undefined && !/^\d{1,10}$/.test(second))) return false;
      const rttMs = Number(first) / 1000;
      const sent = second === undefined ? undefined : place.probes.find(({ seq }) => seq === Number(second));
      const address = place.newest ?? (place.addresses.length === 1 ? (place.addresses[0] ?? null) : null);
      place.newest = null;
      if (sent === undefined) place.probes.push({ seq: null, address, rttMs });
      // A second answer to one probe is a duplicate.
      else if (sent.rttMs === null) Object.assign(sent, { address, rttMs });
      return true;
    }
    default:
      return true;
  }
}

function hopOf(ttl: number, { addresses, name, probes }: Place): MtrHop {
  const times = probes.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]));
  const n = times.length;
  // Without the events of sending, what was lost is not known.
  const sent = probes.some(({ seq }) => seq !== null) ? probes.length : null;
  const avgMs = n === 0 ? null : times.reduce((sum, time) => sum + time, 0) / n;
  return {
    ...NO_FIGURES,
    ttl,
    addresses,
    name,
    sent,
    received: n,
    lossPct: sent === null ? null : (100 * (sent - n)) / sent,
    lastMs: times.at(-1) ?? null,
    avgMs,
    bestMs: n === 0 ? null : Math.min(...times),
    worstMs: n === 0 ? null : Math.max(...times),
    stddevMs: n < 2 || avgMs === null ? null : Math.sqrt(times.reduce((sum, time) => sum + (time - avgMs) ** 2, 0) / (n - 1)),
    probes: probes.map(({ address, rttMs }) => ({ address, rttMs })),
  };
}
