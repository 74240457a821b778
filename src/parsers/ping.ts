import { findAddresses } from './address.ts';

/** One echo reply line. */
export interface PingReply {
  /** Sequence number as printed (from 0 or from 1, as the tool counts); null where the tool prints none (Windows). */
  readonly seq: number | null;
  /** null where the tool printed no time (payload too small to carry one). */
  readonly rttMs: number | null;
  readonly ttl: number | null;
  readonly duplicate: boolean;
  /** Who answered; may differ from the address that was pinged. */
  readonly from: string | null;
}

/** A packet that got an error instead of a reply, or a note that none came yet. */
export interface PingTrouble {
  readonly seq: number | null;
  readonly from: string | null;
  readonly message: string;
}

export interface PingRtt {
  readonly minMs: number;
  readonly avgMs: number;
  readonly maxMs: number;
  /** Standard deviation as the tool defines it; null where it prints none. */
  readonly stddevMs: number | null;
}

/** The statistics at the end, as the tool printed them. */
export interface PingSummary {
  readonly sent: number;
  readonly received: number;
  readonly duplicates: number;
  readonly lossPct: number | null;
  readonly rtt: PingRtt | null;
}

export interface PingReport {
  readonly address: string | null;
  readonly replies: readonly PingReply[];
  readonly troubles: readonly PingTrouble[];
  readonly summary: PingSummary | null;
  /** Coarsest step in which round-trip times are printed: 0.1 for `time=23.4 ms`, 1 for `time=158 ms`; null without times. */
  readonly resolutionMs: number | null;
}

const SEQ = /\b(?:icmp_)?seq[=: ]\s?(\d{1,9})\b/i;
const TTL = /\b(?:ttl|hlim)\s?[=:]\s?(\d{1,3})\b/i;
/**
 * `time=0.05 ms`, `time<1ms`, `時間 =7ms`: a number after = or < with a unit of milliseconds, or with whatever stands
 * before Windows' capital TTL (Unix prints the small `ttl` before the time).
 */
const TIME = /[=<]\s?(\d{1,9}(?:[.,]\d{0,9})?)\s?(?:ms\b|мс|毫秒|ミリ秒|밀리초|[^\s\d=<,]{0,4}\s{1,4}TTL=)/u;
const DUPLICATE = /\(DUP!?\)/;

const UNIX_COUNTS = /^(\d{1,9}) packets? transmitted, (\d{1,9}) (?:packets? )?received/;
/** The same sentence in another language: two counts and a percentage on one line. */
const FOREIGN_COUNTS = /^(\d{1,9}) [^\d,]{1,60}, ?(\d{1,9}) [^\d]{1,60}(?:, \+\d{1,9} [^\d]{1,60}){0,3}?(\d{1,3}(?:[.,]\d{1,9})?) ?%/u;
const UNIX_DUPLICATES = /\+(\d{1,9}) duplicates/;
const LOSS = /(\d{1,3}(?:[.,]\d{1,9})?) ?%/;
const UNIX_RTT = /=\s?([\d.,]{1,20})\/([\d.,]{1,20})\/([\d.,]{1,20})(?:\/([\d.,]{1,20}|nan))?\s?ms/i;

/** Windows: three bare numbers (sent, received, lost) and a percentage, which may be on the next line or cut off. */
const SEPARATOR = '\\s{0,3}[,;،、，]\\s{0,20}[^=\\d]{1,60}=\\s?';
const WINDOWS_COUNTS = new RegExp(
  `=\\s?(\\d{1,9})${SEPARATOR}(\\d{1,9})${SEPARATOR}(\\d{1,9})(?!\\d)(?:\\s{0,40}\\(\\s?[^\\d)]{0,20}(\\d{1,3}) ?%)?`,
  'u',
);
/** Windows: minimum, maximum, average, in this order, each with its unit. */
const TIMED = '(\\d{1,9}(?:[.,]\\d{1,9})?)\\s?[\\p{L}.]{1,12}';
const WINDOWS_RTT = new RegExp(`=\\s?${TIMED}${SEPARATOR}${TIMED}${SEPARATOR}${TIMED}`, 'u');

/** Longest text looked at; a thousand replies are about 70 kB. */
const LONGEST_TEXT = 2_000_000;

/**
 * What a ping program printed: iputils, BusyBox, BSD and macOS (ping and ping6), and Windows in any language, told by
 * numbers and structure rather than by words. Never throws; what it cannot read is left out.
 */
export function parsePing(output: string): PingReport {
  const text = output.slice(0, LONGEST_TEXT);
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const replies: PingReply[] = [];
  const troubles: PingTrouble[] = [];
  let resolutionMs: number | null = null;
  for (const line of lines) {
    const reply = replyOf(line);
    if (reply !== null) {
      replies.push(reply.reply);
      if (reply.resolutionMs !== null) resolutionMs = Math.max(resolutionMs ?? 0, reply.resolutionMs);
      continue;
    }
    const trouble = troubleOf(line);
    if (trouble !== null) troubles.push(trouble);
  }
  return { address: addressOf(lines), replies, troubles, summary: summaryOf(text, lines), resolutionMs };
}

