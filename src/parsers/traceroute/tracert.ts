import { findAddresses } from '../address.ts';
import { LONGEST_TRACE, LOST, MOST_HOPS, problemList } from './trace.ts';
import type { Trace, TraceHop, TraceProbe } from './trace.ts';

/** A number, three times or stars, and who answered or what went wrong. The unit is a word of any language. */
const TIME = String.raw`(?:<?\s?\d{1,7}\s{0,2}[^\s\d*<:;.,()[\]]{1,12}|\*)`;
const HOP = new RegExp(String.raw`^\s{0,6}(\d{1,3})\s+(${TIME})\s+(${TIME})\s+(${TIME})(?:\s+(.*))?$`, 'u');
/** A router that refuses: no times, its address, and words. */
const REFUSED = /^\s{0,6}(\d{1,3})\s+(\S.*)$/;
/** Windows does not say which of ICMP's codes it was, but in words of its language. */
const REFUSAL = '!';

/**
 * What Windows' tracert printed, in any language: told by numbers and brackets. Its last line says `complete` whatever
 * happened, and is not believed. Never throws; what it cannot read is among the problems.
 */
export function parseTracert(output: string): Trace {
  const problems = problemList();
  const hops: TraceHop[] = [];
  let host: string | null = null;
  let address: string | null = null;
  let maxHops: number | null = null;
  if (output.length > LONGEST_TRACE) problems.add(`the text is longer than ${LONGEST_TRACE} characters: the rest was not read`);
  const lines = output.slice(0, LONGEST_TRACE).split(/\r\n|\r|\n/);
  for (const whole of lines) {
    const line = whole.slice(0, 2000);
    const hop = hopOf(line);
    if (hop !== null && hop.ttl > (hops.at(-1)?.ttl ?? 0)) {
      hops.push(hop);
      continue;
    }
    const found = findAddresses(line)[0];
    if (hops.length === 0 && address === null && found !== undefined) {
      address = found.address;
      host = line[found.index - 1] === '[' ? (/(\S+)\s*\[$/.exec(line.slice(0, found.index))?.[1] ?? null) : found.address;
    }
    if (hops.length === 0 && address !== null && maxHops === null) {
      const outside = found === undefined ? line : line.slice(found.index + found.address.length);
      maxHops = numberOf(/(?<![\d.])(\d{1,3})(?![\d.])/.exec(outside)?.[1]);
    }
    // After the hops there is a sentence and nothing else; lines with numbers at their beginning are hops that are broken.
    if (hops.length > 0 && /^\s*\d/.test(line)) problems.add(line);
  }
  if (address === null && hops.length === 0) for (const line of lines) if (line.trim() !== '') problems.add(line);
  return { host, address, maxHops, hops, problems: problems.all };
}

function hopOf(line: string): TraceHop | null {
  const match = HOP.exec(line);
  const ttl = numberOf(match?.[1]);
  if (match === null || ttl === null || ttl < 1 || ttl > MOST_HOPS) return refusedHop(line);
  const who = whoOf(match[5] ?? '');
  const probes = [match[2], match[3], match[4]].map((text): TraceProbe => {
    if (text === undefined || text === '*') return LOST;
    return { address: who.address, name: who.name, rttMs: numberOf(/\d+/.exec(text)?.[0]), icmp: who.hasWords ? REFUSAL : null };
  });
  // `*  *  10.0.0.1 reports: ...`: the words are the answer, though no time stands for it.
  if (who.address !== null && probes.every((probe) => probe === LOST)) probes[2] = { ...who.probe, icmp: REFUSAL };
  return { ttl, probes };
}

/** `  3  10.0.0.1  reports: Destination host unreachable.`, also after times of an earlier probe. */
function refusedHop(line: string): TraceHop | null {
  const match = REFUSED.exec(line);
  const ttl = numberOf(match?.[1]);
  const rest = (match?.[2] ?? '').replace(new RegExp(String.raw`^(?:${TIME}\s+){1,2}`, 'u'), '');
  if (ttl === null || ttl < 1 || ttl > MOST_HOPS) return null;
  const who = whoOf(rest);
  const begins = findAddresses(rest)[0]?.index === 0 || /^\S+\s+\[/.test(rest);
  if (who.address === null || !who.hasWords || !begins) return null;
  const earlier = (match?.[2] ?? '').slice(0, (match?.[2] ?? '').length - rest.length).match(new RegExp(TIME, 'gu')) ?? [];
  const probes = earlier.map((text): TraceProbe => (text === '*' ? LOST : { ...who.probe, rttMs: numberOf(/\d+/.exec(text)?.[0]) }));
  return { ttl, probes: [...probes, { ...who.probe, icmp: REFUSAL }] };
}

interface Who {
  readonly address: string | null;
  readonly name: string | null;
  /** Words after the address: what it reports. */
  readonly hasWords: boolean;
  readonly probe: TraceProbe;
}

function whoOf(text: string): Who {
  const bracketed = /^(\S+)\s+\[([^\]\s]+)\]?(.*)$/.exec(text.trim());
  const inside = findAddresses(bracketed?.[2] ?? '')[0]?.address;
  const found = findAddresses(text)[0];
  const address = inside ?? found?.address ?? null;
  const name = inside === undefined ? null : (bracketed?.[1] ?? null);
  const after = inside === undefined ? (found === undefined ? '' : text.slice(found.index + found.address.length)) : (bracketed?.[3] ?? '');
  return { address, name, hasWords: /\p{L}{2}/u.test(after), probe: { address, name, rttMs: null, icmp: null } };
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
