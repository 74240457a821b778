import { isIpv4, isIpv6 } from '../address.ts';
import { LONGEST_TRACE, LOST, MOST_HOPS, problemList } from './trace.ts';
import type { Trace, TraceHop, TraceProbe } from './trace.ts';

const HEADER = /^\s*traceroute6?\b.*?\bto\s+(\S+)\s+\(([^)\s]+)\)(?:\s+from\s+[^\s,]+)?(?:[^,]*,\s*(\d{1,4})\s+hops?\s+max)?/i;
const HOP = /^\s{0,4}(\d{1,3})(?:\s+(.*))?$/;
/** A second router of the hop above, on a line of its own: BSD. */
const CONTINUED = /^\s{2,}(\S.*)$/;
const NUMBER = /^<?(\d{1,9}(?:[.,]\d{1,9})?)(ms)?$/;
/** Where the route's owner, the path's MTU, labels or the TTL of the answer stand; none of them is a router. */
const ASIDE = /^(?:\[[^\]]*\]|<[^>]*>|F=\d+|\(TOS=[^)]*\)|\(TTL=?[^)]*\)|TOS=\S+|TTL=\S+|mtu|'-?\d+'|\((?:\d{1,3}|-\d{1,3})\))$/i;
const LONGEST_LINE = 20_000;

interface Position {
  address: string | null;
  name: string | null;
}

/**
 * What a Unix traceroute printed: Linux, BSD and macOS, BusyBox and inetutils, with or without names, networks' numbers and
 * headers, and with several routers in one hop. Never throws; what it cannot read is among the problems.
 */
export function parseTraceroute(output: string): Trace {
  const problems = problemList();
  const hops: { ttl: number; probes: TraceProbe[]; position: Position }[] = [];
  let header: RegExpExecArray | null = null;
  if (output.length > LONGEST_TRACE) problems.add(`the text is longer than ${LONGEST_TRACE} characters: the rest was not read`);
  for (const whole of output.slice(0, LONGEST_TRACE).split(/\r\n|\r|\n/)) {
    const line = whole.slice(0, LONGEST_LINE);
    if (line.trim() === '') continue;
    const found = HEADER.exec(line);
    if (found !== null) {
      // A second header begins another trace: the first is the one that was asked for.
      if (hops.length > 0) {
        problems.add(`more than one trace: ${line}`);
        break;
      }
      header = found;
      continue;
    }
    const numbered = HOP.exec(line);
    const last = hops.at(-1);
    if (numbered !== null) {
      const ttl = Number(numbered[1]);
      if (ttl < 1 || ttl > MOST_HOPS || (last !== undefined && ttl <= last.ttl)) {
        problems.add(line);
        continue;
      }
      const hop = { ttl, probes: [], position: { address: null, name: null } };
      readProbes(numbered[2] ?? '', hop, problems.add);
      hops.push(hop);
    } else if (last !== undefined && CONTINUED.test(line)) {
      readProbes(line, last, problems.add);
    } else {
      problems.add(line);
    }
  }
  const address = header?.[2] ?? null;
  return {
    host: header?.[1] ?? null,
    address: address !== null && isAddress(address) ? address : null,
    maxHops: header?.[3] === undefined ? null : Number(header[3]),
    hops: hops.map(({ ttl, probes }): TraceHop => ({ ttl, probes })),
    problems: problems.all,
  };
}

/** Reads one line of a hop from left to right: who answers is said once, and holds for every time until the next. */
function readProbes(text: string, hop: { probes: TraceProbe[]; position: Position }, problem: (text: string) => void): void {
  const { probes, position } = hop;
  const tokens = text.match(/\[[^\]]*\]|<[^>]*>|\S+/g) ?? [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? '';
    const next = tokens[i + 1] ?? '';
    const number = NUMBER.exec(token);
    if (token === '*') {
      probes.push(LOST);
    } else if (number !== null && (number[2] !== undefined || next === 'ms')) {
      if (number[2] === undefined) i += 1;
      probes.push({ ...position, rttMs: Number((number[1] ?? '').replace(',', '.')), icmp: null });
    } else if (token.startsWith('!')) {
      markLast(probes, position, token);
    } else if (enclosedAddress(token) !== null) {
      // Some print the name of the address before: `router (10.0.0.1)`; handled below. An address alone may be enclosed too.
      position.address = enclosedAddress(token);
      position.name = null;
    } else if (enclosedAddress(next) !== null) {
      position.address = enclosedAddress(next);
      position.name = token === position.address ? null : token;
      i += 1;
    } else if (isAddress(token)) {
      position.address = token;
      position.name = null;
    } else if (!ASIDE.test(token)) {
      problem(`${token} in: ${text}`);
    }
  }
}

/** `!H` follows the time of the answer it speaks of; without one it is an answer whose time was not printed. */
function markLast(probes: TraceProbe[], position: Position, mark: string): void {
  const last = probes.at(-1);
  const icmp = mark.slice(0, 16);
  if (last !== undefined && last.rttMs !== null && last.icmp === null) probes[probes.length - 1] = { ...last, icmp };
  else probes.push({ ...position, rttMs: null, icmp });
}

function enclosedAddress(token: string): string | null {
  const inside = /^\(([^)]+)\),?$/.exec(token)?.[1] ?? '';
  return isAddress(inside) ? inside : null;
}

function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}