function replyOf(line: string): { reply: PingReply; resolutionMs: number | null } | null {
  const [from] = findAddresses(line);
  const seq = numberOf(SEQ.exec(line)?.[1]);
  const ttl = numberOf(TTL.exec(line)?.[1]);
  const time = TIME.exec(line);
  // A reply has a time, or is one without: it names bytes, who answered, a sequence number and a TTL.
  if (time === null && (seq === null || ttl === null || !/\bbytes\b/i.test(line))) return null;
  // The summary of Windows has times too, but nobody who answered; a bracketed time belongs to other tools.
  if (from === undefined && seq === null) return null;
  if (UNIX_RTT.test(line)) return null;
  const rttMs = numberOf(time?.[1]);
  const decimals = time?.[1] === undefined ? null : (/[.,](\d*)$/.exec(time[1])?.[1]?.length ?? 0);
  return {
    reply: { seq, rttMs, ttl, duplicate: DUPLICATE.test(line), from: from?.address ?? null },
    resolutionMs: decimals === null ? null : 10 ** -decimals,
  };
}

/** Lines that say why a packet had no reply, by the words Unix tools use. */
const TROUBLE =
  /unreachable|no route to host|time to live exceeded|ttl expired|time ?exceeded|redirect|prohibited|filtered|no answer yet|request timeout|message too long|host is down|no buffer space|permitted|parameter problem|source quench/i;

function troubleOf(line: string): PingTrouble | null {
  if (line === '' || !TROUBLE.test(line)) return null;
  const [from] = findAddresses(line);
  return { seq: numberOf(SEQ.exec(line)?.[1]), from: from?.address ?? null, message: line.slice(0, 300) };
}

/** The address in the header: in parentheses or brackets, after an arrow (ping6), or the first there is. */
function addressOf(lines: readonly string[]): string | null {
  for (const line of lines.slice(0, 20)) {
    if (!/ping/i.test(line) && !/\[[\d.:a-f%]+\]/i.test(line)) continue;
    if (TIME.test(line)) break;
    const all = findAddresses(line);
    const arrow = line.indexOf('-->');
    const after = arrow === -1 ? undefined : all.find(({ index }) => index > arrow);
    const enclosed = all.find(({ index }) => line[index - 1] === '(' || line[index - 1] === '[');
    const best = after ?? enclosed ?? all[0];
    if (best !== undefined) return best.address;
  }
  return null;
}

function summaryOf(text: string, lines: readonly string[]): PingSummary | null {
  return unixSummary(lines) ?? windowsSummary(text);
}

function unixSummary(lines: readonly string[]): PingSummary | null {
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i] ?? '';
    const match = UNIX_COUNTS.exec(line) ?? FOREIGN_COUNTS.exec(line);
    const sent = numberOf(match?.[1]);
    const received = numberOf(match?.[2]);
    if (sent === null || received === null) continue;
    const rtt = lines
      .slice(i + 1)
      .map(unixRtt)
      .find((found) => found !== null);
    return { sent, received, duplicates: numberOf(UNIX_DUPLICATES.exec(line)?.[1]) ?? 0, lossPct: numberOf(LOSS.exec(line)?.[1]), rtt: rtt ?? null };
  }
  return null;
}

function unixRtt(line: string): PingRtt | null {
  const match = UNIX_RTT.exec(line);
  return rttOf({ min: match?.[1], avg: match?.[2], max: match?.[3], stddev: match?.[4] });
}

function windowsSummary(text: string): PingSummary | null {
  const match = WINDOWS_COUNTS.exec(text);
  const sent = numberOf(match?.[1]);
  const received = numberOf(match?.[2]);
  const lost = numberOf(match?.[3]);
  if (match === null || sent === null || received === null || lost !== sent - received) return null;
  const times = WINDOWS_RTT.exec(text.slice(match.index + match[0].length));
  const lossPct = numberOf(match[4]);
  return { sent, received, duplicates: 0, lossPct, rtt: rttOf({ min: times?.[1], avg: times?.[3], max: times?.[2], stddev: undefined }) };
}

function rttOf({ min, avg, max, stddev }: Record<'min' | 'avg' | 'max' | 'stddev', string | undefined>): PingRtt | null {
  const [minMs, avgMs, maxMs] = [numberOf(min), numberOf(avg), numberOf(max)];
  return minMs === null || avgMs === null || maxMs === null ? null : { minMs, avgMs, maxMs, stddevMs: numberOf(stddev) };
}

/** A decimal number with point or comma; null for anything else (`nan`, nothing). `257.` is 257. */
function numberOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d+(?:[.,]\d*)?$/.test(text)) return null;
  return Number(text.replace(',', '.'));
}
