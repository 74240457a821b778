import { isIpv4, isIpv6 } from '../address.ts';
import { MOST_MTR_PROBLEMS, MOST_TTL, NO_FIGURES, withoutSilence } from './report.ts';
import type { MtrHop, MtrReport } from './report.ts';

type Fields = ReadonlyMap<string, string | number>;

/** The innermost objects of the text: mtr nests them, but no hop or head has an object inside. */
const OBJECT = /\{([^{}]*)(\}?)/g;
/** `"key": value`, the value a text or a number, which may be nan. */
const FIELD = /"((?:[^"\\]|\\.){1,40})"\s*:\s*(?:"((?:[^"\\]|\\.){0,300})"|([+-]?(?:\d[\d.eE+-]{0,24}|nan|inf)))\s*(?=[,}\]\r\n\t ]|$)/g;

/**
 * `mtr --json`. Old versions (0.86 to 0.92) write by hand: numbers as texts, commas missing or doubled between
 * hops; newer ones write numbers. Each hop is read by itself, so either is understood, and a text cut off gives its
 * whole hops.
 */
export function parseMtrJson(text: string): MtrReport {
  const problems = new Set<string>();
  const hops: MtrHop[] = [];
  let head: Fields = new Map();
  for (const match of text.matchAll(OBJECT)) {
    const fields = fieldsOf(match[1] ?? '');
    if (match[2] === '' && fields.size > 0) {
      problems.add('the text ends inside an object');
      continue;
    }
    if (fields.has('dst') && head.size === 0) head = fields;
    else if (fields.has('dst')) {
      problems.add('more than one report: the first was read');
      break;
    } else if (fields.has('count') || fields.has('host')) {
      const hop = hopOf(fields);
      if (hop === null || hop.ttl <= (hops.at(-1)?.ttl ?? 0))
        problems.add(`a hop that is none: ${(match[1] ?? '').replace(/\s+/g, ' ').slice(0, 150)}`);
      else hops.push(hop);
    }
  }
  const open = text.split('{').length;
  if (open !== text.split('}').length) problems.add('the text is not complete');
  return {
    form: 'json',
    version: null,
    source: textOf(head, 'src'),
    destination: textOf(head, 'dst'),
    cycles: numberOf(head, 'tests'),
    hops,
    problems: [...problems].slice(0, MOST_MTR_PROBLEMS),
  };
}

function hopOf(fields: Fields): MtrHop | null {
  const ttl = numberOf(fields, 'count');
  if (ttl === null || !Number.isInteger(ttl) || ttl < 1 || ttl > MOST_TTL) return null;
  const sent = countOf(fields, 'Snt');
  const lossPct = percentOf(fields, 'Loss%');
  const received = countOf(fields, 'Rcv') ?? (sent === null || lossPct === null ? null : Math.round(sent * (1 - lossPct / 100)));
  const time = (key: string): number | null => {
    const ms = numberOf(fields, key);
    return ms === null || ms < 0 ? null : ms;
  };
  return withoutSilence({
    ...NO_FIGURES,
    ttl,
    ...hostOf(textOf(fields, 'host') ?? ''),
    asn: textOf(fields, 'ASN'),
    sent,
    received,
    lossPct,
    lastMs: time('Last'),
    avgMs: time('Avg'),
    bestMs: time('Best'),
    worstMs: time('Wrst'),
    stddevMs: time('StDev'),
  });
}

/** `10.0.0.1`, `router.example`, `router.example (10.0.0.1)` with --show-ips, or `???` for nobody. */
export function hostOf(host: string): { addresses: string[]; name: string | null } {
  const both = /^(\S+)\s+\(([^)\s]+)\)$/.exec(host.trim());
  const address = both?.[2] ?? host.trim();
  if (isIpv4(address) || isIpv6(address)) return { addresses: [address], name: both === null || both[1] === address ? null : (both[1] ?? null) };
  return { addresses: [], name: address === '' || address.startsWith('???') ? null : host.trim() };
}

function fieldsOf(text: string): Fields {
  const fields = new Map<string, string | number>();
  for (const [, key = '', word, number] of text.matchAll(FIELD)) fields.set(key, word ?? Number(number));
  return fields;
}

function textOf(fields: Fields, key: string): string | null {
  const value = fields.get(key);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A number, also one between quotes; null for anything else. */
function numberOf(fields: Fields, key: string): number | null {
  const value = fields.get(key);
  const number = typeof value === 'string' && /^\s*-?\d{1,15}(?:\.\d{1,15})?%?\s*$/.test(value) ? Number(value.replace('%', '')) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function countOf(fields: Fields, key: string): number | null {
  const value = numberOf(fields, key);
  return value !== null && Number.isInteger(value) && value >= 0 ? value : null;
}

function percentOf(fields: Fields, key: string): number | null {
  const value = numberOf(fields, key);
  return value !== null && value >= 0 && value <= 100 ? value : null;
}
