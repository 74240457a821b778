/** One packet of one target. */
export interface FpingReply {
  /** Counted from 0. */
  readonly seq: number;
  /** null where no reply came in time. */
  readonly rttMs: number | null;
}

export interface FpingSummary {
  readonly sent: number;
  readonly received: number;
  readonly lossPct: number;
  readonly rtt: { readonly minMs: number; readonly avgMs: number; readonly maxMs: number } | null;
}

export interface FpingTarget {
  /** As fping prints it: what it was given, or the address with -A. */
  readonly name: string;
  readonly replies: readonly FpingReply[];
  /** Replies that came again, by sequence number. */
  readonly duplicates: readonly number[];
  /** From `-c`; null with `-C`, whose last line is the replies themselves. */
  readonly summary: FpingSummary | null;
}

export interface FpingReport {
  readonly targets: readonly FpingTarget[];
  /** What fping could not do, and ICMP errors it was sent, line by line. */
  readonly problems: readonly string[];
  /** Coarsest step in which times are printed (fping prints three digits); null without times. */
  readonly resolutionMs: number | null;
}

interface Draft {
  readonly replies: Map<number, number | null>;
  readonly duplicates: number[];
  summary: FpingSummary | null;
}

const STAMP = /^\[\d{1,12}(?:\.\d{1,9})?\] /;
/** A name, padded, then ` : `; names with colons (IPv6) have no space after theirs. */
const LINE = /^(\S.{0,299}?) +: (.+)$/;
const REPLY = /^\[(\d{1,9})\], (?:\d+ bytes, )?(\d[\d.]{0,15}) ms\b/;
const LOST = /^\[(\d{1,9})\], timed out\b/;
const AGAIN = /^duplicate for \[(\d{1,9})\]/;
const EVERY = /^(?:-|\d[\d.]{0,15})(?: (?:-|\d[\d.]{0,15}))*$/;
const COUNTS = /^xmt\/rcv\/%(?:loss|return) = (\d{1,9})\/(\d{1,9})\/(\d{1,4})%/;
const TIMES = /min\/avg\/max = ([\d.]{1,16})\/([\d.]{1,16})\/([\d.]{1,16})/;

/** Largest sequence number believed; beyond it the text is not fping's. */
const MOST_PACKETS = 1_000_000;

/** What `fping -c` or `-C` printed, on both of its streams, quiet or not. Never throws; what it cannot read is left out. */
export function parseFping(stdout: string, stderr: string): FpingReport {
  const drafts = new Map<string, Draft>();
  const problems: string[] = [];
  let resolutionMs: number | null = null;
  const time = (text: string): number | null => {
    if (!/^\d+(?:\.\d+)?$/.test(text)) return null;
    resolutionMs = Math.max(resolutionMs ?? 0, 10 ** -(text.split('.')[1]?.length ?? 0));
    return Number(text);
  };
  for (const raw of `${stdout}\n${stderr}`.split(/\r?\n/)) {
    const line = raw.trim().replace(STAMP, '');
    if (line === '') continue;
    const [, name, rest] = LINE.exec(line) ?? [];
    if (name === undefined || rest === undefined || !readLine(draftOf(drafts, name), rest, time)) problems.push(line.slice(0, 300));
  }
  const targets = [...drafts].filter(([, draft]) => draft.replies.size > 0 || draft.summary !== null).map(([name, draft]) => finish(name, draft));
  return { targets, problems, resolutionMs };
}

function draftOf(drafts: Map<string, Draft>, name: string): Draft {
  const known = drafts.get(name);
  if (known !== undefined) return known;
  const draft: Draft = { replies: new Map(), duplicates: [], summary: null };
  drafts.set(name, draft);
  return draft;
}

/** Adds what one line says of its target; false where it is none of the known lines. */
function readLine(draft: Draft, rest: string, time: (text: string) => number | null): boolean {
  const reply = REPLY.exec(rest);
  if (reply !== null) return add(draft, Number(reply[1]), time(reply[2] ?? ''));
  const lost = LOST.exec(rest);
  if (lost !== null) return add(draft, Number(lost[1]), null);
  const again = AGAIN.exec(rest);
  if (again !== null) return draft.duplicates.push(Number(again[1])) > 0;
  const counts = COUNTS.exec(rest);
  if (counts !== null) {
    draft.summary = summaryOf(counts, TIMES.exec(rest));
    return true;
  }
  if (!EVERY.test(rest)) return false;
  // The -C line is the last word: a reply that a line called lost may have been late, and is lost here too.
  rest.split(' ').forEach((text, seq) => draft.replies.set(seq, text === '-' ? null : time(text)));
  return true;
}

function add(draft: Draft, seq: number, rttMs: number | null): boolean {
  if (seq >= MOST_PACKETS) return false;
  draft.replies.set(seq, rttMs);
  return true;
}

function summaryOf(counts: RegExpExecArray, times: RegExpExecArray | null): FpingSummary {
  const [sent, received, lossPct] = [Number(counts[1]), Number(counts[2]), Number(counts[3])];
  const [minMs, avgMs, maxMs] = [Number(times?.[1]), Number(times?.[2]), Number(times?.[3])];
  const known = Number.isFinite(minMs) && Number.isFinite(avgMs) && Number.isFinite(maxMs);
  return { sent, received, lossPct, rtt: known ? { minMs, avgMs, maxMs } : null };
}

function finish(name: string, draft: Draft): FpingTarget {
  const replies = [...draft.replies].map(([seq, rttMs]) => ({ seq, rttMs })).sort((a, b) => a.seq - b.seq);
  return { name, replies, duplicates: draft.duplicates, summary: draft.summary };
}
