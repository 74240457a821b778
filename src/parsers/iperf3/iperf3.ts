import { asObject, asText, readLooseJson } from './document.ts';
import type { JsonObject, JsonValue } from './document.ts';
import { runOfDocument } from './json.ts';
import type { Iperf3Run } from './run.ts';
import { runsOfText } from './text.ts';

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
