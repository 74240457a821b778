import { asObject, asText, readLooseJson } from './iperf3-document.ts';
import type { JsonObject, JsonValue } from './iperf3-document.ts';
import { runOfDocument } from './iperf3-json.ts';
import { runsOfText } from './iperf3-text.ts';

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

export interface Iperf3Output {
  readonly runs: readonly Iperf3Run[];
  /** Lines beside the results, as they came. */
  readonly notes: readonly string[];
  /** What was cut short, or not understood. */
  readonly problems: readonly string[];
}

/** Lines kept of what was not understood. */
const MOST_LINES = 20;
const LONGEST_LINE = 300;

/** A result begins a document whose first member is quoted (or that is empty); a `{` in a warning does not. */
const DOCUMENT = /\{(?=\s*["}])/g;

/**
 * Reads what iperf3 prints: `--json`, `--json-stream` and plain text of either end. JSON may follow warnings, hold
 * `nan`, be cut short, and be several documents one after another. Never throws.
 */
export function parseIperf3(text: string): Iperf3Output {
  const notes: string[] = [];
  const problems = new Set<string>();
  const runs: Iperf3Run[] = [];
  let events: JsonObject[] = [];
  const endStream = (): void => {
    if (events.length > 0) runs.push(runOfDocument(documentOf(events), 'json-stream'));
    events = [];
  };
  let at = 0;
  let documents = 0;
  for (;;) {
    DOCUMENT.lastIndex = at;
    const found = DOCUMENT.exec(text);
    if (found === null) break;
    notes.push(...linesOf(text.slice(at, found.index)));
    const document = readLooseJson(text, found.index);
    at = Math.max(document.end, found.index + 1);
    documents += 1;
    for (const problem of document.problems) problems.add(problem);
    if (document.truncated) problems.add('the output ends before its document does');
    const { value } = document;
    if (typeof value['event'] === 'string') {
      if (value['event'] === 'start') endStream();
      events.push(value);
    } else if (isResult(value)) {
      endStream();
      runs.push(runOfDocument(value, 'json'));
    } else {
      problems.add('a JSON document is no result of iperf3');
    }
  }
  endStream();
  if (documents > 0) {
    notes.push(...linesOf(text.slice(at)));
    return { runs, notes: notes.slice(0, MOST_LINES), problems: [...problems].slice(0, MOST_LINES) };
  }
  const read = runsOfText(text);
  return {
    runs: read.runs,
    notes: [],
    problems: read.unknown.slice(0, MOST_LINES).map((line) => `a line was not understood: ${line.slice(0, LONGEST_LINE)}`),
  };
}

function isResult(value: JsonObject): boolean {
  return ['start', 'intervals', 'end', 'error'].some((key) => key in value);
}

/** Events of `--json-stream` put together as `--json` would have printed them. */
function documentOf(events: readonly JsonObject[]): JsonObject {
  const document: Record<string, JsonValue | undefined> = {};
  const intervals: JsonValue[] = [];
  for (const { event, data } of events) {
    if (event === 'interval' && data !== undefined) intervals.push(data);
    else if (event === 'start' || event === 'end') document[event] = asObject(data);
    // An error's data is its text; --get-server-output sends the other end's under its own name.
    else if (typeof event === 'string' && asText(data) !== null) document[event] = data;
  }
  return { ...document, intervals };
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    // Escape sequences and other control characters of terminals.
    // eslint-disable-next-line no-control-regex
    const clean = line.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '').trim();
    return clean === '' ? [] : [clean.slice(0, LONGEST_LINE)];
  });
}
