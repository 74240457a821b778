/** A value of JSON as the tool writes it. Numbers that are none (nan, inf) are null. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export interface LooseDocument {
  readonly value: JsonObject;
  /** The text ended, or could not be read any further, before the document did: what came until then is there. */
  readonly truncated: boolean;
  /** What is not JSON but was read all the same, or where reading ended. */
  readonly problems: readonly string[];
  /** Where the document ends in the text. */
  readonly end: number;
}

/** The tool nests seven deep; a text that nests on and on must not exhaust the stack. */
const DEEPEST = 64;

const SPACE = /\s*/y;
const TEXT = /"(?:[^"\\]|\\[^])*"/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
/** What C prints for numbers that are none; Windows adds `(ind)` and `#IND`. */
const NO_NUMBER = /[+-]?(?:nan(?:\([a-z0-9]*\))?|inf(?:inity)?|1\.#(?:IND|INF|QNAN)\d*)/iy;
const WORD = /true|false|null/y;

class Stop extends Error {}

/**
 * Reads the JSON object that begins at `start`, as far as it goes: numbers that are none, doubled keys (the last
 * one holds, as everywhere) and a missing end are taken as they come. Never throws.
 */
export function readLooseJson(text: string, start: number): LooseDocument {
  const problems = new Set<string>();
  let at = start;
  let truncated = false;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const peek = (): string => {
    match(SPACE);
    return text[at] ?? '';
  };
  const stop = (): never => {
    truncated = true;
    if (at < text.length) problems.add(`no JSON from character ${at - start} on: ${JSON.stringify(text.slice(at, at + 20))}`);
    throw new Stop();
  };

  const scalar = (): JsonValue => {
    const quoted = match(TEXT);
    if (quoted !== null) return unquoted(quoted);
    const digits = match(NUMBER);
    if (digits !== null) return finite(Number(digits));
    const none = match(NO_NUMBER);
    if (none !== null) {
      problems.add(`a number was ${none}`);
      return null;
    }
    const word = match(WORD);
    return word === null ? stop() : word === 'null' ? null : word === 'true';
  };

  /** Fills `into` as it reads, so that what was read before a stop is kept. */
  const list = (into: JsonValue[], depth: number): void => {
    at += 1;
    if (peek() === ']') {
      at += 1;
      return;
    }
    for (;;) {
      value((item) => into.push(item), depth);
      const next = peek();
      if (next !== ',' && next !== ']') stop();
      at += 1;
      if (next === ']') return;
    }
  };

  const object = (into: Map<string, JsonValue>, depth: number): void => {
    at += 1;
    if (peek() === '}') {
      at += 1;
      return;
    }
    for (;;) {
      peek();
      const quoted = match(TEXT);
      if (quoted === null) return stop();
      const key = unquoted(quoted);
      if (peek() !== ':') stop();
      at += 1;
      const before = into.get(key);
      value((item) => {
        if (into.has(key) && before !== item && (typeof item !== 'object' || typeof before !== 'object')) problems.add(`the key ${key} came twice`);
        into.set(key, item);
      }, depth);
      const next = peek();
      if (next !== ',' && next !== '}') stop();
      at += 1;
      if (next === '}') return;
    }
  };

  const value = (take: (item: JsonValue) => void, depth: number): void => {
    const first = peek();
    if (depth > DEEPEST) stop();
    if (first === '[') {
      const items: JsonValue[] = [];
      take(items);
      list(items, depth + 1);
    } else if (first === '{') {
      const members = new Map<string, JsonValue>();
      try {
        object(members, depth + 1);
      } finally {
        // Own properties only: a key such as __proto__ is data.
        take(Object.fromEntries(members));
      }
    } else {
      take(scalar());
    }
  };

  let read: JsonValue = {};
  try {
    value((item) => (read = item), 0);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return { value: asObject(read), truncated, problems: [...problems], end: at };
}

export function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function asNumber(value: JsonValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

export function asText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A quoted text; with escapes that JSON does not know it stays as it was written. */
function unquoted(quoted: string): string {
  try {
    // Raw control characters inside a text are not JSON, but tools print them.
    // eslint-disable-next-line no-control-regex
    const text: unknown = JSON.parse(quoted.replace(/[\u0000-\u001f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
    return String(text);
  } catch {
    return quoted.slice(1, -1);
  }
}
